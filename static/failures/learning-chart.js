// Test pictures learned and forgotten at each epoch, beside the accuracy.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { count, percent, plural } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { html, nothing, svg } from "../vendor/lit-all.min.js";

const [WIDTH, HEIGHT] = [100, 100];
const HALF = HEIGHT / 2;

/** Properties: `run`; `epoch`, the one to mark; `size` of the test set. Event: `pick`, with an epoch as detail. */
class LearningChart extends LightElement {
  static properties = { run: { attribute: false }, epoch: { attribute: false }, size: { attribute: false }, rows: { state: true }, problem: { state: true } };

  #requests = new LatestRequest((rows) => { this.rows = rows; this.problem = ""; }, (error) => { this.problem = error.message; });
  #requested = "";

  constructor() {
    super();
    this.rows = null;
    this.problem = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  willUpdate(changed) {
    const { run, size } = this;
    if (changed.get("run") && changed.get("run").id !== run.id) {
      this.#requests.cancel();
      this.rows = null;
    }
    const key = `${run.id} ${run.epoch}`;
    if (key === this.#requested) return;
    this.#requested = key;
    this.#requests.send(async () => accuracies(await api.learningEpochs(run.id, run.epoch), size));
  }

  render() {
    const { rows } = this;
    return html`<p class="problem" role="alert">${this.problem}</p>
      <p class="about"><span class="key-learned">learned</span> above and <span class="key-forgotten">forgotten</span> below, at each epoch; the line is the accuracy.
        ${rows ? this.#now() : nothing}</p>
      <div class="learning-plot">${rows ? this.#plot() : nothing}</div>
      ${rows ? this.#table() : nothing}`;
  }

  #now() {
    const row = this.rows.find(({ epoch }) => epoch === this.epoch);
    return row ? html`Epoch ${row.epoch}: <strong>${count(row.learned)}</strong> learned, <strong>${count(row.forgotten)}</strong> forgotten.` : nothing;
  }

  // The first epoch learns nearly all: its bar is cut, so that the others can be seen.
  #plot() {
    const { rows, epoch } = this;
    const largest = Math.max(1, ...rows.slice(1).flatMap(({ learned, forgotten }) => [learned, forgotten]));
    const width = WIDTH / rows.length;
    const bar = (number) => HALF * Math.min(1, number / largest);
    const [low, high] = [Math.min(...rows.map(({ accuracy }) => accuracy)), Math.max(...rows.map(({ accuracy }) => accuracy))];
    const y = (accuracy) => (high > low ? HEIGHT * (0.95 - 0.9 * ((accuracy - low) / (high - low))) : HALF);
    const at = rows.findIndex((row) => row.epoch === epoch);
    const words = `Learned and forgotten over ${plural(rows.length, "epoch")}; accuracy from ${percent(rows[0].accuracy)} to ${percent(rows.at(-1).accuracy)}`;
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${words} @click=${this.#pick}>
      ${at < 0 ? nothing : svg`<rect class="at" x=${at * width} width=${width} y="0" height=${HEIGHT}/>`}
      ${rows.map(({ learned, forgotten }, i) => svg`
        <rect class="learned" x=${(i + 0.1) * width} width=${0.8 * width} y=${HALF - bar(learned)} height=${bar(learned)}/>
        <rect class="forgotten" x=${(i + 0.1) * width} width=${0.8 * width} y=${HALF} height=${bar(forgotten)}/>`)}
      <path class="grid" d="M0 ${HALF}H${WIDTH}"/>
      <polyline points=${rows.map(({ accuracy }, i) => `${(i + 0.5) * width},${y(accuracy)}`).join(" ")}/>
    </svg>
    <p class="axis-words"><span>epoch ${rows[0].epoch}</span><span>${percent(low)} to ${percent(high)} right; up to ${plural(largest, "picture")}</span><span>${rows.at(-1).epoch}</span></p>`;
  }

  #table() {
    return html`<details><summary>Table</summary><div class="scroll" tabindex="0" role="region" aria-label="Learned and forgotten as a table"><table class="scores">
      <thead><tr><th scope="col">Epoch</th><th scope="col" class="number">Learned</th><th scope="col" class="number">Forgotten</th><th scope="col" class="number">Right</th></tr></thead>
      <tbody>${this.rows.map((row) => html`<tr><th scope="row">${row.epoch}</th><td class="number">${count(row.learned)}</td>
        <td class="number">${count(row.forgotten)}</td><td class="number">${percent(row.accuracy)}</td></tr>`)}</tbody></table></div></details>`;
  }

  #pick = ({ currentTarget, clientX }) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    const place = Math.min(this.rows.length - 1, Math.max(0, Math.floor((this.rows.length * (clientX - left)) / width)));
    this.dispatchEvent(new CustomEvent("pick", { detail: this.rows[place].epoch }));
  };
}

/** Rows with their accuracy: what is right is what was learned and not forgotten. */
function accuracies(rows, size) {
  let right = 0;
  return rows.map((row) => {
    right += row.learned - row.forgotten;
    return { ...row, accuracy: right / size };
  });
}

customElements.define("learning-chart", LearningChart);
