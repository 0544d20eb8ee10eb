// The gradient check: numbers of the backward pass beside numbers without it.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { LatestRequest } from "../lib/latest-request.js";
import { pageData } from "../lib/page-data.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import { figure, shapeWords } from "../components/passes/arrays.js";
import { flatIndex, parametersOf, weightName } from "../components/passes/places.js";

const COUNT = 20;

/** Properties: `body` of the inspection's request; decoded `layers`. */
class GradientCheck extends LightElement {
  static properties = {
    body: { attribute: false },
    layers: { attribute: false },
    // Name of the chosen weight's parameter, and its place there as it was typed.
    parameter: { state: true },
    place: { state: true },
    result: { state: true },
    problem: { state: true },
  };

  #requests = new LatestRequest((result) => { this.result = result; this.problem = ""; }, (error) => { this.problem = error.message; });
  // Each check draws other weights.
  #seed = 0;

  constructor() {
    super();
    this.parameter = urlValue("parameter", "W1");
    this.place = urlValue("place");
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#requests.cancel();
  }

  willUpdate(changed) {
    if (changed.has("body")) this.#forget();
  }

  #forget() {
    this.#requests.cancel();
    this.result = null;
    this.problem = "";
  }

  // The shape of the chosen parameter; another network may not have it.
  get #shape() {
    return parametersOf(this.layers)[this.parameter] ?? parametersOf(this.layers).W1;
  }

  // The middle of the picture has ink most often.
  get #place() {
    return this.place ?? this.#shape.map((size, axis) => (axis === 0 && this.#shape.length === 2 ? Math.floor(size / 2) + 14 : 0)).join(", ");
  }

  #check() {
    const body = { ...this.body, count: COUNT, seed: this.#seed };
    this.#seed += 1;
    this.#requests.send(() => api.checkGradients(body));
  }

  #checkOne(event) {
    event.preventDefault();
    const index = flatIndex(this.#place, this.#shape);
    this.#forget();
    if (index === null) {
      const places = this.#shape.map((size) => `0 to ${size - 1}`).join(", and ");
      this.problem = `Expected ${this.#shape.length === 2 ? "row and column" : "one number"}: ${places}; got “${this.#place}”.`;
      return;
    }
    this.#requests.send(() => api.checkGradients({ ...this.body, parameter: this.parameter, indices: [index] }));
  }

  #choose(changes) {
    Object.assign(this, changes);
    setUrlValues({ parameter: this.parameter, place: this.place });
  }

  render() {
    return html`
      <p>Back propagation computes every gradient with a formula. A gradient can be measured without one, too:
        change one weight a little up and a little down, and see how much the loss changes. Both must agree.</p>
      <button type="button" @click=${() => this.#check()}>Check ${COUNT} at random</button>
      <form class="step-settings" aria-label="One weight" @submit=${(event) => this.#checkOne(event)}>
        <div><label for="check-parameter">Parameter</label>
          <select id="check-parameter" @change=${({ target }) => this.#choose({ parameter: target.value, place: null })}>
            ${Object.entries(parametersOf(this.layers)).map(([name, shape]) => html`<option value=${name} .selected=${live(name === this.parameter)}>${name} ${shapeWords(shape)}</option>`)}
          </select></div>
        <div><label for="check-place">${this.#shape.length === 2 ? "Row, column" : "Number"}</label>
          <input type="text" id="check-place" .value=${live(this.#place)} @change=${({ target }) => this.#choose({ place: target.value.trim() || null })}></div>
        <button type="submit">Check this weight</button>
      </form>
      <p class="problem" role="alert">${this.problem}</p>
      ${this.result ? this.#table(this.result) : nothing}
      <p class="about">A relative difference must be below ${pageData.inspection.tolerance.toExponential().replace("-", "−")}: the check computes with 16 digits, and loses some of them where it subtracts two losses
        that are almost equal. A wrong formula differs in the first or second digit already. Numbers near 0 are compared with 1e−8.</p>`;
  }

  #table({ rows, largest }) {
    const isGood = largest !== null && largest < pageData.inspection.tolerance;
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
