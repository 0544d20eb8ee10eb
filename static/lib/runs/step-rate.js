// Speed of a run, from the losses that arrive.

const WINDOW_MS = 4000;
const SETTLED_MS = 700;

/** Iterations a second over the last few seconds of arrivals. */
export class Rate {
  #marks = [];

  /** Note that the run stands at `step` at `time` (ms). */
  mark(step, time) {
    this.#marks.push([time, step]);
    while (this.#marks.length > 2 && this.#marks[1][0] < time - WINDOW_MS) this.#marks.shift();
  }

  /** Forget what was, after a pause or a jump. */
  reset() {
    this.#marks = [];
  }

  /** Iterations a second, or null while it is too early to tell. */
  get perSecond() {
    if (this.#marks.length < 2) return null;
    const [startTime, startStep] = this.#marks[0];
    const [endTime, endStep] = this.#marks.at(-1);
    if (endTime - startTime < SETTLED_MS) return null;
    return (1000 * (endStep - startStep)) / (endTime - startTime);
  }
}
