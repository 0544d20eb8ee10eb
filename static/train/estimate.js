// What the server makes of the settings while one fills them in: errors, weights, steps, disk.

import * as api from "../lib/api.js";
import { byId, setText } from "../lib/dom.js";
import { bytes, count, plural, shape } from "../lib/format.js";
import { choiceLabel } from "../lib/page-data.js";
import { RETRY_MS } from "../lib/reconnect.js";

const TYPING_PAUSE_MS = 250;

/** Asks the server about a RunForm, a moment after the last key. */
export class Estimates {
  #form;
  #epochsDone;
  #timer = 0;
  #turn = 0;

  /** `epochsDone()`: how many of the form's epochs a fork has behind it. */
  constructor(form, epochsDone) {
    this.#form = form;
    this.#epochsDone = epochsDone;
  }

  /** The form changed. */
  askSoon() {
    setText(byId("shape"), shape([this.#form.value("hidden")].flat()));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), TYPING_PAUSE_MS);
  }

  /** Forget a question on its way: its answer would come too late. */
  drop() {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  /** The server didn't take the settings, or couldn't be asked: say why in the estimate's place. */
  refused({ status, fields, message }) {
    // The server can't be reached: ask again later.
    if (status === 0) this.#timer = setTimeout(() => this.#ask(), RETRY_MS);
    for (const id of ["estimate", "weights"]) setText(byId(id), "\u00a0");
    this.#form.showProblems(fields, message);
  }

  async #ask() {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const answer = await api.estimate(this.#form.changed());
      if (turn === this.#turn) this.#show(answer);
    } catch (problem) {
      if (turn === this.#turn) this.refused(problem);
    }
  }

  #show(answer) {
    this.#form.showProblems();
    setText(byId("weights"), `${count(answer.weights)} weights`);
    const done = this.#epochsDone();
    const ahead = done ? Math.max(0, 1 - done / this.#form.value("epochs")) : 1;
    const steps = Math.round(answer.steps_total * ahead);
    setText(byId("estimate"), `${plural(steps, "iteration")} · about ${bytes(answer.storage_bytes * ahead)} on disk`);
    if (this.#form.value("dataset") === "") {
      setText(byId("f-dataset").options[0], `Automatic: ${choiceLabel("dataset", answer.dataset)}`);
    }
  }
}

/** Say below the choice of data how to get MNIST, where it isn't at hand. */
export async function explainData() {
  const note = byId("dataset-note");
  const mnist = (await api.datasets().catch(() => [])).find(({ name }) => name === "mnist");
  note.hidden = !mnist || mnist.available;
  if (note.hidden) return;
  setText(note, `MNIST is ${mnist.detail.charAt(0).toLowerCase()}${mnist.detail.slice(1)}`);
}
