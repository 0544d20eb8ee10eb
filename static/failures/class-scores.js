// Precision, recall and F1 of each class, as bars.

import { classScores } from "../lib/classification.js";
import { LightElement } from "../lib/element.js";
import { count, percent } from "../lib/format.js";
import { html, styleMap } from "../vendor/lit-all.min.js";

const MEASURES = [["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"]];

/** Properties: `matrix` of counts; names of the `classes`. */
class ClassScores extends LightElement {
  static properties = { matrix: { attribute: false }, classes: { attribute: false } };

  render() {
    const scores = classScores(this.matrix);
    return html`
      <table class="scores" aria-label="Measures of each class">
        <thead><tr><th scope="col">Class</th>${MEASURES.map(([, label]) => html`<th scope="col">${label}</th>`)}<th scope="col" class="number">Pictures</th></tr></thead>
        <tbody>${scores.map((row, k) => html`<tr><th scope="row" title=${this.classes[k]}>${this.classes[k]}</th>
          ${MEASURES.map(([name]) => html`<td><span class="score" data-measure=${name} style=${styleMap({ "--part": row[name] ?? 0 })}>${percent(row[name])}</span></td>`)}
          <td class="number">${count(row.count)}</td></tr>`)}</tbody>
      </table>
      <p class="about">Precision: of those read as a class, the share that it was. Recall: of those that it was, the share read so.
        F1: both in one number.</p>`;
  }
}

customElements.define("class-scores", ClassScores);
