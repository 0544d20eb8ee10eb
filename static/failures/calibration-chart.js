// Confidence against accuracy.

import { calibration } from "../lib/test-set/classification.js";
import { LightElement } from "../lib/element.js";
import { count, percent } from "../lib/format.js";
import { csvText, fileName, saveText } from "../lib/saved-file.js";
import { html, svg } from "../vendor/lit-all.min.js";

const SIDE = 100;
const GAP = 1;

/**
 * Properties: `labels`, and the `predictions` of an epoch as `readPredictions` returns them; `subject`,
 * words for what is shown.
 */
class CalibrationChart extends LightElement {
  static properties = { labels: { attribute: false }, predictions: { attribute: false }, subject: { attribute: false } };

  #save(bins) {
    const rows = bins.map((bin) => [bin.low, bin.high, bin.count, bin.confidence, bin.accuracy]);
    saveText(csvText([["from", "to", "pictures", "confidence", "accuracy"], ...rows]), fileName("calibration", this.subject, "csv"));
  }

  render() {
    const { bins, error } = calibration(this.labels, this.predictions);
    const filled = bins.filter((bin) => bin.count);
    return html`
      <p class="about">Of the pictures it is 80 % sure of, 80 % should be right: then the bars reach the line.
        Expected calibration error: <strong>${percent(error)}</strong>
        <button type="button" class="small" aria-label="CSV of the calibration" @click=${() => this.#save(bins)}>CSV</button></p>
      <div class="calibration">
        <svg viewBox="0 0 ${SIDE} ${SIDE}" preserveAspectRatio="none" role="img" aria-label="Accuracy by confidence; expected calibration error ${percent(error)}">
          <path class="grid" d="M0 0H${SIDE}M0 ${SIDE / 2}H${SIDE}M0 ${SIDE}H${SIDE}"/>
          ${filled.map(({ low, high, accuracy }) => svg`<rect x=${SIDE * low + GAP / 2} width=${SIDE * (high - low) - GAP} y=${SIDE * (1 - accuracy)} height=${SIDE * accuracy}/>`)}
          <path class="ideal" d="M0 ${SIDE}L${SIDE} 0"/>
        </svg>
        <p class="axis-words"><span>0 %</span><span>sure</span><span>100 %</span></p>
      </div>
      <details><summary>Table</summary><table class="scores" aria-label="Accuracy by confidence">
        <thead><tr><th scope="col">Sure</th><th scope="col" class="number">Pictures</th><th scope="col" class="number">Mean</th><th scope="col" class="number">Right</th></tr></thead>
        <tbody>${filled.map((bin) => html`<tr><th scope="row">${percent(bin.low, 0)} to ${percent(bin.high, 0)}</th><td class="number">${count(bin.count)}</td>
          <td class="number">${percent(bin.confidence)}</td><td class="number">${percent(bin.accuracy)}</td></tr>`)}</tbody>
      </table></details>`;
  }
}

customElements.define("calibration-chart", CalibrationChart);
