// Precision, recall and F1 of each class, as bars.

import { classScores } from "../lib/test-set/classification.js";
import { LightElement } from "../lib/element.js";
import { count, percent } from "../lib/format.js";
import { csvText, fileName, saveText } from "../lib/saved-file.js";
import { html, styleMap } from "../vendor/lit-all.min.js";

const MEASURES = [["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"]];

/** Properties: `matrix` of counts; names of the `classes`; `subject`, words for what is shown. */
class ClassScores extends LightElement {
  static properties = { matrix: { attribute: false }, classes: { attribute: false }, subject: { attribute: false } };

  #save() {
    const rows = classScores(this.matrix).map(({ precision, recall, f1, count }, k) => [this.classes[k], precision, recall, f1, count]);
    saveText(csvText([["class", "precision", "recall", "f1", "pictures"], ...rows]), fileName("classes", this.subject, "csv"));
  }

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
        F1: both in one number. <button type="button" class="small" aria-label="CSV of each class" @click=${() => this.#save()}>CSV</button></p>`;
  }
}

customElements.define("class-scores", ClassScores);
