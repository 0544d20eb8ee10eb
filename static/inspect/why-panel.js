// Explanation of a prediction: pixels that speak for a class, and those to change for another one.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { percent, plural } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { largest, paintSigned } from "../lib/signed-colour.js";
import { RepaintController } from "../lib/theme.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import { decode, figure } from "../components/passes/arrays.js";

const SIDE = 28;

/** Properties: `body` of the inspection's request; `predicted`, index of the most probable class; `classes`. */
class WhyPanel extends LightElement {
  static properties = {
    body: { attribute: false },
    predicted: { attribute: false },
    classes: { attribute: false },
    target: { state: true },
    // Heat maps as `{title, formula, help, values, side}`, and a changed picture with its response.
    maps: { state: true },
    change: { state: true },
    problem: { state: true },
  };

  #requests = new LatestRequest((changes) => { Object.assign(this, changes, { problem: "" }); }, (error) => { this.problem = error.message; });

  constructor() {
    super();
    new RepaintController(this, () => this.#paint());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  willUpdate(changed) {
    if (!changed.has("body")) return;
    const isFirst = changed.get("body") === undefined;
    const asked = isFirst ? this.classes.findIndex((_, k) => String(k) === urlValue("class")) : -1;
    this.#choose(asked < 0 ? this.predicted : asked);
  }

  updated(changed) {
    if (changed.has("maps") || changed.has("change")) this.#paint();
  }

  #paint() {
    const canvases = this.querySelectorAll("canvas");
    const pictures = [...(this.maps ?? []), ...(this.change ? [this.change] : [])];
    pictures.forEach(({ values, options }, place) => paintSigned(canvases[place], values, options));
  }

  #choose(target) {
    this.#requests.cancel();
    this.target = target;
    setUrlValues({ class: target === this.predicted ? null : target });
    this.maps = null;
    this.change = null;
    this.problem = "";
  }

  #explain() {
    const body = { ...this.body, target: this.target };
    this.#requests.send(async () => ({ maps: mapsOf(await api.attribute(body)) }));
  }

  #change() {
    const body = { ...this.body, target: this.target };
    this.#requests.send(async () => {
      const response = await api.changePicture(body);
      return { change: { ...response, values: decode(response.picture).values, options: { most: 1, positive: "var(--ink)" } } };
    });
  }

  render() {
    const name = this.classes[this.target];
    return html`
      <p>Ask which pixels speak for a class, or change the picture until the network predicts it.</p>
      <form class="step-settings" aria-label="Class to explain" @submit=${(event) => event.preventDefault()}>
        <div><label for="why-class">Class</label>
          <select id="why-class" @change=${({ target }) => this.#choose(Number(target.value))}>
            ${this.classes.map((words, k) => html`<option value=${k} .selected=${live(k === this.target)}>${words}${k === this.predicted ? " (predicted)" : ""}</option>`)}
          </select></div>
        <button type="button" @click=${() => this.#explain()}>Explain</button>
        <button type="button" ?disabled=${this.target === this.predicted} @click=${() => this.#change()}>Change it into this</button>
      </form>
      <p class="problem" role="alert">${this.problem}</p>
      ${this.maps ? html`<div class="heat-maps">${this.maps.map(({ title, formula, help, values, side }) => html`<figure>
        <canvas width=${side} height=${side} role="img" aria-label="${title} for ${name}"></canvas>
        <figcaption><strong>${title}</strong><br><code>${formula}</code><br><span class="about">${help} Strongest: ±${figure(largest(values))}</span></figcaption></figure>`)}</div>` : nothing}
      ${this.change ? this.#changed(this.change, name) : nothing}`;
  }

  #changed({ steps, reached, step_length: length }, name) {
    const taken = steps.length - 1;
    const [before, after] = [steps[0], steps.at(-1)].map(({ probabilities }) => percent(probabilities[this.target]));
    return html`<div class="heat-maps"><figure>
        <canvas width=${SIDE} height=${SIDE} role="img" aria-label="The changed picture"></canvas>
        <figcaption><strong>The changed picture</strong><br><code>x − ${figure(length)} · dx / |dx|</code></figcaption></figure></div>
      <p role="status">${reached ? html`After ${plural(taken, "step")} it is predicted as ${name}.` : html`After ${plural(taken, "step")} it is still not predicted as ${name}.`}
        Probability of ${name}: ${before} before, ${after} after.</p>`;
  }
}

function mapsOf({ saliency, gradient_times_input: product, occlusion, probability, patch }) {
  const covered = decode(occlusion);
  return [
    { title: "Gradient", formula: "∂ score / ∂ x", help: "How the score of the class changes with each pixel.", values: decode(saliency).values, side: SIDE },
    { title: "Gradient times input", formula: "x · ∂ score / ∂ x", help: "What each pixel with ink adds to the score.", values: decode(product).values, side: SIDE },
    {
      title: "Occlusion",
      formula: "p − p(covered)",
      help: `How much probability is lost where a patch of ${patch} × ${patch} pixels covers the picture.`,
      values: covered.values.map((value) => probability - value),
      side: covered.shape[0],
    },
  ];
}

customElements.define("why-panel", WhyPanel);
