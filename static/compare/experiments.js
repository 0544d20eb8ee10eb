// Prepared experiments: comparisons that each show one thing, started with one button.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { plural } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { html, nothing } from "../vendor/lit-all.min.js";

/** Cards of the experiments. Event: `started`, with the list of the new runs' ids as detail. */
class ExperimentCards extends LightElement {
  static properties = { busy: { state: true }, problem: { state: true } };

  constructor() {
    super();
    this.busy = "";
    this.problem = "";
  }

  async #start(experiment) {
    if (this.busy) return;
    this.busy = experiment.name;
    this.problem = "";
    try {
      const ids = [];
      for (const { name, values } of experiment.runs) ids.push((await api.createRun({ name, ...values })).id);
      this.dispatchEvent(new CustomEvent("started", { detail: { ids, experiment: experiment.name } }));
    } catch (problem) {
      this.problem = problem.message;
    } finally {
      this.busy = "";
    }
  }

  render() {
    return html`
      <ul class="experiments">${pageData.experiments.map((experiment) => html`<li class="panel">
        <h3>${experiment.label}</h3>
        <p>${experiment.question}</p>
        <p class="about">Look for: ${experiment.look_for}</p>
        <button type="button" aria-label="Start ${plural(experiment.runs.length, "run")}: ${experiment.label}"
          aria-disabled=${this.busy ? "true" : nothing} @click=${() => this.#start(experiment)}>Start ${plural(experiment.runs.length, "run")}</button>
      </li>`)}</ul>
      <p class="problem" role="alert">${this.problem}</p>`;
  }
}

customElements.define("experiment-cards", ExperimentCards);
