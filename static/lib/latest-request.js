// Asking the network: never more than one question on its way, the latest picture next.

import * as api from "./api.js";

const PAUSE_MS = 100;

/** Puts questions one after another, at most one each 100 ms; what is outdated is never asked. */
export class Asker {
  #answered;
  #failed;
  #next = null;
  #busy = false;
  #current = 0;

  /** `answered(answer)` and `failed(problem)` are called unless `drop` came between. */
  constructor(answered, failed) {
    this.#answered = answered;
    this.#failed = failed;
  }

  /** Ask next: `{picture(): Promise<Blob>, options}` as `api.predict` takes them. */
  ask(question) {
    this.#next = question;
    if (!this.#busy) this.#work();
  }

  /** Nothing is of interest any more. */
  drop() {
    this.#next = null;
    this.#current += 1;
  }

  async #work() {
    this.#busy = true;
    while (this.#next) {
      const question = this.#next;
      const turn = this.#current;
      this.#next = null;
      const rested = new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      try {
        const answer = await api.predict(await question.picture(), question.options);
        if (turn === this.#current) this.#answered(answer);
      } catch (problem) {
        if (turn === this.#current) this.#failed(problem);
      }
      await rested;
    }
    this.#busy = false;
  }
}
