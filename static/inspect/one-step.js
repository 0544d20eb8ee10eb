// Steps of an optimizer on a copy of the network, with the picture as the batch.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { percent, plural } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { choiceOf, pageData } from "../lib/page-data.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import { figure } from "../components/passes/arrays.js";
import { weightName } from "../components/passes/places.js";

const { max_steps: MOST_STEPS, max_batch: BATCH } = pageData.inspection;
const MANY = 10;

/** Properties: `body` of the inspection's request; the run's `config`; decoded `layers`; `classes`; `label` of the picture. */
class OneStep extends LightElement {
  static properties = {
    body: { attribute: false },
    config: { attribute: false },
    layers: { attribute: false },
    classes: { attribute: false },
    label: { attribute: false },
    rate: { state: true },
    optimizer: { state: true },
    batch: { state: true },
    // The last response, null before the first step.
    result: { state: true },
    problem: { state: true },
  };

  #run = null;
  #requests = new LatestRequest((result) => { this.result = result; this.problem = ""; }, (error) => this.#failed(error));
  // The number of steps that was asked for last.
  #steps = 0;

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  willUpdate(changed) {
    if (!changed.has("body")) return;
    if (this.body.run !== this.#run) {
      const isFirst = this.#run === null;
      const { learning_rate: rate, optimizer } = this.config;
      this.#run = this.body.run;
      this.rate = (isFirst && urlValue("rate")) || String(rate);
      this.optimizer = (isFirst && choiceOf("optimizer", urlValue("optimizer"))?.value) || optimizer;
    }
    if (this.batch === undefined) this.batch = urlValue("batch") === String(BATCH) ? BATCH : 1;
    if (this.#isAlone) this.batch = 1;
    this.#restart();
  }

  // Settings that equal the run's own are left out of the address.
  updated() {
    const { learning_rate: rate, optimizer } = this.config;
    setUrlValues({
      rate: this.rate === String(rate) ? null : this.rate,
      optimizer: this.optimizer === optimizer ? null : this.optimizer,
      batch: this.batch === 1 ? null : this.batch,
    });
  }

  // No picture comes after a drawing.
  get #isAlone() {
    return "image" in this.body;
  }

