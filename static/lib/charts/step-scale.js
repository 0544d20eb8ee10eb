// Places of iterations on an x axis: by iteration, epoch or training time.

/** Axis titles and number formats by unit. */
export const UNITS = {
  iteration: { title: "iteration", tickformat: ",d" },
  epoch: { title: "epoch", tickformat: ",~g" },
  time: { title: "training time in seconds", tickformat: ",~g" },
};

/**
 * Converts iterations of one run into places on an axis and back.
 *
 * Between two marks, `{step, epoch, seconds}` in rising order, places are interpolated; beyond the
 * last one they go on at the same pace. A mark that lacks a number is none for its unit.
 */
export class StepScale {
  #marks;

  /** `total` is the last iteration that a chart has room for. */
  constructor(marks, total) {
    this.total = total;
    const of = (name) => {
      const known = marks.filter((mark) => mark[name] !== undefined);
      return { steps: known.map(({ step }) => step), places: known.map((mark) => mark[name]) };
    };
    this.#marks = { epoch: of("epoch"), time: of("seconds") };
  }

  /** Place of an iteration, NaN while it is unknown. */
  place(step, unit) {
    if (unit === "iteration") return step;
    const { steps, places } = this.#marks[unit];
    return interpolated(steps, places, step);
  }

  /** Places of many iterations. */
  places(steps, unit) {
    return unit === "iteration" ? steps : Float64Array.from(steps, (step) => this.place(step, unit));
  }

  /** The iteration at a place, with a fraction; NaN while it is unknown. */
  stepAt(place, unit) {
    if (unit === "iteration") return place;
    const { steps, places } = this.#marks[unit];
    return interpolated(places, steps, place);
  }

  /** Whether iterations have a place in this unit. */
  knows(unit) {
    return unit === "iteration" || this.#marks[unit].steps.length > 1;
  }
}

/**
 * The scale of a run.
 *
 * `epochs` are its rows; `earlier` those of its parent up to its start; `begin` is the iteration
 * before its first one. Charts have room for `stepsToShow` and for `epochsToShow`, those planned if
 * left out. Training time leaves pauses out, as the rows' seconds do.
 */
export function scaleOf(run, { epochs, earlier = [], begin = 0, stepsToShow = run.steps_total, epochsToShow = run.config.epochs }) {
  const start = earlier.length ? { step: 0, epoch: 0, seconds: 0 } : { step: begin, epoch: run.parent?.epoch ?? 0, seconds: 0 };
  const marks = [start];
  for (const { step, epoch, seconds } of [...earlier, ...epochs]) {
    if (step > marks.at(-1).step) marks.push({ step, epoch, seconds: marks.at(-1).seconds + seconds });
  }
  const last = marks.at(-1);
  if (last === start && run.seconds > 0 && run.step > last.step) marks.push({ step: run.step, seconds: run.seconds });
  if (run.steps_total > last.step) marks.push({ step: run.steps_total, epoch: run.config.epochs });
  const scale = new StepScale(marks, stepsToShow);
  scale.total = Math.max(stepsToShow, scale.stepAt(epochsToShow, "epoch") || 0);
  return scale;
}

function interpolated(xs, ys, x) {
  if (xs.length < 2) return NaN;
  let low = 1;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return ys[low - 1] + ((x - xs[low - 1]) * (ys[low] - ys[low - 1])) / (xs[low] - xs[low - 1]);
}
