// Signed numbers as a grid of colours that can be read one by one: with a pointer, or arrow keys.

import { LightElement } from "../../lib/element.js";
import { paintSigned } from "../../lib/charts/signed-colour.js";
import { RepaintController } from "../../lib/page/theme.js";
import { html, nothing } from "../../vendor/lit-all.min.js";

const KEYS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * Properties: `values`, row by row; `columns`, the numbers of a row; `at`, the index that is pointed
 * at, null for none; `colours`, options of `paintSigned`. Attributes: `label`; `described`, the id of
 * the words about the number pointed at. Event: `point`, with an index as detail.
 */
class NumberGrid extends LightElement {
  static properties = {
    values: { attribute: false },
    columns: { attribute: false },
    at: { attribute: false },
    colours: { attribute: false },
    label: {},
    described: {},
  };

  constructor() {
    super();
    this.at = null;
    new RepaintController(this, () => this.#paint());
  }

  get #rows() {
    return this.values.length / this.columns;
  }

  updated(changed) {
    if (["values", "columns", "colours"].some((name) => changed.has(name))) this.#paint();
  }

  #paint() {
    paintSigned(this.querySelector("canvas"), this.values, this.colours);
  }

  #point(row, column) {
    const index = row * this.columns + column;
    const isInside = row >= 0 && row < this.#rows && column >= 0 && column < this.columns;
    if (isInside && index !== this.at) this.dispatchEvent(new CustomEvent("point", { detail: index }));
  }

  #pointer({ target, offsetX, offsetY }) {
    this.#point(Math.floor((offsetY / target.clientHeight) * this.#rows), Math.floor((offsetX / target.clientWidth) * this.columns));
  }

  // The first key points at the middle, where a picture has ink most often.
  #key(event) {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { at, columns } = this;
    if (at === null) this.#point(Math.floor(this.#rows / 2), Math.floor(columns / 2));
    else this.#point(Math.floor(at / columns) + by[0], (at % columns) + by[1]);
  }

  render() {
    const { columns, at, label, described } = this;
    const rows = this.#rows;
    return html`<div class="number-grid" tabindex="0" role="application" aria-label=${label} aria-describedby=${described ?? nothing} @keydown=${(event) => this.#key(event)}>
      <canvas width=${columns} height=${rows} @pointermove=${(event) => this.#pointer(event)} @click=${(event) => this.#pointer(event)}></canvas>
      ${at === null ? nothing : html`<span class="number-cursor" style="left:${(100 * (at % columns)) / columns}%;top:${(100 * Math.floor(at / columns)) / rows}%;width:${100 / columns}%;height:${100 / rows}%"></span>`}
    </div>`;
  }
}

customElements.define("number-grid", NumberGrid);
