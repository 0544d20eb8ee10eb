// Chapter 7: say what is wrong with a run, from its numbers.

import { figure } from "../components/passes/arrays.js";
import * as api from "../lib/api.js";
import { percent } from "../lib/format.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { LessonRun } from "./lesson-run.js";

// Choices, and the kinds of findings of the diagnosis that it is right for.
const CAUSES = {
  rate: { words: "The learning rate is too high", kinds: ["rate_too_high", "diverged"] },
  weights: { words: "The weights begin badly: no gradient reaches the first layer", kinds: ["vanishing_gradient"] },
  units: { words: "Units are dead", kinds: ["dead_units"] },
};

class TroubleTask extends LearnTask {
  static properties = { name: { state: true }, findings: { state: true } };

  #lesson = new LessonRun(this, () => this.#ended());

  connectedCallback() {
    super.connectedCallback();
    this.#pick(Object.keys(this.runs)[0]);
  }

  #pick(name) {
    this.name = name;
    this.findings = null;
    this.outcome = null;
    this.#lesson.resume(name);
  }

  #start() {
    this.findings = null;
    this.outcome = null;
    this.take(this.#lesson.start(this.name, this.runs[this.name]), () => {});
  }

  #ended() {
    this.take(api.diagnosis(this.#lesson.run.id), (findings) => { this.findings = findings; });
  }

  #check(event) {
    event.preventDefault();
    const cause = CAUSES[new FormData(event.target).get("cause")];
    const found = this.findings.find(({ kind }) => cause?.kinds.includes(kind));
    if (found) this.conclude(true, found.text);
    else this.conclude(false, cause ? "The numbers say something else. Read the evidence again." : "Choose one.");
  }

  render() {
    const { run, isEnded } = this.#lesson;
    return html`
      <div class="task-form"><label for="trouble-run">Run</label>
        <select id="trouble-run" @change=${({ target }) => this.#pick(target.value)}>${Object.keys(this.runs).map((name) => html`<option value=${name} .selected=${live(name === this.name)}>${name}</option>`)}</select>
        <button type="button" class="primary" aria-disabled=${run && !isEnded ? "true" : nothing} @click=${() => this.#start()}>Start this run</button></div>
      ${this.#lesson.words()}
      ${this.findings ? this.#evidence(this.#lesson) : nothing}
      ${this.outcomeLine()}`;
  }

  #evidence({ run, series }) {
    return html`<ul class="evidence">
        <li>At iteration 1 the loss was ${figure(series.values[0])}, at the last one ${figure(series.values[series.length - 1])}. It reads ${percent(run.test_accuracy)} of new digits.</li>
        ${this.findings.map(({ evidence }) => html`<li>${evidence}</li>`)}
      </ul>
      <form class="sign-form" aria-label="What went wrong" @submit=${(event) => this.#check(event)}>
        <fieldset><legend>What went wrong?</legend>
          ${Object.entries(CAUSES).map(([name, { words }]) => html`<label><input type="radio" name="cause" value=${name}> ${words}</label>`)}</fieldset>
        <button type="submit" class="primary">Check</button>
      </form>`;
  }
}

customElements.define("trouble-task", TroubleTask);
