// The server's estimate of a run or a sweep, while one fills in the form.

import { bytes, count, duration, plural } from "../format.js";
import { RETRY_MS } from "../reconnect.js";

const TYPING_PAUSE_MS = 250;

/** Requests estimates for an element, which renders again with each response. */
export class Estimates {
  #host;
  #request;
  #body = null;
  #timer = 0;
  #turn = 0;
  /** The estimate for the last valid settings; null while the settings are invalid. */
  latest = null;
  /** Error of the last request; null after a successful one. */
  error = null;

  /** `request(body)` is the call that returns an estimate. */
  constructor(host, request) {
    this.#host = host;
    this.#request = request;
    host.addController(this);
  }

  hostConnected() {
    if (this.#body) this.#requestIn(0);
  }

  hostDisconnected() {
    this.drop();
  }

  /** Request an estimate of these settings a moment after the last change. */
  requestSoon(body) {
    this.#body = body;
    this.#requestIn(TYPING_PAUSE_MS);
  }

  /** Forget the estimate, and a request on its way: the settings are known to be invalid. */
  clear() {
    this.drop();
    this.#take(null, null);
  }

  /** Forget a request on its way. */
  drop() {
    clearTimeout(this.#timer);
    this.#turn += 1;
  }

  /** Take an error that another request had with the same settings. */
  fail(error) {
    // The server can't be reached: ask again later.
    if (error.status === 0 && this.#body) this.#requestIn(RETRY_MS);
    this.#take(null, error);
  }

  #requestIn(ms) {
    this.drop();
    const turn = this.#turn;
    this.#timer = setTimeout(async () => {
      try {
        const estimate = await this.#request(this.#body);
        if (turn === this.#turn) this.#take(estimate, null);
      } catch (error) {
        if (turn === this.#turn) this.fail(error);
      }
    }, ms);
  }

  #take(estimate, error) {
    this.latest = estimate;
    this.error = error;
    this.#host.requestUpdate();
  }
}

/** An estimate in words: of the whole run, or of the share that a fork still has to do. */
export function estimateWords({ seconds, steps_total: steps, storage_bytes: size }, share) {
  return [
    // Unknown as long as no epoch of any run was measured.
    seconds === null ? null : timeWords(seconds * share),
    plural(Math.round(steps * share), "iteration"),
    `${bytes(size * share)} on disk`,
  ].filter(Boolean).join(" · ");
}

/** Seconds as "about 3 min". */
export function timeWords(seconds) {
  return seconds < 1 ? duration(seconds) : `about ${duration(seconds)}`;
}

/** "One epoch looks at 60,000 pictures". */
export function epochWords(trainSize) {
  return `One epoch looks at ${trainSize === undefined ? "all training" : count(trainSize)} pictures`;
}
