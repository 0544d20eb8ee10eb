// Weights through time: the units of the first layer as pictures, at any epoch, and live.

import "../components/epoch-scrubber.js";
import { figure } from "../components/passes/arrays.js";
import "../components/weight-sheet.js";
import * as api from "../lib/api.js";
import { ByteCache } from "../lib/byte-cache.js";
import { LightElement } from "../lib/element.js";
import { percent, plural } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { largest } from "../lib/charts/signed-colour.js";
import { isEnded } from "../lib/runs/run-words.js";
import { setUrlValuesSoon, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import "./histogram-maps.js";
import "./unit-details.js";

const PIXELS = 784;
const MAX_BYTES = 32_000_000;
const SHOWN = 64;

// Orders of the units: label, and units in order from the API's response on all of them.
const ORDERS = {
  number: { label: "number", of: ({ norm }) => [...norm.keys()] },
  norm: { label: "norm", of: ({ norm }) => descending(norm) },
  use: { label: "use", of: ({ silent_share: silent }) => descending(silent.map((share) => -share)) },
  similarity: { label: "similarity", of: ({ by_similarity: order }) => order },
};

/** Properties: `run`; `last`, its last complete epoch, 0 for none. Loads nothing before it is in view. */
class WeightsPanel extends LightElement {
  static properties = {
    run: { attribute: false },
    last: { attribute: false },
    // The chosen epoch, null to follow the last; order; chosen unit, null for none.
    epoch: { state: true },
    order: { state: true },
    unit: { state: true },
    isWhole: { state: true },
    isInView: { state: true },
    // The weights that are shown, `{epoch, weights}`; the response on all units, which takes longer.
    frame: { state: true },
    units: { state: true },
    problem: { state: true },
  };

  #cache = new ByteCache(MAX_BYTES, (weights) => weights.byteLength);
  #failed = (error) => { this.problem = error.message; };
  #weights = new LatestRequest((frame) => { this.frame = frame; this.problem = ""; }, this.#failed);
  #surveys = new LatestRequest((units) => { this.units = units; }, this.#failed);
  #requested = null;
  #pictures = [];
  // The strongest weight of all epochs that were shown: one scale for all of them.
  #most = 0;
  #sight = new IntersectionObserver(([{ isIntersecting }]) => { this.isInView = isIntersecting; });

  constructor() {
    super();
    this.epoch = wholeNumber(urlValue("weights"));
    this.order = Object.hasOwn(ORDERS, urlValue("order")) ? urlValue("order") : "number";
    this.unit = wholeNumber(urlValue("unit"));
    this.isWhole = false;
    this.isInView = false;
    this.frame = null;
    this.units = null;
    this.problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.#sight.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#sight.disconnect();
    this.#weights.cancel();
    this.#surveys.cancel();
  }

  willUpdate(changed) {
    if (this.#first > this.last) return;
    if (this.epoch !== null && (this.epoch < this.#first || this.epoch > this.last)) this.epoch = null;
    if (this.isInView) this.#load(this.epoch ?? this.last);
    if (["frame", "units", "order", "isWhole"].some((name) => changed.has(name)) && this.frame) this.#arrange();
  }

  // A fork has a copy of the epoch that it starts from.
  get #first() {
    return Math.max(1, this.run.parent?.epoch ?? 1);
  }

  #load(epoch) {
    const { id } = this.run;
    if (epoch === this.#requested) return;
    this.#requested = epoch;
    const load = async () => new Float32Array(await api.unitWeights(id, epoch));
    this.#weights.send(async () => ({ epoch, weights: await this.#cache.load(epoch, load) }));
    this.#surveys.send(() => api.units(id, epoch));
  }

  #arrange() {
    const { weights } = this.frame;
    const count = weights.length / PIXELS;
    this.#most = Math.max(this.#most, largest(weights));
    if (this.unit >= count) this.unit = null;
    const order = this.units ? ORDERS[this.order].of(this.units) : Array.from({ length: count }, (_, unit) => unit);
    this.#pictures = order.slice(0, this.isWhole ? count : SHOWN).map((unit) => (
      { unit, values: this.#weightsOf(unit), words: this.#words(unit), isDead: this.units?.silent_share[unit] === 1 }));
  }

  #weightsOf(unit) {
    return this.frame.weights.subarray(unit * PIXELS, (unit + 1) * PIXELS);
  }

  #words(unit) {
    if (!this.units) return "weights";
    const { norm, silent_share: silent } = this.units;
    const use = silent[unit] === 1 ? "dead" : `reacts to ${percent(1 - silent[unit])} of the pictures`;
    return `norm ${figure(norm[unit])}, ${use}`;
  }

  #choose(changes) {
    Object.assign(this, changes);
    setUrlValuesSoon({ weights: this.epoch, order: this.order === "number" ? null : this.order, unit: this.unit });
  }

  render() {
    const hasEpochs = this.#first <= this.last;
    const reservesSpace = hasEpochs || !isEnded(this.run);
    const words = reservesSpace
      ? "After the first epoch, each unit of the first layer is here as a picture of its weights."
      : "No epoch was completed, so there are no weights to show.";
    return html`<section class="panel ${reservesSpace ? "weights" : ""}" aria-labelledby="weights-title">
      <h2 id="weights-title">Weights through time</h2>
      ${hasEpochs ? this.#content() : html`<p class="muted">${words}</p>`}
    </section>`;
  }

  #content() {
    const { frame, run, last, epoch, unit } = this;
    return html`
      <p class="about">Each picture is a unit of the first layer: the weight of each pixel. The unit reacts to ink on orange, and is held back by ink on blue. Choose one to see more.</p>
      <epoch-scrubber .first=${this.#first} .last=${last} .best=${run.best_epoch} .epoch=${epoch} .shown=${frame?.epoch} .words=${this.#deadWords()} @pick=${({ detail }) => this.#choose({ epoch: detail })}></epoch-scrubber>
      <p class="problem" role="alert">${this.problem}</p>
      ${frame ? html`
        <div class="weights-tools">
          <label for="weights-order">Sorted by</label>
          <select id="weights-order" @change=${({ target }) => this.#choose({ order: target.value })}>
            ${Object.entries(ORDERS).map(([name, { label }]) => html`<option value=${name} .selected=${live(name === this.order)}>${label}</option>`)}</select>
          ${this.#more(frame.weights.length / PIXELS)}
          <p class="legend about"><span>−${figure(this.#most)}</span><span class="legend-bar" aria-hidden="true"></span><span>+${figure(this.#most)}, one scale for all</span></p>
        </div>
        <div class="weights-columns">
          <weight-sheet label="Units of the first layer, epoch ${frame.epoch}" .pictures=${this.#pictures} .most=${this.#most} .chosen=${unit} @choose=${({ detail }) => this.#choose({ unit: detail })}></weight-sheet>
          ${unit === null ? nothing : html`<unit-details .run=${run} .epoch=${frame.epoch} .unit=${unit} .weights=${this.#weightsOf(unit)} .most=${this.#most}></unit-details>`}
        </div>
        <histogram-maps .run=${run} .first=${this.#first} .last=${last} .isInView=${this.isInView}></histogram-maps>` : html`<div class="weights-empty"></div>`}`;
  }

  #deadWords() {
    if (!this.units) return "";
    const dead = this.units.silent_share.filter((share) => share === 1).length;
    return dead ? plural(dead, "dead unit") : "none dead";
  }

  #more(count) {
    if (count <= SHOWN) return nothing;
    return html`<button type="button" class="small" @click=${() => { this.isWhole = !this.isWhole; }}>${this.isWhole ? `Show ${SHOWN}` : `Show all ${count}`}</button>`;
  }
}

// The number in a text of digits, null for any other text.
function wholeNumber(text) {
  return /^\d+$/.test(text) ? Number(text) : null;
}

// Indices of the numbers, the largest first.
function descending(numbers) {
  return [...numbers.keys()].sort((a, b) => numbers[b] - numbers[a]);
}

customElements.define("weights-panel", WeightsPanel);
