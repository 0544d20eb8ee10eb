// Smoothing of the loss.

// The smoothed line forgets over this part of the whole run, so it looks alike at any length.
const SMOOTHED_PART = 1 / 150;
const SHORTEST_SPAN = 10;

/** Steps over which the smoothed line of a run forgets. */
export function smoothingSpan(run) {
  return Math.max(SHORTEST_SPAN, run.steps_total * SMOOTHED_PART);
}

/**
 * Weighted mean of all losses so far, in which older losses weigh less.
 *
 * It is exponential and debiased (Kingma and Ba 2015, "Adam", section 3). With a `factor` each step
 * back weighs so many times as much as the one after it, 0 for no smoothing. With null, the time
 * constant grows to `span` steps, so that the line does not trail behind the steep beginning.
 */
export class Smoothing {
  #span;
  #factor;
  #sum = 0;
  #weight = 0;

  constructor(span, factor) {
    this.#span = span;
    this.#factor = factor;
    /** The last step that counts, 0 while there is none. */
    this.lastStep = 0;
  }

  /** The mean, NaN while there is none. */
  get value() {
    return this.#sum / this.#weight;
  }

  /**
   * Count a loss, or the mean of all since the last one, once each; NaN is left out. `elapsed` is the
   * number of steps since the first of the series.
   */
  add(step, loss, elapsed) {
    if (Number.isNaN(loss) || step <= this.lastStep) return;
    const keep = this.#weight ? this.#kept(step - this.lastStep, elapsed) : this.#kept(1, 0);
    this.#sum = keep * this.#sum + (1 - keep) * loss;
    this.#weight = keep * this.#weight + (1 - keep);
    this.lastStep = step;
  }

  /** Weight of all before after `gap` steps. */
  #kept(gap, elapsed) {
    if (this.#factor === null) return Math.exp(-gap / Math.min(this.#span, 5 + elapsed / 20));
    return gap === 1 ? this.#factor : this.#factor ** gap;
  }
}
