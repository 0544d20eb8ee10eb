// The small network of 3, 2 and 2 units: its numbers, as the server's trainer computes them.

import { decodeInspection, figure } from "../components/passes/arrays.js";
import * as api from "../lib/api.js";
import { html } from "../vendor/lit-all.min.js";

const LOSS = "cross_entropy";

/** Ask for every number of the network; `change` puts another number into a parameter. */
export async function loadSmallNetwork(change = {}) {
  return decodeInspection(await api.learnNetwork(change), LOSS);
}

/** A matrix of weights as a table: a row for each input, a column for each unit. */
export function weightTable(name, { W, b, x, y }) {
  const [inputs, units] = [x.values.length, y.values.length];
  return html`<table class="small-table" aria-label=${name}>
    <thead><tr><th scope="col">${name}</th>${Array.from({ length: units }, (_, j) => html`<th scope="col" class="number">to ${j}</th>`)}</tr></thead>
    <tbody>${Array.from({ length: inputs }, (_, i) => html`<tr><th scope="row">from ${i}: ${figure(x.values[i])}</th>
      ${Array.from({ length: units }, (__, j) => html`<td class="number">${figure(W.values[i * units + j])}</td>`)}</tr>`)}
      <tr><th scope="row">bias</th>${Array.from(b.values, (value) => html`<td class="number">${figure(value)}</td>`)}</tr></tbody>
  </table>`;
}
