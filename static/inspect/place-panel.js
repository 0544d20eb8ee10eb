// A place of the walk: its formulas with shapes, its arrays, its numbers and its source lines.

import { html, nothing } from "../vendor/lit-all.min.js";
import { figure, SHOWN_UNITS, shapeWords, statistics, strongest } from "../components/passes/arrays.js";
import { arraysOf, formulaShapes } from "../components/passes/places.js";

const MEANINGS = {
  x: "input", W: "weights", b: "biases", y: "output",
  dy: "gradient of the output", dW: "gradient of the weights", db: "gradient of the biases", dx: "gradient of the input",
};

/** Formulas of a pass, or for the picture what it is. `kind` is an entry of the API's kinds of layers. */
export function formulaPanel({ pass, layer, kind }) {
  if (!layer) return html`<p>The network receives the picture as 784 numbers from 0 to 1, row by row. Next: the first layer.</p>`;
  return html`<ul class="formulas">${kind?.[pass].formulas.map((formula) => html`<li>
      <code class="formula">${formula.text}</code>
      <code class="shapes">${formulaShapes(formula, layer)}</code>
      <p>${formula.help}</p>
    </li>`)}</ul>`;
}

/** Shape, mean, least and greatest number of each array of a pass. */
export function arrayTable({ pass, layer }) {
  const arrays = arraysOf(layer, pass);
  return html`<div class="scroll-table" tabindex="0" role="region" aria-label="Arrays of this step"><table class="arrays" aria-label="Arrays">
    <thead><tr><th scope="col">Array</th><th scope="col">Shape</th>${["Mean", "Min", "Max"].map((word) => html`<th scope="col" class="number">${word}</th>`)}</tr></thead>
    <tbody>${arrays.map(([name, array]) => html`<tr data-array=${name}><th scope="row"><code>${name}</code> <span class="about">${MEANINGS[name]}</span></th>
      ${array ? arrayCells(array) : html`<td colspan="4" class="about">left out: the network is too large</td>`}</tr>`)}</tbody>
  </table></div>`;
}

function arrayCells({ shape, values }) {
  const { mean, least, greatest } = statistics(values);
  return html`<td><code>${shapeWords(shape)}</code></td>${[mean, least, greatest].map((value) => html`<td class="number">${figure(value)}</td>`)}`;
}

/** Source lines of a pass, as the program that runs has them. */
export function sourcePanel({ pass, kind }) {
  return (kind?.[pass].sources ?? []).map(({ name, file, line, text }) => html`<figure class="source">
    <figcaption class="about"><code>${name}</code>, ${file}, line ${line}</figcaption>
    <pre tabindex="0" role="region" aria-label="Source of ${name}">${text}</pre>
  </figure>`);
}

/** The numbers behind a column's colours. */
export function valueTable({ name, values, isGradient }, { isWhole, isOpen, onToggle }) {
  const shown = isOpen ? strongest(values, isWhole ? values.length : SHOWN_UNITS) : [];
  const what = isGradient ? "Gradient" : "Value";
  return html`<details class="values" ?open=${isOpen} @toggle=${({ currentTarget }) => onToggle(currentTarget.open)}>
    <summary>Numbers of this column</summary>
    ${isOpen ? html`<div class="scroll-table" tabindex="0" role="region" aria-label="Numbers"><table aria-label="Numbers of ${name}">
      <thead><tr><th scope="col">Unit</th><th scope="col" class="number">${what}</th></tr></thead>
      <tbody>${shown.map((index) => html`<tr><th scope="row">${index}</th><td class="number">${figure(values[index])}</td></tr>`)}</tbody>
    </table></div>` : nothing}
  </details>`;
}
