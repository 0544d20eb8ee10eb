// Chapter 3: start a run and see its loss fall from where guessing stands.

import { figure } from "../components/passes/arrays.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { LessonRun } from "./lesson-run.js";

class LossTask extends LearnTask {
  #lesson = new LessonRun(this, () => this.#ended());

  connectedCallback() {
    super.connectedCallback();
    this.#lesson.resume(this.#name);
  }

  get #name() { return Object.keys(this.runs)[0]; }

  #start() {
    this.outcome = null;
    this.take(this.#lesson.start(this.#name, this.runs[this.#name]), () => {});
  }

  #ended() {
    const { series } = this.#lesson;
    const [first, last] = [series.values[0], series.lastSmooth];
    const isRight = last < first / 2;
    this.conclude(isRight, isRight
      ? `It began at ${figure(first)}; guessing among ten is 2.303. At the end it was ${figure(last)}: the right digit has the probability e to the −${figure(last)} = ${figure(Math.exp(-last))}, taken over all.`
      : `It began at ${figure(first)} and ended at ${figure(last)}. Let it train to its end.`);
  }

  render() {
    const { series, run, isEnded } = this.#lesson;
    return html`
      <p>Start this run: 2,000 pictures, twice. Watch its loss leave 2.303 behind, and come to less than half of where it began.</p>
      <button type="button" class="primary" aria-disabled=${run && !isEnded ? "true" : nothing} @click=${() => this.#start()}>Start this run</button>
      ${this.#lesson.words()}
      ${series?.length ? html`<dl class="task-figures"><div><dt>Loss at iteration 1</dt><dd>${figure(series.values[0])}</dd></div>
        <div><dt>Loss at iteration ${series.lastStep}, smoothed</dt><dd>${figure(series.lastSmooth)}</dd></div></dl>` : ""}
      ${this.outcomeLine()}`;
  }
}

customElements.define("loss-task", LossTask);
