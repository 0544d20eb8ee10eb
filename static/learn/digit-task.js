// Chapter 1: find a pixel in the list of numbers.

import * as api from "../lib/api.js";
import { paintSigned } from "../lib/signed-colour.js";
import { RepaintController } from "../lib/theme.js";
import { html } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";

const SIDE = 28;
const WHITE = 255;
const BRIGHT = 200;

class DigitTask extends LearnTask {
  static properties = { digit: { state: true }, at: { state: true } };

  constructor() {
    super();
    this.digit = null;
    // The pixel under the cursor, by its place in the list.
    this.at = 0;
    new RepaintController(this, () => this.#paint());
  }

  connectedCallback() {
    super.connectedCallback();
    this.take(api.learnDigit(), (digit) => {
      this.digit = digit;
      this.at = this.#wanted - 3 * SIDE - 2;
    });
  }

  // The first bright pixel.
  get #wanted() {
    return this.digit.pixels.findIndex((value) => value >= BRIGHT);
  }

  updated() {
    if (this.digit) this.#paint();
  }

  #paint() {
    if (this.digit) paintSigned(this.querySelector("canvas"), this.digit.pixels, { most: WHITE, positive: "var(--ink)" });
  }

  #point({ target, offsetX, offsetY }) {
    const [column, row] = [offsetX, offsetY].map((offset) => Math.max(0, Math.min(SIDE - 1, Math.floor((offset / target.clientWidth) * SIDE))));
    this.at = row * SIDE + column;
  }

  #key(event) {
    const [row, column] = [Math.floor(this.at / SIDE), this.at % SIDE];
    const to = { ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1] }[event.key];
    if (!to) return;
    event.preventDefault();
    if (to.every((place) => place >= 0 && place < SIDE)) this.at = to[0] * SIDE + to[1];
  }

  #check(number) {
    const wanted = this.#wanted;
    const value = (this.digit.pixels[wanted] / WHITE).toFixed(2);
    if (number === wanted) this.conclude(true, `${Math.floor(wanted / SIDE)} full rows of 28 come before it, and ${wanted % SIDE} pixels of its own row. Its number is ${value}.`);
    else this.conclude(false, "Count the pixels of the full rows before it, then those before it in its own row.");
  }

  render() {
    if (!this.digit) return this.outcomeLine();
    const [wanted, row, column] = [this.#wanted, Math.floor(this.at / SIDE), this.at % SIDE];
    return html`
      <p>Point at the picture, or move with the arrow keys, and see each pixel's number.</p>
      <div class="digit-numbers">
        <div class="digit-canvas" tabindex="0" role="application" aria-label="Pixels of the digit ${this.digit.label}" aria-describedby="pixel-words" @keydown=${(event) => this.#key(event)}>
          <canvas width=${SIDE} height=${SIDE} @pointermove=${(event) => this.#point(event)} @click=${(event) => this.#point(event)}></canvas>
          <span class="digit-cursor" style="left:${(100 * column) / SIDE}%;top:${(100 * row) / SIDE}%"></span>
        </div>
        <p id="pixel-words" aria-live="polite">Row ${row}, column ${column}:<br><strong>${(this.digit.pixels[this.at] / WHITE).toFixed(2)}</strong></p>
      </div>
      <p>Rows, columns and the list count from 0. Which place in the list has the pixel in row ${Math.floor(wanted / SIDE)}, column ${wanted % SIDE}?</p>
      ${this.numberForm("Place in the list", (number) => this.#check(number))}
      ${this.outcomeLine()}`;
  }
}

customElements.define("digit-task", DigitTask);
