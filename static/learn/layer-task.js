// Chapter 2: compute a unit's sum by hand.

import { unitOf } from "../components/passes/arrays.js";
import { unitSum } from "../components/passes/unit-sum.js";
import { html } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { loadSmallNetwork, weightTable } from "./small-network.js";

const UNIT = 1;
const EXACT = 1e-3;

class LayerTask extends LearnTask {
  static properties = { network: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.load(() => loadSmallNetwork(), (network) => { this.network = network; });
  }

  #check(number) {
    const { layers, label } = this.network;
    const [first] = layers;
    const sum = unitSum(layers, 1, UNIT, false, label, unitOf(first, UNIT));
    const isRight = Math.abs(number - first.y.values[UNIT]) < EXACT;
    this.conclude(isRight, isRight ? `${sum}. ReLU leaves a positive number as it is.` : "Multiply each input by its weight to this unit, add the products up, and add the bias.");
  }

  render() {
    if (!this.network) return this.outcomeLine();
    return html`
      <p>Three pixels come in, with the numbers beside “from”. What is z of unit ${UNIT}, before ReLU?</p>
      ${weightTable("W", this.network.layers[0])}
      ${this.numberForm(`z of unit ${UNIT}`, (number) => this.#check(number))}
      ${this.outcomeLine()}`;
  }
}

customElements.define("layer-task", LayerTask);
