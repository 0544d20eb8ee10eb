// The confusion matrix with the choice of its numbers, and its files.

import { LightElement } from "../lib/element.js";
import { pageColour } from "../lib/page/page-colour.js";
import { fileName, saveAddress, saveText } from "../lib/saved-file.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import "./confusion-matrix.js";
import { cellsOf, drawMatrix, matrixCsv, modeOf, MODES } from "./matrix-cells.js";

/**
 * Properties: `matrix` of counts; `base`, the one to compare with, null for none; names of the
 * `classes`; `chosen` as in confusion-matrix.js; `mode`, the name of one of MODES; `from`, the epoch to
 * compare with, one of `first` to `last`; `other`, the name of the run to compare with, null for none;
 * `subject`, words for what is shown. Events: `choose` as of the matrix (it bubbles); `change-mode`, with
 * `{mode, from}` as detail.
 */
class MatrixPanel extends LightElement {
  static properties = {
    matrix: { attribute: false },
    base: { attribute: false },
    classes: { attribute: false },
    chosen: { attribute: false },
    mode: { attribute: false },
    from: { attribute: false },
    first: { attribute: false },
    last: { attribute: false },
    other: { attribute: false },
    subject: { attribute: false },
  };

  render() {
    const { mode, from, other } = this;
    const modes = MODES.filter(({ hasOthers }) => !hasOthers || other !== null);
    return html`
      <div class="matrix-tools">
        <div><label for="matrix-mode">Numbers</label>
          <select id="matrix-mode" @change=${({ target }) => this.#change({ mode: target.value })}>
            ${modes.map(({ name, label }) => html`<option value=${name} .selected=${live(name === mode)}>${label}</option>`)}
          </select></div>
        ${mode === "epochs" ? html`<div><label for="matrix-from">Since epoch</label>
          <input id="matrix-from" type="number" min=${this.first} max=${this.last} .value=${live(String(from))}
            @change=${({ target }) => this.#change({ from: target.checkValidity() ? target.valueAsNumber : from })}></div>` : nothing}
        <button type="button" class="small quiet" @click=${() => this.#csv()}>CSV</button>
        <button type="button" class="small quiet" @click=${() => this.#png()}>PNG</button>
      </div>
      <confusion-matrix .rows=${this.#rows()} .classes=${this.classes} .chosen=${this.chosen}></confusion-matrix>
      <p class="about">${this.#legend()}</p>`;
  }

  // The base comes with the next frame.
  #rows() {
    const { matrix, mode, classes, base } = this;
    return cellsOf(matrix, modeOf(mode).isDifference && !base ? MODES[0].name : mode, classes, base);
  }

  #legend() {
    if (!modeOf(this.mode).isDifference) return "Press a number to see those.";
    return html`<span class="key-less">fewer</span>, <span class="key-more">more</span> than ${this.#baseWords()}. Press a number to see those.`;
  }

  #baseWords() {
    return this.mode === "runs" ? this.other : `after epoch ${this.from}`;
  }

  #change(changes) {
    this.dispatchEvent(new CustomEvent("change-mode", { detail: changes }));
    // A value out of range is taken back.
    this.requestUpdate();
  }

  #csv() {
    saveText(matrixCsv(this.#rows(), this.classes), fileName("confusion", this.subject, "csv"));
  }

  #png() {
    const canvas = document.createElement("canvas");
    const colours = Object.fromEntries(["ink", "muted", "panel", "sunken", "test", "train"].map((name) => [name, pageColour(this, `var(--${name})`)]));
    const difference = modeOf(this.mode).isDifference ? `, compared with ${this.#baseWords()}` : "";
    drawMatrix(canvas, this.#rows(), this.classes, `${this.subject}${difference}`, { ...colours, more: colours.test, less: colours.train });
    saveAddress(canvas.toDataURL(), fileName("confusion", this.subject, "png"));
  }
}

customElements.define("matrix-panel", MatrixPanel);
