// The picture to inspect: one of the test set or the training set by its number, or the drawing pad's.

import { dataOf, recallPad } from "../components/drawing/saved-drawing.js";
import { LightElement } from "../lib/element.js";
import { pictureNoun } from "../lib/page-data.js";
import { urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";

const SOURCES = { test: "the test set", train: "the training set", pad: "the drawing pad" };
const SET_WORDS = { test: "Test", train: "Training" };

/**
 * The picture of the page's address, as `{source, index, label}`: `index` in the test or training set;
 * `label` of the pad's picture, null if it was not told.
 */
export function pictureOfAddress() {
  const label = wholeNumber(urlValue("label"));
  if (urlValue("picture") === "pad") return { source: "pad", index: 0, label };
  const training = wholeNumber(urlValue("train"));
  if (training !== null) return { source: "train", index: training, label };
  return { source: "test", index: wholeNumber(urlValue("picture")) ?? 0, label };
}

/** The same as parameters of an address. */
export function pictureParameters({ source, index, label }) {
  const isPad = source === "pad";
  return {
    picture: source === "train" ? null : isPad ? "pad" : index,
    train: source === "train" ? index : null,
    label: isPad ? label : null,
  };
}

/** The part of an inspection's request that names the picture. Rejects if the pad is blank. */
export async function pictureRequest({ source, index, label }) {
  if (source !== "pad") return { [`${source}_index`]: index };
  const pad = await recallPad();
  if (!pad) throw new Error("Nothing is on the drawing pad yet. Draw something there first.");
  const data = await dataOf(pad.picture);
  return { image: data.slice(data.indexOf(",") + 1), label, framed: pad.framed };
}

/** The picture in words: "Test digit 8", "Your drawing". */
export function pictureWords({ source, index }, classes) {
  return source === "pad" ? "Your drawing" : `${SET_WORDS[source]} ${pictureNoun(classes)} ${index}`;
}

/** Properties: `picture` as `pictureOfAddress` has it; `classes`. Event: `pick`, with another one. */
class PictureChoice extends LightElement {
  static properties = {
    picture: { attribute: false },
    classes: { attribute: false },
    // Text typed for a number that is none.
    wrong: { state: true },
  };

  constructor() {
    super();
    this.wrong = null;
  }

  #pick(changes) {
    this.wrong = null;
    this.dispatchEvent(new CustomEvent("pick", { detail: { ...this.picture, ...changes } }));
  }

  #type(text) {
    const index = wholeNumber(text);
    if (index === null) this.wrong = text;
    else this.#pick({ index });
  }

  render() {
    const { source } = this.picture;
    return html`<div class="picture-choice">
      <label for="picture-source">Picture from</label>
      <select id="picture-source" @change=${({ target }) => this.#pick({ source: target.value, index: 0 })}>
        ${Object.entries(SOURCES).map(([value, words]) => html`<option value=${value} .selected=${live(value === source)}>${words}</option>`)}
      </select></div>
      ${source === "pad" ? this.#label() : this.#number()}`;
  }

  #number() {
    const { picture, classes, wrong } = this;
    const words = `${SET_WORDS[picture.source]} ${pictureNoun(classes)}`;
    return html`<div class="picture-choice">
      <label for="picture">${words}</label>
      <div>
        <button type="button" aria-label="Picture before" aria-disabled=${picture.index === 0 ? "true" : nothing} @click=${() => this.#pick({ index: Math.max(0, picture.index - 1) })}>−</button>
        <input type="text" inputmode="numeric" id="picture" name="picture" .value=${live(wrong ?? String(picture.index))} aria-invalid=${wrong !== null} aria-describedby="picture-problem" @change=${({ target }) => this.#type(target.value)}>
        <button type="button" aria-label="Picture after" @click=${() => this.#pick({ index: picture.index + 1 })}>+</button>
      </div></div>
      <p class="problem" id="picture-problem" role="alert">${wrong === null ? "" : `Expected the number of a ${words.toLowerCase()}, such as 8; got “${wrong}”.`}</p>`;
  }

  #label() {
    const { label } = this.picture;
    return html`<div class="picture-choice">
      <label for="picture-label">It is meant as</label>
      <select id="picture-label" @change=${({ target }) => this.#pick({ label: Number(target.value) })}>
        ${label === null ? html`<option value="" selected disabled>choose</option>` : nothing}
        ${this.classes.map((name, k) => html`<option value=${k} .selected=${live(k === label)}>${name}</option>`)}
      </select></div>
      <a class="button" href="/draw">Change the drawing</a>`;
  }
}

/** Digits as a number; null for anything else. */
export function wholeNumber(text) {
  return /^\d{1,9}$/.test(text?.trim() ?? "") ? Number(text) : null;
}

customElements.define("picture-choice", PictureChoice);
