// Chapter 5: predict the signs of gradients, then see every number of the way forward and back.

import { figure, unitOf } from "../components/passes/arrays.js";
import { columnsAt, placesOf, weightName } from "../components/passes/places.js";
import { unitSum } from "../components/passes/unit-sum.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { loadSmallNetwork, weightTable } from "./small-network.js";

// Weights whose gradients have different signs: parameter, flat index, and why.
const ASKED = [
  { parameter: "W2", index: 3, why: "A larger score for class 1, the label, lowers the loss" },
  { parameter: "W1", index: 0, why: "It raises hidden unit 0, which speaks for the wrong class" },
  { parameter: "W1", index: 5, why: "Its pixel is black: 0 times anything is 0" },
];
const SIGNS = { "-1": "negative", 0: "zero", 1: "positive" };
const LETTERS = ["x", "z", "a", "s", "y"];

class BackpropagationTask extends LearnTask {
  static properties = { network: { state: true }, isShown: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.load(() => loadSmallNetwork(), (network) => { this.network = network; });
  }

  // The numbers of the way back stay hidden until the signs are predicted.
  #check(event) {
    event.preventDefault();
    const given = new FormData(event.target);
    const wrong = ASKED.filter(({ parameter, index }) => given.get(`${parameter}-${index}`) !== String(this.#sign(parameter, index)));
    const isRight = wrong.length === 0;
    this.isShown ||= isRight;
    this.conclude(isRight, isRight ? `${ASKED.map(({ why }) => why).join(". ")}. Every number is below.` : `${ASKED.length - wrong.length} of ${ASKED.length} are right. Ask of each: would the loss grow if this weight grew?`);
  }

  #sign(parameter, index) {
    return Math.sign(this.#checked(parameter).find((row) => row.index === index).analytic);
  }

  #checked(parameter) {
    return this.network.checked.filter((row) => row.parameter === parameter);
  }

  render() {
    if (!this.network) return this.outcomeLine();
    const { layers, label, loss } = this.network;
    const [first, , second] = layers;
    return html`
      <div class="small-weights">${weightTable("W1", first)}${weightTable("W2", second)}</div>
      <p>The label is class ${label}. The loss is −log ${figure(layers.at(-1).y.values[label])} = <strong id="small-loss">${figure(loss)}</strong>: the network is sure of the wrong class.</p>
      ${this.#numbers()}
      <form class="sign-form" aria-label="Signs of gradients" @submit=${(event) => this.#check(event)}>
        <p>Predict the sign of the loss's gradient with respect to each of these weights.</p>
        ${ASKED.map(({ parameter, index }) => html`<div><label for="sign-${parameter}-${index}"><code>${weightName(layers, parameter, index)}</code></label>
          <select id="sign-${parameter}-${index}" name="${parameter}-${index}">
            <option value="">choose</option>${[-1, 0, 1].map((sign) => html`<option value=${sign}>${SIGNS[sign]}</option>`)}</select></div>`)}
        <button type="submit" class="primary">Check</button>
      </form>
      ${this.outcomeLine()}
      ${this.isShown ? this.#gradients() : html`<button type="button" class="quiet" @click=${() => { this.isShown = true; }}>Show the way back</button>`}`;
  }

  // Each number of the columns, with how it is computed, and its gradient once it is shown.
  #numbers() {
    const { layers, label } = this.network;
    const forward = columnsAt(layers, placesOf(layers)[0]);
    const backward = columnsAt(layers, placesOf(layers).at(-1));
    const sum = (column, unit, isGradient) => {
      const layer = layers[column - 1];
      return unitSum(layers, column, unit, isGradient, label, layer?.kind === "dense" ? unitOf(layer, unit) : null);
    };
    const gradientCells = (column, unit) => html`<td class="number" data-part="gradient">${figure(backward[column].values[unit])}</td><td class="sum">${sum(column, unit, true)}</td>`;
    return html`<div class="scroll-table" tabindex="0" role="region" aria-label="Numbers of the network"><table class="small-table" aria-label="Every number">
      <thead><tr><th scope="col">Number</th><th scope="col" class="number">Value</th><th scope="col">Computed as</th>${this.isShown ? html`<th scope="col" class="number">Gradient</th><th scope="col">Computed as</th>` : nothing}</tr></thead>
      <tbody>${forward.flatMap(({ name, values }, column) => Array.from(values, (value, unit) => html`<tr data-number="${LETTERS[column]}${unit}">
        <th scope="row"><code>${LETTERS[column]}${unit}</code> <span class="about">${name}</span></th><td class="number" data-part="value">${figure(value)}</td>
        <td class="sum">${sum(column, unit, false) ?? "pixel"}</td>${this.isShown ? gradientCells(column, unit) : nothing}</tr>`))}</tbody>
    </table></div>`;
  }

  #gradients() {
    const { layers, checked } = this.network;
    return html`<div class="scroll-table" tabindex="0" role="region" aria-label="Gradients of the weights"><table class="small-table" aria-label="Every gradient">
      <thead><tr><th scope="col">Weight</th><th scope="col" class="number">Gradient</th><th scope="col" class="number">Measured</th></tr></thead>
      <tbody>${checked.map(({ parameter, index, analytic, numerical }) => html`<tr data-weight="${parameter}-${index}"><th scope="row"><code>${weightName(layers, parameter, index)}</code></th>
        <td class="number" data-part="gradient">${figure(analytic)}</td><td class="number">${figure(numerical)}</td></tr>`)}</tbody>
    </table></div>
    <p class="about">A weight's gradient is its input times the gradient of its sum. “Measured” takes no formula: the weight is moved up and down a little, and the loss compared.</p>`;
  }
}

customElements.define("backpropagation-task", BackpropagationTask);
