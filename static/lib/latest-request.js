// Requests that follow each other quickly, of which only the latest one matters.

import { RETRY_MS } from "./reconnect.js";

const PAUSE_MS = 100;

/**
 * Sends requests one after another, at most one in 100 ms. A request that waits is replaced by a
 * newer one. An error is passed over if a newer request waits, which brings its own response. A request
 * that did not reach the server is repeated until it does.
 */
export class LatestRequest {
  #onResponse;
  #onError;
  #next = null;
  #busy = false;
  #turn = 0;
  #retry = 0;

  /** `onResponse(value)` and `onError(error)` are called unless `cancel` came between. */
  constructor(onResponse, onError) {
    this.#onResponse = onResponse;
    this.#onError = onError;
  }

  /** Send next: a function that returns a promise. */
  send(request) {
    clearTimeout(this.#retry);
    this.#next = request;
    if (!this.#busy) this.#work();
  }

  /** Forget the request that waits, and the response of the one on its way. */
  cancel() {
    clearTimeout(this.#retry);
    this.#next = null;
    this.#turn += 1;
  }

  async #work() {
    this.#busy = true;
    while (this.#next) {
      const request = this.#next;
      const turn = this.#turn;
      this.#next = null;
      const pause = new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      try {
        const value = await request();
        if (turn === this.#turn) this.#onResponse(value);
      } catch (error) {
        if (turn === this.#turn && !this.#next) {
          if (error.isTemporary) this.#retry = setTimeout(() => this.send(request), RETRY_MS);
          this.#onError(error);
        }
      }
      await pause;
    }
    this.#busy = false;
  }
}
