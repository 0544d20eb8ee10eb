// A sheet of pictures of signed numbers, one for each unit of the first layer, on one common scale.

import { LightElement } from "../lib/element.js";
import { paintSigned, signedColours } from "../lib/charts/signed-colour.js";
import { RepaintController } from "../lib/page/theme.js";
import { html, repeat } from "../vendor/lit-all.min.js";

const SIDE = 28;

/**
 * Properties: `pictures`, `{unit, values, words, isDead}` each; `most`, the magnitude of the strongest colour;
 * `chosen`, the number of a unit, null for none; `label` of the sheet. Event: `choose`, with the
 * number of a unit as detail. Arrow keys move among the pictures.
 */
class WeightSheet extends LightElement {
  static properties = {
    pictures: { attribute: false },
    most: { attribute: false },
    chosen: { attribute: false },
    label: {},
  };

  constructor() {
    super();
    new RepaintController(this, () => this.#paint());
  }

  updated(changed) {
    if (changed.has("pictures") || changed.has("most")) this.#paint();
  }

  #paint() {
    const colours = signedColours(this);
    const canvases = this.querySelectorAll("canvas");
    this.pictures.forEach(({ values }, place) => paintSigned(canvases[place], values, { most: this.most, colours }));
  }

  #choose(unit) {
    this.dispatchEvent(new CustomEvent("choose", { detail: unit }));
  }

  #key(event) {
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const columns = Math.max(1, buttons.findIndex(({ offsetTop }) => offsetTop > buttons[0].offsetTop));
    const at = buttons.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: buttons.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    buttons[to]?.focus();
  }

  render() {
    const stop = this.pictures.some(({ unit }) => unit === this.chosen) ? this.chosen : this.pictures[0]?.unit;
    return html`<div class="weight-sheet" role="group" aria-label=${this.label} @keydown=${(event) => this.#key(event)}>
      ${repeat(this.pictures, ({ unit }) => unit, ({ unit, words, isDead = false }) => html`<button type="button" data-unit=${unit} data-dead=${isDead} tabindex=${unit === stop ? 0 : -1}
        aria-label="Unit ${unit}: ${words}" title="Unit ${unit}: ${words}" aria-pressed=${unit === this.chosen} @click=${() => this.#choose(unit)}><canvas width=${SIDE} height=${SIDE}></canvas></button>`)}
    </div>`;
  }
}

customElements.define("weight-sheet", WeightSheet);
