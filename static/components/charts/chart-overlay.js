// Layer over a plot: the crosshair with its values, and the box of a zoom.

import { LightElement } from "../../lib/element.js";
import { html, nothing, styleMap } from "../../vendor/lit-all.min.js";

// Height of a row of a reading, in sizes of its text, and of what is around the rows.
const ROW_EM = 1.45;
const AROUND_PX = 44;

/**
 * Properties, all null for nothing: `cross`, `{x, top, height}` in pixels; `reading`, `{title, rows,
 * height, isLeft, isSpoken}` with the height of the plot area and rows `{name, colour, words}`; `box`, `{left,
 * top, width, height}`.
 */
class ChartOverlay extends LightElement {
  static properties = {
    cross: { attribute: false },
    reading: { attribute: false },
    box: { attribute: false },
  };

  render() {
    const { cross, reading, box } = this;
    const px = (sizes) => styleMap(Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, `${size}px`])));
    return html`
      ${cross ? html`<div class="cross" style=${px({ left: cross.x, top: cross.top, height: cross.height })}></div>` : nothing}
      ${box ? html`<div class="zoom-box" style=${px(box)}></div>` : nothing}
      <div class="reading" ?hidden=${!reading} data-side=${reading?.isLeft ? "left" : "right"} aria-live=${reading?.isSpoken ? "polite" : "off"}>
        ${reading ? html`<p>${reading.title}</p><ul style=${styleMap({ "grid-template-rows": `repeat(${this.#fitting(reading)}, auto)` })}>${reading.rows.map(({ name, colour, words }) => html`<li>
          <span class="run-dot" style=${styleMap({ background: colour })}></span><span class="cut">${name}</span> <b>${words}</b>
        </li>`)}</ul>` : nothing}
      </div>`;
  }

  /** Number of rows that fit; more stand in further columns. */
  #fitting({ rows, height }) {
    const size = parseFloat(getComputedStyle(this).fontSize);
    return Math.max(1, Math.min(rows.length, Math.floor((height - AROUND_PX) / (ROW_EM * size))));
  }
}

customElements.define("chart-overlay", ChartOverlay);
