// Base of the tasks: something to do, whose result is checked.

import { LightElement } from "../lib/element.js";
import { RETRY_MS } from "../lib/reconnect.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { isLearned, setLearned } from "./progress.js";

/** Attributes: `chapter`, its name; `runs`, the settings of the runs that it starts, by their names. */
export class LearnTask extends LightElement {
  static properties = {
    chapter: {},
    runs: { type: Object },
    // Result of the last check, `{isRight, words}`; null before it.
    outcome: { state: true },
    problem: { state: true },
  };

  constructor() {
    super();
    this.runs = {};
    this.outcome = null;
    this.problem = "";
  }

  /** Take the result of a request, or say why there is none; returns the error, if there is one. */
  async take(request, use) {
    try {
      use(await request);
      this.problem = "";
      return null;
    } catch (error) {
      this.problem = error.message;
      return error;
    }
  }

  /** Load what the task needs; repeat the request while the server can't be reached. */
  async load(request, use) {
    const error = await this.take(request(), use);
    if (error?.isTemporary) setTimeout(() => { if (this.isConnected) this.load(request, use); }, RETRY_MS);
  }

  /** Say whether the result is right; a right one ends the task. */
  conclude(isRight, words) {
    this.outcome = { isRight, words };
    if (isRight) setLearned(this.chapter);
  }

  /** A form with one field for a number, checked on submit. */
  numberForm(label, check) {
    return html`<form class="task-form" @submit=${(event) => {
      event.preventDefault();
      const text = event.target.elements.answer.value.trim().replace("−", "-").replace(",", ".");
      const number = text ? Number(text) : NaN;
      if (Number.isFinite(number)) check(number);
      else this.conclude(false, text ? `Enter a number; got “${text}”.` : "Enter a number.");
    }}>
      <label for="answer">${label}</label>
      <input type="text" inputmode="decimal" id="answer" name="answer" autocomplete="off">
      <button type="submit" class="primary">Check</button>
    </form>`;
  }

  /** Sentence of the last check, or that the task was done before. */
  outcomeLine() {
    const { outcome, problem } = this;
    const isBefore = !outcome && isLearned(this.chapter);
    return html`<p class="problem" role="alert">${problem}</p>
      <p class="verdict" role="status" data-good=${outcome?.isRight ?? nothing}>${outcome
        ? html`<strong>${outcome.isRight ? "Right." : "Not yet."}</strong> ${outcome.words}`
        : isBefore ? "You have done this before." : nothing}</p>`;
  }
}
