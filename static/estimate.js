// What the server makes of the settings while one fills them in: errors, weights, steps, disk.

import * as api from "./api.js";
import { byId, setText } from "./dom.js";
import { bytes, count, plural, shape } from "./format.js";

const TYPING_PAUSE_MS = 250;
const NAMES = { mnist: "MNIST", strokes: "Strokes" };

/** Asks the server about a RunForm, a moment after the last key. */
export class Estimates {
  #form;
  #timer = 0;
  #turn = 0;

  constructor(form) {
    this.#form = form;
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

  async #ask() {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const answer = await api.estimate(this.#form.changed());
      if (turn === this.#turn) this.#show(answer);
    } catch (problem) {
      if (turn !== this.#turn) return;
      setText(byId("estimate"), "\u00a0");
      this.#form.showProblems(problem.fields, problem.message);
    }
  }

  #show(answer) {
    this.#form.showProblems();
    setText(byId("weights"), `${count(answer.weights)} weights`);
    setText(byId("estimate"), `${plural(answer.steps_total, "iteration")} · about ${bytes(answer.storage_bytes)} on disk`);
    if (this.#form.value("dataset") === "") {
      setText(byId("f-dataset").options[0], `Automatic: ${NAMES[answer.dataset] ?? answer.dataset}`);
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
