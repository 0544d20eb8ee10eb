// The losses and epochs of one run, followed while it trains.

import * as api from "./api.js";
import { LossSeries } from "./loss-series.js";
import { RunStream } from "./run-stream.js";

// A longer series is loaded thinned first, then streamed from where that ends.
const LONG_SERIES = 50_000;
const THINNED_POINTS = 4000;

/** Follows a run from its first iteration on, until it is closed. */
export class RunCurves {
  #changed;
  #stream = null;
  #isClosed = false;
  /** The run's JSON, as new as the stream. */
  run;
  /** Its losses. */
  series;
  /** Rows of its complete epochs. */
  epochs = [];

  /** `changed()` is called when losses or epochs came in. */
  constructor(run, changed) {
    this.run = run;
    this.series = LossSeries.of(run);
    this.#changed = changed;
    this.#begin();
  }

  /** Take a newer JSON of the run from the list of runs; one that trains again is followed again. */
  sync(run) {
    const isResumed = run.active && !this.run.active && !this.#stream;
    this.run = run;
    if (isResumed) this.#follow();
  }

  /** Follow no longer. */
  close() {
    this.#isClosed = true;
    this.#stream?.close();
  }

  async #begin() {
    if (this.run.step > LONG_SERIES) {
      // Without the thinned series the stream brings the whole one, only slower.
      const points = await api.losses(this.run.id, { max_points: THINNED_POINTS, means: 1 }).catch(() => null);
      if (points && !this.#isClosed) this.series.appendThinned(points);
    }
    if (!this.#isClosed) this.#follow();
  }

  #follow() {
    this.#stream = new RunStream(this.run.id, this.series.lastStep, {
      run: (run, epochs) => {
        this.run = run;
        if (epochs) this.epochs = epochs;
        this.#changed();
      },
      losses: (firstStep, values) => {
        this.series.append(firstStep, values);
        this.#changed();
      },
      epoch: (row) => {
        this.epochs = [...this.epochs.filter((known) => known.epoch !== row.epoch), row];
        this.#changed();
      },
      progress: () => {},
      state: (name) => {
        if (name === "over" || name === "refused") this.#stream = null;
      },
    });
  }
}
