// Predictions for the same picture after the epochs of a run.

import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { pictureNoun } from "../lib/page-data.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { sureWords } from "./reading.js";

// Widths of a column, by the longest number or name in it.
const COLUMN_PX = 18;
const CHARACTER_PX = 9;
const LONGEST_NAME = 9;

/**
 * A column for each epoch, or for every second, third… where there is not enough room.
 *
 * Properties: `history`, `[{epoch, digit, confidence}]` or null; `complete`, false if earlier epochs
 * are missing; `classes`.
 */
class EpochHistory extends LightElement {
  static properties = {
    history: { attribute: false },
    complete: { attribute: false },
    classes: { attribute: false },
    width: { state: true },
  };

  #observer = new ResizeObserver(([{ contentRect }]) => { this.width = contentRect.width; });

  connectedCallback() {
    super.connectedCallback();
    this.#observer.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#observer.disconnect();
  }

  render() {
    const { history, classes } = this;
    if (!history?.length) {
      return html`<p class="history-hint about">Draw a ${pictureNoun(classes)} to see from which epoch on the network would have known it.</p>`;
    }
    const last = history.at(-1);
    const words = [String(last.epoch), ...history.map(({ digit }) => classes[digit])];
    const longest = Math.min(LONGEST_NAME, Math.max(...words.map((word) => word.length)));
    const room = Math.max(1, Math.floor((this.width ?? 0) / Math.max(COLUMN_PX, longest * CHARACTER_PX)));
    const every = Math.ceil(history.length / room);
    const shown = history.filter((_, index) => (history.length - 1 - index) % every === 0);
    return html`
      <ol class="history" id="history">${shown.map((row) => html`
        <li title="epoch ${row.epoch}: ${sureWords(row, classes)}" data-same=${row.digit === last.digit}>
          <span class="name">${classes[row.digit]}</span>
          <span class="sr-only">${percent(row.confidence, 0)} sure after epoch</span>
          <span class="track" aria-hidden="true"><span class="fill" style=${styleMap({ height: `${100 * row.confidence}%` })}></span></span>
          <span class="epoch">${row.epoch}</span></li>`)}
      </ol>
      <p class="about">The higher a bar, the surer the network was after that epoch.${this.complete ? nothing : ` There was time for the last ${history.length} epochs only.`}</p>`;
  }
}

customElements.define("epoch-history", EpochHistory);
