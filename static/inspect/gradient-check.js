// The gradient check: numbers of the backward pass beside numbers without it.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { LatestRequest } from "../lib/latest-request.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { figure } from "./arrays.js";
import { weightName } from "./places.js";

const COUNT = 20;
/** Relative differences below this one are rounding; a wrong formula differs in the first digits. */
const TOLERANCE = 1e-6;

/** Properties: `body` of the inspection's request; decoded `layers`. */
class GradientCheck extends LightElement {
  static properties = {
    body: { attribute: false },
    layers: { attribute: false },
    result: { state: true },
    problem: { state: true },
  };

  #requests = new LatestRequest((result) => { this.result = result; this.problem = ""; }, (error) => { this.problem = error.message; });
  // Each check draws other weights.
  #seed = 0;

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  willUpdate(changed) {
    if (!changed.has("body")) return;
    this.#requests.cancel();
    this.result = null;
    this.problem = "";
  }

  #check() {
    const body = { ...this.body, count: COUNT, seed: this.#seed };
    this.#seed += 1;
    this.#requests.send(() => api.checkGradients(body));
  }

  render() {
    return html`
      <p>Back propagation computes every gradient with a formula. A gradient can be measured without one, too:
        change one weight a little up and a little down, and see how much the loss changes. Both must agree.</p>
      <button type="button" @click=${() => this.#check()}>Check ${COUNT} at random</button>
      <p class="problem" role="alert">${this.problem}</p>
      ${this.result ? this.#table(this.result) : nothing}
      <p class="about">A relative difference must be below ${TOLERANCE.toExponential().replace("-", "−")}: the check computes with 16 digits, and loses some of them where it subtracts two losses
        that are almost equal. A wrong formula differs in the first or second digit already. Numbers near 0 are compared with 1e−8.</p>`;
  }

  #table({ rows, largest }) {
    const isGood = largest !== null && largest < TOLERANCE;
    return html`
      <p class="verdict" role="status" data-good=${isGood}><strong>${isGood ? "They agree." : "They disagree."}</strong>
        ${largest === null ? "Some numbers are not finite." : `The largest relative difference is ${figure(largest)}.`}</p>
      <div class="scroll-table" tabindex="0" role="region" aria-label="Checked weights"><table aria-label="Gradients computed in two ways">
        <thead><tr><th scope="col">Weight</th>${["By formula", "Measured", "Relative difference"].map((word) => html`<th scope="col" class="number">${word}</th>`)}</tr></thead>
        <tbody>${rows.map(({ parameter, index, analytic, numerical, relative_difference: difference }) => html`<tr>
          <th scope="row"><code>${weightName(this.layers, parameter, index)}</code></th>
          ${[analytic, numerical].map((value) => html`<td class="number">${digits(value)}</td>`)}<td class="number">${figure(difference)}</td></tr>`)}</tbody>
      </table></div>`;
  }
}

// Enough digits to see that both are equal.
function digits(value) {
  return value === null || value === 0 ? figure(value) : value.toPrecision(8).replaceAll("-", "−");
}

customElements.define("gradient-check", GradientCheck);
