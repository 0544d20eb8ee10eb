// One unit: its number, the sum that gives it, its strongest inputs and its weights.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { LatestRequest } from "../lib/latest-request.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { decodeUnit, figure, unitOf } from "../components/passes/arrays.js";
import "../components/passes/number-grid.js";
import { weightName } from "../components/passes/places.js";
import { strongestInputs, unitSum } from "../components/passes/unit-sum.js";

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
    problem: { state: true },
    // The input whose weight is pointed at, null for none.
    input: { state: true },
  };

  #requested = null;
  #requests = new LatestRequest((fetched) => { this.fetched = fetched; this.problem = ""; }, (error) => { this.problem = error.message; });

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  constructor() {
    super();
    this.input = null;
    this.problem = "";
  }

  willUpdate(changed) {
    const before = changed.get("unit");
    if (before && (before.column !== this.unit.column || before.index !== this.unit.index)) this.input = null;
  }

  updated() {
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

  // The incoming weights, and their gradient once it is computed.
  get #pictures() {
    const own = this.#own;
    if (!own) return [];
    const weights = { words: "Its weights", letter: "W", values: own.W.values };
    if (!this.columns[this.unit.column - 1].isGradient) return [weights];
    return [weights, { words: "Their gradient dW", letter: "dW", values: own.dW.values }];
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
      <p class="problem" role="alert">${this.problem}</p>
      <div class="weight-pictures">${this.#pictures.map((picture) => this.#picture(picture))}${isGradient ? nothing : this.#inputs()}</div>`;
  }

  // The weights of the pixels are a picture, those of other inputs a strip.
  #picture({ words, letter, values }) {
    const { column, index } = this.unit;
    const { input } = this;
    const number = this.layers.slice(0, column).filter(({ kind }) => kind === "dense").length;
    const place = () => weightName(this.layers, `W${number}`, input * this.columns[column].values.length + index).replace("W", letter);
    return html`<figure data-strip=${column > 1}>
      <number-grid label=${words} described="${letter}-words" .values=${values} .columns=${column === 1 ? SIDE : values.length} .at=${input} @point=${({ detail }) => { this.input = detail; }}></number-grid>
      <figcaption class="about">${words}<br><span id="${letter}-words" aria-live="polite">${input === null ? "\u00a0" : html`<code>${place()}</code> = ${figure(values[input])}`}</span></figcaption></figure>`;
  }

  #inputs() {
    const own = this.#own;
    if (!own) return nothing;
    const { column } = this.unit;
    return html`<div><h3>Strongest inputs</h3>
      <ol class="about">${strongestInputs(this.#dense, own).map(({ index, product }) => html`<li>${this.#name({ column: column - 1, index })}: ${figure(product)}</li>`)}</ol></div>`;
  }
}

customElements.define("unit-panel", UnitPanel);
