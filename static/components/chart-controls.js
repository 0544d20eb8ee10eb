// The controls that all charts of a page share: smoothing, raw line, scale, x axis.

import { chartSettings, ChartSettingsController } from "../lib/chart-settings.js";
import { LightElement } from "../lib/element.js";
import { html } from "../vendor/lit-all.min.js";

const UNITS = [["own", "iteration or epoch"], ["iteration", "iteration"], ["epoch", "epoch"], ["time", "training time"]];

/** The controls, as a row above the charts. */
class ChartControls extends LightElement {
  #settings = new ChartSettingsController(this);

  render() {
    const smoothing = chartSettings.smoothing;
    return html`<section class="chart-controls" aria-label="Charts">
      <label>Smoothing <input type="range" min="0" max="0.99" step="0.01" .value=${String(smoothing)}
        @input=${({ target }) => chartSettings.set("smooth", target.value)}><output>${smoothing.toFixed(2)}</output></label>
      ${this.#flag("raw", "each iteration")}
      ${this.#flag("log", "log scale")}
      ${this.#flag("late", "ignore the beginning")}
      <label>Along <select @change=${({ target }) => { chartSettings.zoom = null; chartSettings.set("x", target.value); }}>
        ${UNITS.map(([value, words]) => html`<option value=${value} ?selected=${chartSettings.get("x") === value}>${words}</option>`)}
      </select></label>
    </section>`;
  }

  #flag(name, words) {
    return html`<label><input type="checkbox" .checked=${chartSettings.isOn(name)}
      @change=${({ target }) => chartSettings.set(name, target.checked ? "1" : "0")}>${words}</label>`;
  }
}

customElements.define("chart-controls", ChartControls);
