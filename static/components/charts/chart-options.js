// The options of a chart: the settings that all charts share, and what to do with the picture.

import { chartSettings, ChartSettingsController, MOST_SMOOTHING, X_UNITS } from "../../lib/charts/chart-settings.js";
import { LightElement } from "../../lib/element.js";
import { beside } from "../../lib/popover.js";
import { html, nothing, styleMap } from "../../vendor/lit-all.min.js";

const UNIT_NAMES = { iteration: "iteration", epoch: "epoch", time: "training time" };
const FLAGS = {
  raw: "each iteration, faint",
  log: "log scale",
  skip: "ignore the beginning",
};

const WIDTH_PX = 320;
const MARGIN_PX = 8;

let made = 0;

/**
 * A button that opens the options of a chart.
 *
 * Properties: `name` of the chart; `offers`, names of the settings that make a difference to it;
 * `hasPicture`, whether there is anything to save. Events: `save`, with "png", "svg" or "csv" as
 * detail; `fullscreen`; `present`.
 */
class ChartOptions extends LightElement {
  static properties = {
    name: {},
    offers: { attribute: false },
    hasPicture: { attribute: false },
    isOpen: { state: true },
    place: { state: true },
  };

  #id = `chart-options-${made++}`;

  constructor() {
    super();
    new ChartSettingsController(this);
    this.isOpen = false;
    this.place = {};
  }

  #beforeToggle({ newState }) {
    if (newState !== "open") return;
    this.isOpen = true;
    const place = beside(this.querySelector("button"));
    const most = document.documentElement.clientWidth - MARGIN_PX;
    const width = Math.min(WIDTH_PX, most - MARGIN_PX);
    this.place = { ...place, width: `${width}px`, right: `${Math.min(Number.parseFloat(place.right), most - width)}px` };
  }

  // Its content goes once it is closed: until then it may have the focus, which returns to the button.
  #toggled({ newState }) {
    this.isOpen = newState === "open";
  }

  #tell(type, detail) {
    this.querySelector("[popover]").hidePopover();
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  render() {
    return html`
      <button type="button" class="small quiet" popovertarget=${this.#id} aria-label="Options: ${this.name}" aria-expanded=${this.isOpen}>Options</button>
      <div popover id=${this.#id} class="chart-menu" role="group" aria-label="Options of ${this.name}" style=${styleMap(this.place)}
        @beforetoggle=${this.#beforeToggle} @toggle=${this.#toggled}>${this.isOpen ? this.#menu() : nothing}</div>`;
  }

  #menu() {
    const { offers } = this;
    return html`
      ${offers.includes("smoothing") ? this.#smoothing() : nothing}
      ${Object.entries(FLAGS).filter(([name]) => offers.includes(name)).map(([name, words]) => html`<label>
        <input type="checkbox" .checked=${chartSettings.values[name]} @change=${({ target }) => chartSettings.set({ [name]: target.checked })}>${words}
      </label>`)}
      ${offers.includes("x") ? this.#unit() : nothing}
      <div class="chart-menu-buttons" role="group" aria-label="Download">
        Download
        ${["png", "svg", "csv"].map((format) => html`<button type="button" class="small" ?disabled=${!this.hasPicture}
          @click=${() => this.#tell("save", format)}>${format.toUpperCase()}</button>`)}
      </div>
      <div class="chart-menu-buttons">
        ${document.fullscreenEnabled ? html`<button type="button" class="small"
          @click=${() => this.#tell("fullscreen")}>${document.fullscreenElement ? "Leave full screen" : "Full screen"}</button>` : nothing}
        <button type="button" class="small" aria-keyshortcuts="P" @click=${() => this.#tell("present")}>Present</button>
      </div>`;
  }

  #smoothing() {
    const { smoothing } = chartSettings.values;
    const isAutomatic = smoothing === null;
    const words = isAutomatic ? "automatic" : smoothing.toFixed(2);
    return html`
      <div class="chart-menu-slider">
        <label>smoothing <input type="range" min="0" max=${MOST_SMOOTHING} step="0.01" .value=${String(smoothing ?? 0)} aria-valuetext=${words}
          @input=${({ target }) => chartSettings.set({ smoothing: Number(target.value) })}></label>
        <span class="chart-menu-value">${words}</span>
      </div>
      <label><input type="checkbox" .checked=${isAutomatic}
        @change=${({ target }) => chartSettings.set({ smoothing: target.checked ? null : MOST_SMOOTHING })}>automatic smoothing</label>`;
  }

  #unit() {
    const { x } = chartSettings.values;
    return html`<label class="chart-menu-unit">x axis
      <select @change=${({ target }) => chartSettings.set({ x: target.value || null })}>
        <option value="" ?selected=${x === null}>as usual</option>
        ${X_UNITS.map((unit) => html`<option value=${unit} ?selected=${x === unit}>${UNIT_NAMES[unit]}</option>`)}
      </select>
    </label>`;
  }
}

customElements.define("chart-options", ChartOptions);
