// One test picture: its probabilities, its history over the epochs, the hidden units that it excites,
// and the training pictures like it.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { RETRY_MS } from "../lib/reconnect.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

const HEIGHT = 100;

/**
 * A dialog that is open while `index` is not null.
 *
 * Properties: `run`; `epoch`, the one shown; `index` in the test set; `testSet`, and its `arrivals`; names of the
 * `classes`; `mark` of the picture, null for none; `before` and `after`, the pictures beside it in the gallery, null for none. Events:
 * `open`, with the index of another picture as detail; `mark`, with a mark or null; `leave`.
 */
class PictureDialog extends LightElement {
  static properties = {
    run: { attribute: false },
    epoch: { attribute: false },
    index: { attribute: false },
    testSet: { attribute: false },
    arrivals: { attribute: false },
    classes: { attribute: false },
    mark: { attribute: false },
    before: { attribute: false },
    after: { attribute: false },
    loaded: { state: true },
    problem: { state: true },
  };

  // Parts that are loaded or being loaded, by name.
  #wanted = {};

  constructor() {
    super();
    this.index = null;
    this.loaded = {};
    this.problem = "";
  }

  willUpdate(changed) {
    if (this.index === null) return;
    const { run, index, epoch } = this;
    if (changed.has("index") || changed.has("run")) this.problem = "";
    this.#load("picture", `${run.id} ${index} ${epoch}`, () => api.testPicture(run.id, index, epoch));
    this.#load("history", `${run.id} ${index} ${run.epoch}`, () => api.testPictureHistory(run.id, index, run.epoch));
    this.#load("units", `${run.id} ${index} ${epoch}`, () => api.excitedUnits(run.id, index, epoch));
    this.#load("neighbours", `${run.id} ${index}`, () => api.neighbours(run.id, index));
  }

