// The confusion matrix: which class is taken for which, as a table whose numbers can be pressed.

import { LightElement } from "../lib/element.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

/**
 * A matrix, rows true, columns predicted.
 *
 * Properties: `rows` of cells as `cellsOf` in matrix-cells.js returns them; names of the `classes`;
 * `chosen`, `{true, predicted}`, null for any. Event: `choose` with such a pair as detail, of nulls
 * where the chosen cell is pressed again; it bubbles.
 */
class ConfusionMatrix extends LightElement {
  static properties = { rows: { attribute: false }, classes: { attribute: false }, chosen: { attribute: false } };

  render() {
    const { classes, rows } = this;
    const isLong = classes.some((name) => name.length > 2);
    return html`
      <div class="confusion-axes">
        <span class="axis" aria-hidden="true">Read as</span>
        <span class="axis down" aria-hidden="true">It was</span>
        <table class="confusion" id="confusion" data-long=${isLong} aria-label="Rows: what it was. Columns: what it was read as">
          <thead><tr><td></td>${classes.map((name) => html`<th scope="col" title=${name}><span>${name}</span></th>`)}</tr></thead>
          <tbody>${rows.map((row, label) => html`<tr>
            <th scope="row" title=${classes[label]}>${classes[label]}</th>${row.map((cell) => this.#cell(cell))}</tr>`)}</tbody>
        </table>
      </div>`;
  }

  #cell({ label, predicted, number, value, words, name, strength }) {
    if (number === 0 && value === 0) return html`<td><span class="none">·</span></td>`;
    const isChosen = this.chosen.true === label && this.chosen.predicted === predicted;
    const pair = isChosen ? { true: null, predicted: null } : { true: label, predicted };
    return html`<td><button type="button" aria-pressed=${isChosen ? "true" : "false"} aria-label=${name}
      class=${label === predicted ? "right" : nothing} data-less=${value < 0} style=${styleMap({ "--share": strength })}
      @click=${() => this.dispatchEvent(new CustomEvent("choose", { detail: pair, bubbles: true }))}>${words}</button></td>`;
  }
}

customElements.define("confusion-matrix", ConfusionMatrix);
