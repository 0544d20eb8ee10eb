// The network from left to right: a column of cells for the picture and for each layer's output.

import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { largest, signedStyle } from "../lib/charts/signed-colour.js";
import { html, nothing, repeat, styleMap } from "../vendor/lit-all.min.js";
import { figure, SHOWN_UNITS, strongest } from "../components/passes/arrays.js";
import "../components/passes/number-grid.js";

const SIDE = 28;
const INK = { most: 1, positive: "var(--ink)" };

/**
 * Properties: `columns` of places.js; `current`, the column of the place; `unit`, `{column, index}`
 * of the chosen unit; `classes`; `label` of the picture; `loss`; `isWhole`, true to show every unit.
 * Events: `choose`, with the detail `{column, index}`; `toggle-whole`.
 */
class NetworkColumns extends LightElement {
  static properties = {
    columns: { attribute: false },
    current: { attribute: false },
    unit: { attribute: false },
    classes: { attribute: false },
    label: { attribute: false },
    loss: { attribute: false },
    isWhole: { attribute: false },
  };

  updated(changed) {
    if (changed.has("current")) this.#scrollToCurrent();
  }

  #scrollToCurrent() {
    const strip = this.querySelector(".columns");
    const column = this.querySelector("[data-current='true']");
    strip.scrollLeft = column.offsetLeft - (strip.clientWidth - column.clientWidth) / 2;
  }

  #choose(column, index) {
    if (this.unit.column === column && this.unit.index === index) return;
    this.dispatchEvent(new CustomEvent("choose", { detail: { column, index } }));
  }

  // Up, down, Home and End move among the units of a column; left and right walk the network.
  #key(event) {
    const cells = [...event.currentTarget.querySelectorAll("button[data-index]")];
    const at = cells.indexOf(event.target);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: cells.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    cells[to]?.focus();
  }

  render() {
    return html`<div class="columns" role="region" aria-label="Network" tabindex="0">
      ${this.columns.map((column, place) => this.#column(column, place))}
    </div>`;
  }

  #column(column, place) {
    const { name, kind, values, isGradient } = column;
    const most = largest(values);
    const subject = isGradient ? "gradient" : "output";
    return html`<section class="column" aria-label="${name}, ${subject}" data-current=${place === this.current} data-gradient=${isGradient}>
      <h2>${name}</h2>
      <p class="about">${isGradient ? "its gradient" : kind === "picture" ? "28 × 28 pixels" : `${values.length} ${kind === "softmax_with_loss" ? "probabilities" : "units"}`}</p>
      ${place === 0 ? this.#picture(column) : this.#cells(column, place, most)}
      <p class="about">strongest: ±${figure(most)}</p>
      ${kind === "softmax_with_loss" ? html`<p class="network-loss">Loss <strong id="loss">${figure(this.loss)}</strong></p>` : nothing}
    </section>`;
  }

  #picture({ values, isGradient }) {
    const words = isGradient ? "Gradient of the loss with respect to each pixel" : "The picture";
    return html`<number-grid label=${words} described="unit-value" .values=${values} .columns=${SIDE} .at=${this.unit.column === 0 ? this.unit.index : null} .colours=${isGradient ? undefined : INK}
      @point=${({ detail }) => this.#choose(0, detail)}></number-grid>`;
  }

  #cells(column, place, most) {
    const { kind, values } = column;
    const isNamed = values.length === this.classes.length && place >= this.columns.length - 2;
    const shown = strongest(values, this.isWhole ? values.length : SHOWN_UNITS);
    const chosen = this.unit.column === place && shown.includes(this.unit.index) ? this.unit.index : shown[0];
    return html`<div class="cells" data-named=${isNamed} @keydown=${(event) => this.#key(event)}>
      ${repeat(shown, (index) => index, (index) => this.#cell(place, index, values[index], most, { isNamed, kind, isStop: index === chosen }))}
    </div>
    ${values.length > SHOWN_UNITS ? html`<button type="button" class="small" @click=${() => this.dispatchEvent(new CustomEvent("toggle-whole"))}>
      ${this.isWhole ? `Show the strongest ${SHOWN_UNITS}` : `Show all ${values.length}`}</button>` : nothing}`;
  }

  #cell(column, index, value, most, { isNamed, kind, isStop }) {
    const name = isNamed ? this.classes[index] : `Unit ${index}`;
    const isProbability = kind === "softmax_with_loss" && !this.columns[column].isGradient;
    const words = isProbability ? percent(value) : figure(value);
    const isLabel = isNamed && index === this.label;
    const isChosen = this.unit.column === column && this.unit.index === index;
    return html`<button type="button" data-index=${index} data-value=${value} tabindex=${isStop ? 0 : -1} aria-label=${isNamed ? nothing : `${name}: ${words}`} title="${name}: ${words}"
      aria-pressed=${isChosen} @pointerenter=${() => this.#choose(column, index)} @focus=${() => this.#choose(column, index)} @click=${() => this.#choose(column, index)}
      ><span class="signed" style=${styleMap(signedStyle(value, most))}></span>${isNamed ? html`<span class="class-name">${this.classes[index]}${isLabel ? html` <span aria-hidden="true">✓</span><span class="sr-only">, the label</span>` : nothing}</span> <span class="number">${words}</span>` : nothing}</button>`;
  }
}

customElements.define("network-columns", NetworkColumns);