  #restart() {
    this.#requests.cancel();
    this.#steps = 0;
    this.result = null;
    this.problem = "";
  }

  #failed({ message, fields }) {
    this.#steps = this.result ? this.result.steps.length - 1 : 0;
    this.problem = "learning_rate" in (fields ?? {}) ? fieldOf("learning_rate").problem : message;
  }

  // All steps are taken anew from the network of the epoch: nothing is stored.
  #take(steps) {
    this.#steps = Math.max(0, Math.min(MOST_STEPS, steps));
    if (this.#steps === 0) {
      this.#restart();
      return;
    }
    const rate = Number(this.rate || NaN);
    if (!Number.isFinite(rate)) {
      this.#failed({ fields: { learning_rate: this.rate } });
      return;
    }
    const body = { ...this.body, learning_rate: rate, optimizer: this.optimizer, steps: this.#steps, batch: this.batch };
    this.#requests.send(() => api.takeSteps(body));
  }

  #chooseOptimizer(optimizer) {
    this.optimizer = optimizer;
    this.rate = String(choiceOf("optimizer", optimizer).usual_rate);
    this.#restart();
  }

  // The largest rate that a run may have, with the optimizer that moves each weight by the rate,
  // however small its gradient.
  #takeTooLarge() {
    this.batch = BATCH;
    this.optimizer = "adam";
    this.rate = String(fieldOf("learning_rate").maximum);
    this.#restart();
    this.#take(1);
  }

  render() {
    const taken = this.result ? this.result.steps.length - 1 : 0;
    return html`
      <p>Train a copy of the network and see what a step does. The run is not changed. A step that is huge may
        still be right for one picture alone; with a batch of pictures that want different things it jumps too far.</p>
      <form class="step-settings" aria-label="Optimizer" @submit=${(event) => event.preventDefault()}>
        <div><label for="step-rate">${fieldOf("learning_rate").label}</label>
          <input type="text" inputmode="decimal" id="step-rate" .value=${this.rate} @change=${({ target }) => { this.rate = target.value.trim(); this.#restart(); }}></div>
        <div><label for="step-optimizer">${fieldOf("optimizer").label}</label>
          <select id="step-optimizer" @change=${({ target }) => this.#chooseOptimizer(target.value)}>
            ${fieldOf("optimizer").choices.map(({ value, label }) => html`<option value=${value} .selected=${live(value === this.optimizer)}>${label}</option>`)}
          </select></div>
        <div><label for="step-batch">Batch</label>
          <select id="step-batch" ?disabled=${this.#isAlone} @change=${({ target }) => { this.batch = Number(target.value); this.#restart(); }}>
            ${[1, BATCH].map((size) => html`<option value=${size} .selected=${live(size === this.batch)}>${size === 1 ? "this picture alone" : `${size} pictures from this one on`}</option>`)}
          </select></div>
      </form>
      <div class="step-buttons">
        <button type="button" class="primary" ?disabled=${taken >= MOST_STEPS} @click=${() => this.#take(this.#steps + 1)}>${taken ? "One more step" : "Take one step"}</button>
        <button type="button" ?disabled=${taken >= MOST_STEPS} @click=${() => this.#take(this.#steps + MANY)}>${MANY} steps</button>
        <button type="button" aria-disabled=${taken === 0 ? "true" : nothing} @click=${() => this.#take(this.#steps - 1)}>One step back</button>
        ${this.#isAlone ? nothing : html`<button type="button" @click=${() => this.#takeTooLarge()}>Try a step that is too large</button>`}
      </div>
      <p class="problem" role="alert">${this.problem}</p>
      ${this.result ? this.#outcome(this.result, taken) : nothing}`;
  }

  #outcome({ steps, moved }, taken) {
    const [first, last] = [steps[0], steps.at(-1)];
    return html`
      <p role="status" class="verdict" data-good=${last.loss !== null && last.loss <= first.loss}>${verdict(steps)}</p>
      <div class="scroll-table" tabindex="0" role="region" aria-label="Before and after"><table class="steps-table" aria-label="Before and after the steps">
        <thead><tr><th scope="col">Number</th><th scope="col" class="number">Before</th><th scope="col" class="number">After ${plural(taken, "step")}</th></tr></thead>
        <tbody>
          <tr data-row="loss"><th scope="row">Loss${this.batch > 1 ? " of the batch" : ""}</th><td class="number">${figure(first.loss)}</td><td class="number">${figure(last.loss)}</td></tr>
          ${this.classes.map((name, k) => html`<tr data-label=${k === this.label}><th scope="row">${name}${k === this.label ? " (label)" : ""}</th>
            <td class="number">${percent(first.probabilities[k])}</td><td class="number">${percent(last.probabilities[k])}</td></tr>`)}
        </tbody>
      </table></div>
      <details class="values"><summary>Loss after each step</summary>
        <div class="scroll-table" tabindex="0" role="region" aria-label="Losses"><table aria-label="Loss after each step">
          <thead><tr><th scope="col">Step</th><th scope="col" class="number">Loss</th></tr></thead>
          <tbody>${steps.map(({ loss }, step) => html`<tr><th scope="row">${step}</th><td class="number">${figure(loss)}</td></tr>`)}</tbody>
        </table></div></details>
      <details class="values"><summary>Weights that moved most</summary>
        <div class="scroll-table" tabindex="0" role="region" aria-label="Weights"><table aria-label="Weights that moved most">
          <thead><tr><th scope="col">Weight</th><th scope="col" class="number">Before</th><th scope="col" class="number">After</th></tr></thead>
          <tbody>${moved.map(({ parameter, index, before, after }) => html`<tr><th scope="row"><code>${weightName(this.layers, parameter, index)}</code></th>
            <td class="number">${figure(before)}</td><td class="number">${figure(after)}</td></tr>`)}</tbody>
        </table></div></details>`;
  }
}

function verdict(steps) {
  const losses = steps.map(({ loss }) => loss);
  if (losses.includes(null)) return html`<strong>The loss is not a number any more.</strong> The steps were far too large: try a lower learning rate.`;
  if (losses.at(-1) > losses[0]) {
    return html`<strong>The loss rose.</strong> It was ${figure(losses[0])}, and after the first step ${figure(losses[1])}.
      The step was too large and jumped over the valley: try a lower learning rate.`;
  }
  const rose = losses.findIndex((loss, step) => step > 0 && loss > losses[step - 1]);
  if (rose > 0) return html`<strong>The loss fell,</strong> but rose at step ${rose}: that step was too large.`;
  return html`<strong>The loss fell.</strong> Each step went downhill.`;
}

function fieldOf(name) {
  return pageData.fields.find((field) => field.name === name);
}

customElements.define("one-step", OneStep);
