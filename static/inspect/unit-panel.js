// One unit: its number, the sum that gives it, and the first layer's weights as a picture.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { LatestRequest } from "../lib/latest-request.js";
import { paintSigned } from "../lib/signed-colour.js";
import { RepaintController } from "../lib/theme.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { decodeUnit, figure, unitOf } from "../components/passes/arrays.js";
import { unitSum } from "../components/passes/unit-sum.js";

const SIDE = 28;

/** Properties: `body` of the inspection's request; decoded `layers`; `columns` of places.js; `unit`, `{column, index}`; `classes`; `label`. */
class UnitPanel extends LightElement {
  static properties = {
    body: { attribute: false },
    layers: { attribute: false },
    columns: { attribute: false },
    unit: { attribute: false },
    classes: { attribute: false },
    label: { attribute: false },
    // Weights of one unit of a network that is too large to send them all, as `{key, own}`.
    fetched: { state: true },
  };

  #requested = null;
  #requests = new LatestRequest((fetched) => { this.fetched = fetched; }, () => {});

  constructor() {
    super();
    new RepaintController(this, () => this.#paint());
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  updated() {
    this.#paint();
    this.#fetch();
  }

  // The dense layer of the unit; undefined for units of other layers and for pixels.
  get #dense() {
    const layer = this.layers[this.unit.column - 1];
    return layer?.kind === "dense" ? layer : undefined;
  }

  get #key() {
    return JSON.stringify([this.body, this.unit]);
  }

  get #own() {
    if (!this.#dense) return null;
    return unitOf(this.#dense, this.unit.index) ?? (this.fetched?.key === this.#key ? this.fetched.own : null);
  }

  #fetch() {
    const [layer, key] = [this.#dense, this.#key];
    if (!layer || layer.W || key === this.#requested) return;
    this.#requested = key;
    const body = { ...this.body, layer: layer.name, unit: this.unit.index };
    this.#requests.send(async () => ({ key, own: decodeUnit(await api.inspectUnit(body)) }));
  }

  // The weights that come in from the pixels, and their gradient once it is computed.
  get #pictures() {
    const own = this.unit.column === 1 && this.#own;
    if (!own) return [];
    const weights = { words: "Its weights", values: own.W.values };
    return this.columns[0].isGradient ? [weights, { words: "Their gradient dW", values: own.dW.values }] : [weights];
  }

  #paint() {
    const canvases = this.querySelectorAll("canvas");
    this.#pictures.forEach(({ values }, place) => paintSigned(canvases[place], values));
  }

  #name({ column, index }) {
    if (column === 0) return `Pixel in row ${Math.floor(index / SIDE)}, column ${index % SIDE}`;
    const { name, kind } = this.columns[column];
    return kind === "softmax_with_loss" ? `Probability of ${this.classes[index]}` : `${name}, unit ${index}`;
  }

  render() {
    const { column, index } = this.unit;
    const { values, isGradient } = this.columns[column];
    const sum = unitSum(this.layers, column, index, isGradient, this.label, this.#own);
    const isLeftOut = isGradient && this.layers[column]?.W === null;
    return html`
      <h2>${this.#name(this.unit)}</h2>
      <p><span class="muted">${isGradient ? "Gradient" : "Value"}</span> <strong id="unit-value">${figure(values[index])}</strong></p>
      ${sum ? html`<p class="sum" id="unit-sum">${sum}</p>` : nothing}
      ${isLeftOut ? html`<p class="about">The sum is left out: the network is too large to send all its weights.</p>` : nothing}
      <div class="weight-pictures">${this.#pictures.map(({ words }) => html`<figure><canvas width=${SIDE} height=${SIDE} role="img" aria-label=${words}></canvas><figcaption class="about">${words}</figcaption></figure>`)}</div>`;
  }
}

customElements.define("unit-panel", UnitPanel);
