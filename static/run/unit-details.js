// One unit of the first layer: the test pictures that excite it most, and how often it reacts.

import { figure } from "../components/passes/arrays.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { count, percent } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { classNames, pageData, pictureNoun } from "../lib/page-data.js";
import { paintSigned } from "../lib/charts/signed-colour.js";
import { TestSet } from "../lib/test-set/test-set.js";
import { RepaintController } from "../lib/page/theme.js";
import { html, nothing } from "../vendor/lit-all.min.js";

/** Properties: `run`; `epoch`; number of the `unit`; its `weights`; `most`, the magnitude of the strongest colour. */
class UnitDetails extends LightElement {
  static properties = {
    run: { attribute: false },
    epoch: { attribute: false },
    unit: { attribute: false },
    weights: { attribute: false },
    most: { attribute: false },
    found: { state: true },
    problem: { state: true },
  };

  #requests = new LatestRequest((found) => { this.found = found; this.problem = ""; }, (error) => { this.problem = error.message; });
  #testSet = null;

  constructor() {
    super();
    new RepaintController(this, () => {
      this.#paintWeights();
      this.#drawPictures({ again: true });
    });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
    this.#testSet?.close();
    this.#testSet = null;
  }

  willUpdate(changed) {
    const { run, unit, epoch } = this;
    if (!this.#testSet?.isOf(run)) {
      this.#testSet?.close();
      this.#testSet = new TestSet(run.config.dataset, run.dataset_sha256, () => this.#drawPictures());
    }
    if (changed.has("unit")) this.found = null;
    if (changed.has("unit") || changed.has("epoch")) this.#requests.send(() => api.unitDetails(run.id, unit, epoch));
  }

  updated(changed) {
    if (["weights", "most"].some((name) => changed.has(name))) this.#paintWeights();
    if (changed.has("found")) this.#drawPictures();
  }

  #paintWeights() {
    paintSigned(this.querySelector(".unit-weights"), this.weights, { most: this.most });
  }

  // A picture is drawn once its sheet is here; drawing from a sheet takes milliseconds.
  #drawPictures({ again = false } = {}) {
    for (const canvas of this.querySelectorAll(".unit-pictures canvas")) {
      const { index } = canvas.dataset;
      if ((again || canvas.drawn !== index) && this.#testSet?.draw(canvas, Number(index))) canvas.drawn = index;
    }
  }

  render() {
    const { unit, found } = this;
    const { side } = pageData.sheets;
    return html`<section class="unit-details" aria-label="Unit ${unit}">
      <h3>Unit ${unit}</h3>
      <canvas class="unit-weights" width=${side} height=${side} role="img" aria-label="Weights of unit ${unit}"></canvas>
      <p class="problem" role="alert">${this.problem}</p>
      ${found ? this.#content(found) : nothing}
    </section>`;
  }

  #content({ silent_share: silent, norm, mean, strongest, low, high, counts }) {
    const noun = pictureNoun(classNames(this.run.config.dataset));
    const { side } = pageData.sheets;
    const isDead = silent === 1;
    return html`
      <p role="status"><strong data-good=${!isDead}>${isDead ? "Dead:" : "Alive:"}</strong> ${isDead ? "it answers no test picture." : `it reacts to ${percent(1 - silent)} of the test pictures.`} <span class="about">Norm of the weights ${figure(norm)}, mean activation ${figure(mean)}.</span></p>
      <h4>What excites it most</h4>
      ${isDead ? html`<p class="about">Nothing: no test picture makes a difference to it.</p>` : html`<ul class="unit-pictures">${strongest.map(({ index, activation }) => html`<li><a href=${api.address("/inspect", { run: this.run.id, epoch: this.epoch, picture: index })} title="Test ${noun} ${index}: activation ${figure(activation)}"
        aria-label="Test ${noun} ${index}: activation ${figure(activation)}"><canvas width=${side} height=${side} data-index=${index}></canvas></a></li>`)}</ul>`}
      <h4>Its activations</h4>
      ${histogram(low, high, counts)}`;
  }
}

// Bars by the square root, so that a few strong activations are seen beside thousands of zeros.
function histogram(low, high, counts) {
  const most = Math.sqrt(Math.max(...counts));
  const width = (high - low) / counts.length;
  return html`<div class="unit-histogram" role="img" aria-label="Histogram of the activations, from ${figure(low)} to ${figure(high)}">
      ${counts.map((n) => html`<span style="height:${(100 * Math.sqrt(n)) / most}%"></span>`)}</div>
    <p class="unit-range about"><span>${figure(low)}</span><span>height: square root of the number of pictures</span><span>${figure(high)}</span></p>
    <details><summary>Numbers</summary><div class="epochs-scroll" tabindex="0" role="region" aria-label="Numbers of the histogram"><table class="epochs" aria-label="Pictures by activation">
      <thead><tr><th scope="col" class="number">From</th><th scope="col" class="number">Pictures</th></tr></thead>
      <tbody>${counts.map((n, bin) => html`<tr><th scope="row" class="number">${figure(low + bin * width)}</th><td class="number">${count(n)}</td></tr>`)}</tbody>
    </table></div></details>`;
}

customElements.define("unit-details", UnitDetails);
