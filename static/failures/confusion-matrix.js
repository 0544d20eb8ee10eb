// The confusion matrix: which class is taken for which, as a table whose numbers can be pressed.

import { LightElement } from "../lib/element.js";
import { count, plural } from "../lib/format.js";
import { html, styleMap } from "../vendor/lit-all.min.js";

/**
 * A matrix of counts, rows true, columns predicted.
 *
 * Properties: `matrix`; names of the `classes`; `chosen`, `{true, predicted}` as strings, empty for
 * any. Event: `choose` with such a pair as detail, or null where the chosen number is pressed again.
 */
class ConfusionMatrix extends LightElement {
  static properties = { matrix: { attribute: false }, classes: { attribute: false }, chosen: { attribute: false } };

  render() {
    const { classes, matrix } = this;
    const worst = Math.max(1, ...matrix.flatMap((row, i) => row.filter((_, j) => i !== j)));
    const isLong = classes.some((name) => name.length > 2);
    return html`
      <div class="confusion-axes">
        <span class="axis" aria-hidden="true">Read as</span>
        <span class="axis down" aria-hidden="true">It was</span>
        <table class="confusion" id="confusion" data-long=${isLong} aria-label="Rows: what it was. Columns: what it was read as">
          <thead><tr><td></td>${classes.map((name) => html`<th scope="col" title=${name}><span>${name}</span></th>`)}</tr></thead>
          <tbody>${matrix.map((row, label) => html`<tr>
            <th scope="row" title=${classes[label]}>${classes[label]}</th>
            ${row.map((number, predicted) => this.#cell(label, predicted, number, worst))}</tr>`)}</tbody>
        </table>
      </div>
      <p class="about">Press a number to see those.</p>`;
  }

  #cell(label, predicted, number, worst) {
    if (label === predicted) return html`<td class="right" title="${count(number)} read right">${count(number)}</td>`;
    if (number === 0) return html`<td><span class="none">·</span></td>`;
    const isChosen = this.chosen.true === String(label) && this.chosen.predicted === String(predicted);
    const pair = isChosen ? null : { true: String(label), predicted: String(predicted) };
    return html`<td><button type="button" aria-pressed=${isChosen ? "true" : "false"}
      aria-label="${plural(number, "time")} ${this.classes[label]} read as ${this.classes[predicted]}"
      style=${styleMap({ "--share": Math.sqrt(number / worst) })}
      @click=${() => this.dispatchEvent(new CustomEvent("choose", { detail: pair }))}>${number}</button></td>`;
  }
}

customElements.define("confusion-matrix", ConfusionMatrix);
