// One unit: its number, the sum that gives it, and the first layer's weights as a picture.

import { LightElement } from "../lib/element.js";
import { paintSigned } from "../lib/signed-colour.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { figure } from "./arrays.js";
import { unitSum } from "./unit-sum.js";

const PIXELS = 784;
const SIDE = 28;

/** Properties: decoded `layers`; `columns` of places.js; `unit`, `{column, index}`; `classes`; `label`. */
class UnitPanel extends LightElement {
  static properties = {
    layers: { attribute: false },
    columns: { attribute: false },
    unit: { attribute: false },
    classes: { attribute: false },
    label: { attribute: false },
  };

  #repaint = () => this.#paint();

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("themechange", this.#repaint);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("themechange", this.#repaint);
  }

  updated() {
    this.#paint();
  }

  // The weights that come in from the pixels, and their gradient once it is computed.
  get #pictures() {
    const { W, dW, y } = this.layers[0];
    const { column, index } = this.unit;
    if (column !== 1 || !W) return [];
    const of = (array) => Float32Array.from({ length: PIXELS }, (_, pixel) => array.values[pixel * y.values.length + index]);
    const weights = { words: "Its weights", values: of(W) };
    return this.columns[0].isGradient ? [weights, { words: "Their gradient dW", values: of(dW) }] : [weights];
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
    const sum = unitSum(this.layers, column, index, isGradient, this.label);
    const needsWeights = this.layers[0].W === null && (isGradient ? this.layers[column]?.kind : this.layers[column - 1]?.kind) === "dense";
    return html`
      <h2>${this.#name(this.unit)}</h2>
      <p><span class="muted">${isGradient ? "Gradient" : "Value"}</span> <strong id="unit-value">${figure(values[index])}</strong></p>
      ${sum ? html`<p class="sum" id="unit-sum">${sum}</p>` : nothing}
      ${needsWeights ? html`<p class="about">The weights of a network of this size are left out, so its sums are too.</p>` : nothing}
      <div class="weight-pictures">${this.#pictures.map(({ words }) => html`<figure><canvas width=${SIDE} height=${SIDE} role="img" aria-label=${words}></canvas><figcaption class="about">${words}</figcaption></figure>`)}</div>`;
  }
}

customElements.define("unit-panel", UnitPanel);
