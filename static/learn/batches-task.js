// Chapter 6: find a step where the loss doubled.

import { figure } from "../components/passes/arrays.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { LearnTask } from "./learn-task.js";
import { LessonRun } from "./lesson-run.js";

class BatchesTask extends LearnTask {
  #lesson = new LessonRun(this, () => {});

  connectedCallback() {
    super.connectedCallback();
    this.#lesson.resume(this.#name);
  }

  get #name() { return Object.keys(this.runs)[0]; }

  #start() {
    this.outcome = null;
    this.take(this.#lesson.start(this.#name, this.runs[this.#name]), () => {});
  }

  #check(step) {
    const { series } = this.#lesson;
    const [before, after] = [series.values[step - 2], series.values[step - 1]];
    if (!Number.isInteger(step) || step < 2 || step > series.length) {
      this.conclude(false, `Enter an iteration from 2 to ${series.length}.`);
      return;
    }
    const isRight = after >= 2 * before;
    this.conclude(isRight, `From iteration ${step - 1} to ${step} the loss went from ${figure(before)} to ${figure(after)}${isRight
      ? ". The network was hardly changed: the second batch was harder." : ", which is less than twice as much."}`);
  }

  render() {
    const { series, run, isEnded } = this.#lesson;
    return html`
      <p>Start a run with batches of 2 pictures, and find an iteration whose loss is at least twice that of the one before.</p>
      <button type="button" class="primary" aria-disabled=${run && !isEnded ? "true" : nothing} @click=${() => this.#start()}>Start this run</button>
      ${this.#lesson.words()}
      ${isEnded && series.length ? html`${this.#losses(series)}${this.numberForm("Iteration", (step) => this.#check(step))}` : nothing}
      ${this.outcomeLine()}`;
  }

  #losses({ values, length }) {
    const shown = Array.from(values.subarray(0, length));
    const most = Math.max(...shown);
    return html`<div class="scroll-table" tabindex="0" role="region" aria-label="Losses"><table class="small-table loss-bars" aria-label="Loss of each iteration">
      <thead><tr><th scope="col">Iteration</th><th scope="col" class="number">Loss</th><td></td></tr></thead>
      <tbody>${shown.map((loss, i) => html`<tr><th scope="row">${i + 1}</th><td class="number">${figure(loss)}</td><td><span class="loss-bar" style="width:${(100 * loss) / most}%"></span></td></tr>`)}</tbody>
    </table></div>`;
  }
}

customElements.define("batches-task", BatchesTask);
