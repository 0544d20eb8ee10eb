// Explanation of a prediction: pixels that speak for a class, and those to change for another one.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { percent, plural } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { largest, paintSigned, signedColours } from "../lib/charts/signed-colour.js";
import { RepaintController } from "../lib/page/theme.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import { decode, figure } from "../components/passes/arrays.js";

const SIDE = 28;
const INK = "var(--ink)";
// Opacity of the digit over a heat map.
const FAINT = 0.2;

/** Properties: `body` of the inspection's request; `picture`, its 784 numbers; `predicted`, index of the most probable class; `classes`. */
class WhyPanel extends LightElement {
  static properties = {
    body: { attribute: false },
    picture: { attribute: false },
    predicted: { attribute: false },
    classes: { attribute: false },
    target: { state: true },
    // Heat maps as `{title, formula, help, values, side}`, and the response on a changed picture with
    // its `pictures`, the same and with `options` of `paintSigned`.
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
    const figures = this.querySelectorAll(".heat-map");
    [...(this.maps ?? []), ...(this.change?.pictures ?? [])].forEach(({ values, options }, place) => {
      const [canvas, digit] = figures[place].children;
      paintSigned(canvas, values, options);
      if (digit) paintFaint(digit, this.picture);
    });
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
      return { change: { ...response, pictures: changedPictures(response, this.picture) } };
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
      ${this.maps ? this.#figures(this.maps, name) : nothing}
      ${this.change ? this.#changed(this.change, name) : nothing}`;
  }

  // A heat map of one number for each place of a patch lies where the patches' middles are.
  #figures(pictures, name) {
    return html`<div class="heat-maps">${pictures.map(({ title, formula, help, values, side = SIDE, options }) => html`<figure>
      <div class="heat-map"><canvas width=${side} height=${side} style="inset:${(50 * (SIDE - side)) / SIDE}%;width:${(100 * side) / SIDE}%" role="img" aria-label=${options ? title : `${title} for ${name}`}></canvas>
        ${options ? nothing : html`<canvas width=${SIDE} height=${SIDE} aria-hidden="true"></canvas>`}</div>
      <figcaption><strong>${title}</strong><br><code>${formula}</code><br><span class="about">${help}${options ? nothing : ` Strongest: ±${figure(largest(values))}`}</span></figcaption></figure>`)}</div>`;
  }

  #changed({ steps, reached, pictures }, name) {
    const taken = steps.length - 1;
    const [before, after] = [steps[0], steps.at(-1)].map(({ probabilities }) => percent(probabilities[this.target]));
    return html`${this.#figures(pictures, name)}
      <p role="status">${reached ? html`After ${plural(taken, "step")} it is predicted as ${name}.` : html`After ${plural(taken, "step")} it is still not predicted as ${name}.`}
        Probability of ${name}: ${before} before, ${after} after.</p>`;
  }
}

// A picture in ink that lets what is under it show through.
function paintFaint(canvas, values) {
  const ink = signedColours(canvas.parentElement, INK)[2];
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  values.forEach((value, place) => image.data.set([...ink, 255 * FAINT * value], 4 * place));
  context.putImageData(image, 0, 0);
}

function changedPictures({ picture, step_length: length }, before) {
  const { values } = decode(picture);
  return [
    { title: "The changed picture", formula: `x − ${figure(length)} · dx / |dx|`, help: "Each step goes against the gradient of the class's loss.", values, options: { most: 1, positive: INK } },
    { title: "What changed", formula: "x after − x before", help: "Orange: ink was added. Blue: ink was taken away.", values: values.map((value, i) => value - before[i]) },
  ];
}

function mapsOf({ saliency, gradient_times_input: product, occlusion, probability, patch }) {
  const covered = decode(occlusion);
  return [
    { title: "Gradient", formula: "∂ score / ∂ x", help: "How the score of the class changes with each pixel.", values: decode(saliency).values },
    { title: "Gradient times input", formula: "x · ∂ score / ∂ x", help: "What each pixel with ink adds to the score.", values: decode(product).values },
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
