// Chapter 4: take a step by hand.

import { figure } from "../components/passes/arrays.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { loadSmallNetwork } from "./small-network.js";

// The weight from hidden unit 1 to class 1, the label.
const PARAMETER = "W2";
const INDEX = 3;
const EXACT = 0.005;

class GradientTask extends LearnTask {
  // The network as it is, and with the number that was tried, `{value, loss}`.
  static properties = { network: { state: true }, tried: { state: true } };

  connectedCallback() {
    super.connectedCallback();
    this.load(() => loadSmallNetwork(), (network) => { this.network = network; });
  }

  get #weight() {
    const { W, dW } = this.network.layers[2];
    return { w: W.values[INDEX], gradient: dW.values[INDEX] };
  }

  #check(value) {
    const { w, gradient } = this.#weight;
    const { learning_rate: rate, loss: before } = this.network;
    this.outcome = null;
    this.take(loadSmallNetwork({ parameter: PARAMETER, index: INDEX, value }), ({ loss }) => {
      this.tried = { value, loss };
      const isRight = Math.abs(value - (w - rate * gradient)) < EXACT;
      this.conclude(isRight, isRight
        ? `${figure(w)} − ${figure(rate)} · ${figure(gradient)} = ${figure(value)}, and the loss falls from ${figure(before)} to ${figure(loss)}.`
        : `With ${figure(value)} the loss is ${figure(loss)}; it was ${figure(before)}. Take the weight, minus the rate times the gradient.`);
    });
  }

  render() {
    if (!this.network) return this.outcomeLine();
    const { w, gradient } = this.#weight;
    const row = (name, value) => html`<div><dt>${name}</dt><dd>${figure(value)}</dd></div>`;
    return html`
      <p>This is one weight of a small network. What is it after one step? Try any number: the page computes the loss with it.</p>
      <dl class="task-figures">${row("Weight w", w)}${row("Gradient ∂L/∂w", gradient)}${row("Learning rate η", this.network.learning_rate)}${row("Loss L", this.network.loss)}
        ${this.tried ? row(`Loss with ${figure(this.tried.value)}`, this.tried.loss) : nothing}</dl>
      ${this.numberForm("New weight", (number) => this.#check(number))}
      ${this.outcomeLine()}`;
  }
}

customElements.define("gradient-task", GradientTask);