  // The earlier content stays until then, unless it is of another picture.
  async #load(name, key, request) {
    if (this.#wanted[name] === key) return;
    this.#wanted[name] = key;
    try {
      const { index } = this;
      const value = await request();
      if (this.#wanted[name] === key) this.loaded = { ...this.loaded, [name]: { index, value } };
    } catch (problem) {
      if (this.#wanted[name] !== key) return;
      this.problem = problem.message;
      if (problem.isTemporary) setTimeout(() => this.#loadAgain(name, key), RETRY_MS);
    }
  }

  #loadAgain(name, key) {
    if (this.#wanted[name] !== key) return;
    this.#wanted[name] = null;
    this.problem = "";
    this.requestUpdate();
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("themechange", this.#redraw);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("themechange", this.#redraw);
  }

  #redraw = () => this.requestUpdate();

  updated() {
    const dialog = this.querySelector("dialog");
    if (this.index === null) {
      dialog.close();
      return;
    }
    if (!dialog.open) dialog.showModal();
    this.testSet.draw(this.querySelector("canvas"), this.index);
  }

  #part(name) {
    const part = this.loaded[name];
    return part?.index === this.index ? part.value : null;
  }

  render() {
    return html`<dialog class="picture-dialog" aria-labelledby="picture-title" @close=${() => this.#send("leave")} @keydown=${this.#key}
      @click=${({ target }) => target.localName === "dialog" && target.close()}>${this.index === null ? nothing : this.#content()}</dialog>`;
  }

  #content() {
    const { index, classes, run, epoch } = this;
    const picture = this.#part("picture");
    const { side } = pageData.sheets;
    return html`<div class="picture-content">
      <header>
        <h2 id="picture-title">Test picture ${index}</h2>
        <button type="button" class="small quiet" aria-disabled=${this.before === null ? "true" : nothing} @click=${() => this.#open(this.before)}>Previous</button>
        <button type="button" class="small quiet" aria-disabled=${this.after === null ? "true" : nothing} @click=${() => this.#open(this.after)}>Next</button>
        <button type="button" class="small" autofocus @click=${() => this.querySelector("dialog").close()}>Close</button>
      </header>
      <p class="problem" role="alert">${this.problem}</p>
      <figure><canvas width=${side} height=${side} role="img" aria-label="Test picture ${index}"></canvas>
        <figcaption>${picture ? html`${classes[picture.true]}${picture.true === picture.predicted ? ", read right" : html`, read as <strong>${classes[picture.predicted]}</strong>`}` : "\u00a0"}</figcaption>
        ${this.#marks()}
        <a class="button" href=${api.address("/draw", { run: run.id, epoch, index })}>Edit it in the pad</a>
        <a class="button" href=${api.address("/inspect", { run: run.id, epoch, picture: index })}>Inspect it</a>
      </figure>
      <section aria-label="Probabilities"><h3>After epoch ${epoch}</h3>
        <ol class="probabilities">${classes.map((name, k) => html`<li data-label=${k === picture?.true}>
          <span class="cut" title=${name}>${name}</span><span class="bar"><i style=${styleMap({ width: percentOf(picture?.probabilities[k]) })}></i></span>
          <span class="number">${percent(picture?.probabilities[k])}</span></li>`)}</ol></section>
      ${this.#history()}
      ${this.#units()}
      ${this.#neighbours()}
    </div>`;
  }

  // Pressed again, a mark is taken away.
  #marks() {
    return html`<div class="marks" role="group" aria-label="Mark it">${pageData.marks.map(({ name, label }) => html`
      <button type="button" class="small" aria-pressed=${name === this.mark} @click=${() => this.#send("mark", name === this.mark ? null : name)}>${label}</button>`)}</div>`;
  }

  #history() {
    const history = this.#part("history");
    if (!history) return html`<section class="history"><h3>Over the epochs</h3></section>`;
    const { classes, epoch } = this;
    const { epochs, label_probability: values, predicted, true: label } = history;
    const [first, span] = [epochs[0] - 0.5, epochs.at(-1) - epochs[0] + 1];
    const x = (at) => (100 * (at - first)) / span;
    const line = values.map((value, i) => `${x(epochs[i])},${HEIGHT * (1 - value)}`);
    if (line.length === 1) line.push(line[0].replace(/^.*,/, "100,"));
    const at = epochs.indexOf(epoch);
    const words = `Probability of ${classes[label]}: ${percent(values[0])} after epoch ${epochs[0]}, ${percent(values.at(-1))} after epoch ${epochs.at(-1)}`;
    return html`<section class="history" aria-label="Over the epochs"><h3>Over the epochs</h3>
      <p class="about">Line: how likely “${classes[label]}” is${at < 0 ? "" : html`, ${percent(values[at])} after epoch ${epoch}`}. Strip: the prediction.</p>
      <svg viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${words}>
        <path class="grid" d="M0 0H100M0 ${HEIGHT / 2}H100M0 ${HEIGHT}H100"/>
        <line class="now" x1=${x(epoch)} x2=${x(epoch)} y1="0" y2=${HEIGHT}/>
        <polyline points=${line.join(" ")}/>
      </svg>
      <ol class="strip" aria-label="Predictions">${stretches(epochs, predicted).map(({ from, to, value }) => html`<li data-right=${value === label}
        style=${styleMap({ flexGrow: to - from + 1 })} title="${classes[value]}, ${epochWords(from, to)}"><span>${classes[value]}</span><span class="sr-only">, ${epochWords(from, to)}</span></li>`)}</ol>
      <p class="strip-ends"><span>epoch ${epochs[0]}</span><span>${epochs.at(-1)}</span></p>
    </section>`;
  }

  #units() {
    const { run, epoch, index } = this;
    const found = this.#part("units");
    if (found?.length === 0) return nothing;
    // In the inspector the picture is the first place, and each layer the next.
    const inspector = (place) => api.address("/inspect", { run: run.id, epoch, picture: index, at: place + 1 });
    return html`<section class="units" aria-label="Most excited units"><h3>The hidden units it excites most</h3>
      <ol>${(found ?? []).map(({ layer, place, unit, activation }) => html`<li>
        <a href=${inspector(place)}>${layer}, unit ${unit}</a> <span class="number">${activation.toFixed(2)}</span></li>`)}</ol></section>`;
  }

  #neighbours() {
    const found = this.#part("neighbours");
    const { classes } = this;
    const { side } = pageData.sheets;
    return html`<section class="neighbours" aria-label="Nearest training pictures"><h3>The training pictures most like it</h3>
      <ul>${(found ?? []).map(({ index, true: label, distance, image }) => html`<li title="Training picture ${index}, distance ${distance.toFixed(1)}">
        <img src=${image} alt="" width=${side} height=${side}><span>${classes[label]}</span></li>`)}</ul></section>`;
  }

  #key = (event) => {
    const to = { ArrowLeft: this.before, ArrowRight: this.after }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#open(to);
  };

  // A button that can't go on keeps the focus.
  #open(index) {
    if (index !== null) this.#send("open", index);
  }

  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

const percentOf = (share) => `${100 * (share ?? 0)}%`;
const epochWords = (from, to) => (from === to ? `epoch ${from}` : `epochs ${from} to ${to}`);

/** Stretches of epochs with the same value: `{from, to, value}` in order. */
function stretches(epochs, values) {
  const found = [];
  values.forEach((value, i) => {
    const last = found.at(-1);
    if (last?.value === value) last.to = epochs[i];
    else found.push({ from: epochs[i], to: epochs[i], value });
  });
  return found;
}

customElements.define("picture-dialog", PictureDialog);
