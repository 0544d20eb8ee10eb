// Histograms of each layer's weights and activations over the epochs, as heat maps.

import { figure } from "../components/passes/arrays.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { paintSigned } from "../lib/charts/signed-colour.js";
import { RepaintController } from "../lib/page/theme.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { commonColumns, quantile, spacedEpochs } from "./histogram-columns.js";

const MOST_EPOCHS = 32;
const QUARTERS = [0.05, 0.25, 0.5, 0.75, 0.95];

/** Properties: `run`; `first` and `last` of the epochs; `isInView`, false to load nothing. */
class HistogramMaps extends LightElement {
  static properties = {
    run: { attribute: false },
    first: { attribute: false },
    last: { attribute: false },
    isInView: { attribute: false },
    problem: { state: true },
  };

  // Responses by epoch.
  #found = new Map();
  #isLoading = false;
  #maps = [];

  constructor() {
    super();
    new RepaintController(this, () => this.#paint());
  }

  willUpdate() {
    if (this.isInView && !this.#isLoading) this.#load();
    this.#maps = this.#layers();
  }

  updated() {
    this.#paint();
  }

  get #epochs() {
    return spacedEpochs(this.first, this.last, MOST_EPOCHS);
  }

  // One request at a time.
  async #load() {
    this.#isLoading = true;
    let epoch;
    while (this.isConnected && this.isInView && (epoch = this.#epochs.find((each) => !this.#found.has(each)))) {
      try {
        this.#found.set(epoch, await api.histograms(this.run.id, epoch));
        this.problem = "";
      } catch (error) {
        this.problem = error.message;
        break;
      }
      this.requestUpdate();
    }
    this.#isLoading = false;
  }

  // For each layer its histograms in the order of the epochs.
  #layers() {
    const epochs = this.#epochs.filter((epoch) => this.#found.has(epoch));
    if (!epochs.length) return [];
    const responses = epochs.map((epoch) => this.#found.get(epoch));
    return ["weights", "activations"].flatMap((kind) => responses[0][kind].map(({ layer }, place) => {
      const histograms = responses.map((response) => response[kind][place]);
      return { name: `${kind === "weights" ? "Weights" : "Activations"} of ${layer}`, epochs, histograms, ...commonColumns(histograms) };
    }));
  }

  // Stronger where more of the numbers are; by the square root, so that rare ones are seen.
  #paint() {
    const canvases = this.querySelectorAll("canvas");
    this.#maps.forEach(({ columns }, place) => {
      const rows = columns[0].length;
      const most = Math.sqrt(Math.max(...columns.flat()));
      const pixels = Array.from({ length: rows * columns.length }, (_, i) => Math.sqrt(columns[i % columns.length][rows - 1 - Math.floor(i / columns.length)]));
      Object.assign(canvases[place], { width: columns.length, height: rows });
      paintSigned(canvases[place], pixels, { most, positive: "var(--train)" });
    });
  }

  render() {
    return html`<h3>How the numbers of each layer spread, epoch by epoch</h3>
      <p class="about">Left to right: the epochs. Bottom to top: the numbers. The stronger the colour, the more of them; by the square root, so that rare ones are seen.</p>
      <p class="problem" role="alert">${this.problem}</p>
      <div class="histogram-maps">${this.#maps.map((map) => this.#map(map))}</div>
      ${this.#maps.length ? html`<details><summary>Numbers</summary>${this.#maps.map((map) => this.#table(map))}</details>` : nothing}`;
  }

  #map({ name, epochs, low, high, histograms }) {
    const middle = (histogram) => `half of them from ${figure(quantile(histogram, 0.25))} to ${figure(quantile(histogram, 0.75))}`;
    return html`<figure class="histogram-map"><figcaption>${name}</figcaption>
      <div class="histogram-plot"><p class="histogram-ends about"><span>${figure(high)}</span><span>${figure(low)}</span></p>
        <canvas role="img" aria-label="${name}: in epoch ${epochs[0]} ${middle(histograms[0])}, in epoch ${epochs.at(-1)} ${middle(histograms.at(-1))}"></canvas></div>
      <p class="unit-range about"><span>epoch ${epochs[0]}</span><span>${epochs.at(-1)}</span></p></figure>`;
  }

  #table({ name, epochs, histograms }) {
    return html`<div class="epochs-scroll" tabindex="0" role="region" aria-label="Table: ${name}"><table class="epochs" aria-label=${name}>
      <thead><tr><th scope="col">${name}: epoch</th>${QUARTERS.map((share) => html`<th scope="col" class="number">${100 * share} % below</th>`)}</tr></thead>
      <tbody>${epochs.map((epoch, place) => html`<tr><th scope="row">${epoch}</th>${QUARTERS.map((share) => html`<td class="number">${figure(quantile(histograms[place], share))}</td>`)}</tr>`)}</tbody>
    </table></div>`;
  }
}

customElements.define("histogram-maps", HistogramMaps);
