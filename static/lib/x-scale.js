// Places of iterations on the x axis of a chart: by iteration, by epoch or by training time.

/** The units of the x axis, with their words and the format of their numbers. */
export const X_UNITS = {
  iteration: { label: "iteration", format: ",d" },
  epoch: { label: "epoch", format: "~g" },
  time: { label: "seconds of training", format: "~g" },
};

/**
 * Maps iterations of one run to places on the x axis, on straight lines between the ends of its
 * epochs. Training time leaves pauses out.
 */
export class XScale {
  #steps;
  #places;

  /**
   * @param unit a key of `X_UNITS`
   * @param run its JSON
   * @param epochs rows of its complete epochs
   */
  constructor(unit, run, epochs) {
    const startEpoch = run.parent?.epoch ?? 0;
    // An epoch has the same number of iterations all through a run.
    const first = epochs[0];
    const perEpoch = epochs.length > 1 ? epochs[1].step - first.step : null;
    const startStep = !startEpoch ? 0 : first && perEpoch ? first.step - perEpoch * (first.epoch - startEpoch) : 0;
    this.#steps = [startStep];
    if (unit === "iteration") {
      this.#places = [startStep];
      this.#extend(startStep + 1, startStep + 1);
    } else if (unit === "epoch") {
      this.#places = [startEpoch];
      for (const { step, epoch } of epochs) this.#extend(step, epoch);
      if (!epochs.length) this.#extend(run.steps_total, run.config.epochs);
    } else {
      this.#places = [0];
      let seconds = 0;
      for (const row of epochs) this.#extend(row.step, (seconds += row.seconds));
      if (!epochs.length) this.#extend(Math.max(run.step, startStep + 1), Math.max(run.seconds, 1e-3));
    }
  }

  #extend(step, place) {
    this.#steps.push(step);
    this.#places.push(place);
  }

  /** The place of an iteration. */
  place(step) {
    return between(this.#steps, this.#places, step);
  }

  /** The iteration at a place, a fraction between two iterations. */
  step(place) {
    return between(this.#places, this.#steps, place);
  }
}

/** The value at `x` on the lines through (xs, ys), the first and the last one going on beyond. */
function between(xs, ys, x) {
  let high = 1;
  let end = xs.length - 1;
  while (high < end) {
    const middle = (high + end) >> 1;
    if (xs[middle] < x) high = middle + 1;
    else end = middle;
  }
  const [x0, x1, y0, y1] = [xs[high - 1], xs[high], ys[high - 1], ys[high]];
  return x1 === x0 ? y1 : y0 + ((x - x0) * (y1 - y0)) / (x1 - x0);
}
