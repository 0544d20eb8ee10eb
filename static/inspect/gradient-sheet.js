// The gradients of the first layer's weights: for each unit, which pixels it learns from.

import "../components/weight-sheet.js";
import { LightElement } from "../lib/element.js";
import { largest } from "../lib/charts/signed-colour.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { figure, SHOWN_UNITS, strongest, unitOf } from "../components/passes/arrays.js";

/**
 * Properties: `layer`, the first one, decoded; `isWhole`, true to show every unit; `chosen` unit, null
 * for none. Event: `choose`, with the number of a unit.
 */
class GradientSheet extends LightElement {
  static properties = {
    layer: { attribute: false },
    isWhole: { attribute: false },
    chosen: { attribute: false },
  };

  #pictures = [];

  willUpdate(changed) {
    if (!changed.has("layer") && !changed.has("isWhole")) return;
    const { layer, isWhole } = this;
    const { values } = layer.dy;
    if (!layer.dW) return;
    this.#pictures = strongest(values, isWhole ? values.length : SHOWN_UNITS).map((unit) => (
      { unit, values: unitOf(layer, unit).dW.values, words: `gradient ${figure(values[unit])}` }));
  }

  render() {
    const { layer } = this;
    if (!layer.dW) return html`<p class="about">Left out: the network is too large. Choose a unit to see its own.</p>`;
    const most = largest(layer.dW.values);
    const more = layer.dy.values.length - this.#pictures.length;
    return html`<p>The gradient dW of each unit's weights as a picture: dW = xᵀ · dy is the picture itself, times the unit's gradient.
        A black pixel teaches nothing; a unit without a gradient learns nothing from this picture.</p>
      <weight-sheet label="Gradients of the units" .pictures=${this.#pictures} .most=${most} .chosen=${this.chosen} @choose=${({ detail }) => this.#choose(detail)}></weight-sheet>
      <p class="about">One scale for all: strongest ±${figure(most)}.${more > 0 ? html` ${more} weaker ones are not shown.` : nothing}</p>`;
  }

  #choose(unit) {
    this.dispatchEvent(new CustomEvent("choose", { detail: unit }));
  }
}

customElements.define("gradient-sheet", GradientSheet);
