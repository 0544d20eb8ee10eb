// Chapter 1: find a pixel in the list of numbers.

import "../components/passes/number-grid.js";
import * as api from "../lib/api.js";
import { html } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";

const SIDE = 28;
const WHITE = 255;
const BRIGHT = 200;
const COLOURS = { most: WHITE, positive: "var(--ink)" };

class DigitTask extends LearnTask {
  static properties = { digit: { state: true }, at: { state: true } };

  constructor() {
    super();
    this.digit = null;
    // The pixel under the cursor, by its place in the list.
    this.at = 0;
  }

  connectedCallback() {
    super.connectedCallback();
    this.load(() => api.learnDigit(), (digit) => {
      this.digit = digit;
      this.at = this.#wanted - 3 * SIDE - 2;
    });
  }

  // The first bright pixel.
  get #wanted() {
    return this.digit.pixels.findIndex((value) => value >= BRIGHT);
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
        <number-grid label="Pixels of the digit ${this.digit.label}" described="pixel-words" .values=${this.digit.pixels} .columns=${SIDE} .at=${this.at} .colours=${COLOURS} @point=${({ detail }) => { this.at = detail; }}></number-grid>
        <p id="pixel-words" aria-live="polite">Row ${row}, column ${column}:<br><strong>${(this.digit.pixels[this.at] / WHITE).toFixed(2)}</strong></p>
      </div>
      <p>Rows, columns and the list count from 0. Which place in the list has the pixel in row ${Math.floor(wanted / SIDE)}, column ${wanted % SIDE}?</p>
      ${this.numberForm("Place in the list", (number) => this.#check(number))}
      ${this.outcomeLine()}`;
  }
}

customElements.define("digit-task", DigitTask);
