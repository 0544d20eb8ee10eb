// One run as it goes: its stream, and all that a page shows of it.

import * as api from "../api.js";
import { plural } from "../format.js";
import { LossSeries } from "./loss-series.js";
import { loadParent } from "./parent-curve.js";
import { RunStream } from "../run-stream.js";
import { isEnded } from "./run-words.js";
import { scaleOf } from "../charts/step-scale.js";
import { Rate } from "./step-rate.js";
import { TrainingStatistics } from "./training-statistics.js";

// A longer series is loaded thinned first, then streamed from where that ends.
const LONG_SERIES = 50_000;
const THINNED_POINTS = 4000;
const NOTE_MS = 6000;
const DIAGNOSIS_PAUSE_MS = 2000;
// A run that is expected to last no longer than this is shown whole from its start.
const SHORT_S = 60;

/** Follows a run from its first iteration on, until it is closed. */
export class RunFollower {
  #listener;
  #rate = new Rate();
  #stream = null;
  #noteTimer = 0;
  #diagnosisTimer = 0;
  #settledFor = "";
  #isClosed = false;
  #isShort = null;
  #hasVerdict;
  #isStreaming = false;
  #wantsStatistics = false;
  #scale = { made: null, from: [] };
  /** Rows of the complete epochs. */
  epochs = [];
  /** For a fork, what `loadParent` returns. */
  parent = null;
  /** Progress of the data's preparation, a stream's `progress` message, or null. */
  progress = null;
  /** A short note on the connection, or why an action failed. */
  note = "";
  /** Statistics of the training: names of the layers, and those rows that came in or were asked for. */
  layers = [];
  statistics = new TrainingStatistics();
  /** The diagnosis: findings of the server. */
  findings = [];
  /** Number of misclassified test pictures after the last epoch of a run that does not train; null while unknown. */
  mistakes = null;
  /** Whether mistakes and findings of a run that does not train are in. */
  isSettled = false;

  /**
   * `listener.news()` is called at each change but losses, `listener.losses()` at new losses. Without
   * `hasVerdict`, for pages that show the curves alone, nobody asks for mistakes and findings.
   */
  constructor(run, listener, { hasVerdict = true } = {}) {
    this.run = run;
    this.#listener = listener;
    this.#hasVerdict = hasVerdict;
    this.#begin();
    if (run.parent) this.#loadParent();
    this.#settle();
  }

  /** Follow no longer. */
  close() {
    this.#isClosed = true;
    this.#stream?.close();
    clearTimeout(this.#noteTimer);
    clearTimeout(this.#diagnosisTimer);
  }

  /** The iteration where the run stands. */
  get step() {
    return Math.max(this.series.lastStep, this.run.step);
  }

  /** Places of the run's iterations on the charts. */
  get scale() {
    const { run, epochs, parent, stepsToShow, epochsToShow } = this;
    const begin = Math.max(0, this.series.firstStep - 1);
    const from = [epochs, parent, begin, stepsToShow, epochsToShow, epochs.length ? run.id : run];
    // The same scale for as long as nothing changes, so that charts need not be drawn for it.
    if (from.some((part, i) => part !== this.#scale.from[i])) {
      this.#scale = { from, made: scaleOf(run, { epochs, earlier: parent?.earlier, begin, stepsToShow, epochsToShow }) };
    }
    return this.#scale.made;
  }

  /** Iterations a second of a run that trains, null while unknown. */
  get perSecond() {
    return this.run.status === "running" ? this.#rate.perSecond : null;
  }

  /** Iterations that charts have room for: those planned, or those taken once the run has ended. */
  get stepsToShow() {
    const { run } = this;
    return isEnded(run) ? run.step : run.steps_total;
  }

  /** The same in epochs, at least one of the run's own. */
  get epochsToShow() {
    const { run } = this;
    return isEnded(run) ? Math.max(run.epoch, (run.parent?.epoch ?? 0) + 1) : run.config.epochs;
  }

  /** Whether the run is on its way and short, judged once its speed is known. */
  get isShort() {
    if (isEnded(this.run)) return false;
    if (this.#isShort === null) {
      const seconds = this.#expectedSeconds();
      if (seconds !== null) this.#isShort = seconds < SHORT_S;
    }
    return this.#isShort ?? true;
  }

  #expectedSeconds() {
    const { run, series, perSecond } = this;
    const begin = Math.max(0, series.firstStep - 1);
    const steps = run.steps_total - begin;
    if (perSecond) return steps / perSecond;
    return run.seconds > 1 && run.step > begin ? (run.seconds * steps) / (run.step - begin) : null;
  }

  /** Take a newer JSON of the run from the list of runs. */
  sync(run) {
    // While the stream is open it knows the rest sooner.
    const { name, best_epoch } = run;
    const { actions, queue_position } = run.status === this.run.status ? run : this.run;
    const news = this.#stream ? { ...this.run, name, best_epoch, actions, queue_position } : run;
    const isNew = ["status", "step", "name", "best_epoch", "actions", "queue_position", "worker"]
      .some((key) => String(news[key]) !== String(this.run[key]));
    if (!isNew) return;
    if (this.#stream) this.#set(news);
    else this.take(news);
  }

  /** Take the run from the response to an action, and follow it if it goes on. */
  take(run) {
    // The stream may have brought a later status before this response came in.
    if (this.#stream) return;
    this.#set(run);
    if (run.active || run.status === "paused") this.#follow();
  }

  /** Ask for the statistics of the earlier iterations, once. */
  wantStatistics() {
    if (this.#wantsStatistics) return;
    this.#wantsStatistics = true;
    // While the stream is not open yet, rows could come between the request and its begin.
    if (this.#isStreaming || !this.#stream) this.#loadStatistics();
  }

  async #loadStatistics() {
    const { statistics } = this;
    try {
      const { layers, rows } = await api.statistics(this.run.id);
      if (this.#isClosed || statistics !== this.statistics) return;
      this.layers = layers;
      statistics.add(rows);
      this.#listener.news();
    } catch (problem) {
      if (!this.#isClosed) this.say(problem.message, NOTE_MS);
    }
  }

  /** Show a note; empty takes it away. */
  say(note, forMs = 0) {
    clearTimeout(this.#noteTimer);
    this.note = note;
    if (forMs) this.#noteTimer = setTimeout(() => this.say(""), forMs);
    this.#listener.news();
  }

  async #begin() {
    this.#stream?.close();
    this.#stream = null;
    const series = LossSeries.of(this.run);
    this.series = series;
    this.statistics = new TrainingStatistics();
    this.#isStreaming = false;
    this.#rate.reset();
    if (this.run.step > LONG_SERIES) {
      try {
        const points = await api.losses(this.run.id, { max_points: THINNED_POINTS, means: 1 });
        if (this.series === series && !this.#stream) series.appendThinned(points);
      } catch (problem) {
        // The stream brings the whole series too, only slower.
        this.say(problem.message);
      }
    }
    if (!this.#isClosed && this.series === series && !this.#stream) this.#follow();
  }

  #follow() {
    const caughtUpAt = this.run.step;
    this.#stream = new RunStream(this.run.id, this.series.lastStep, {
      run: (run, epochs) => {
        if (epochs) this.epochs = epochs;
        this.#set(run);
        // After a crash the server goes back to the last resume point: so does the curve.
        if (!run.active && run.step < this.series.lastStep) this.#begin();
      },
      progress: (message) => {
        this.progress = message;
        this.#listener.news();
      },
      losses: (firstStep, values) => {
        const isFirst = this.series.length === 0;
        this.series.append(firstStep, values);
        if (this.series.lastStep >= caughtUpAt) this.#rate.mark(this.series.lastStep, performance.now());
        if (isFirst) this.#listener.news();
        this.#listener.losses();
      },
      statistics: (rows) => {
        this.statistics.add(rows);
        this.#listener.losses();
      },
      epoch: (row) => {
        this.epochs = [...this.epochs.filter((known) => known.epoch !== row.epoch), row];
        const { epoch, train_accuracy, test_accuracy } = row;
        this.#set({ ...this.run, epoch, train_accuracy, test_accuracy });
        this.#diagnoseSoon();
      },
      state: (name, detail) => this.#connection(name, detail),
    });
  }

  #set(run) {
    if (run.status !== this.run.status) this.#rate.reset();
    this.run = run;
    this.#settle();
    this.#listener.news();
  }

  #connection(name, detail) {
    if (name === "open") {
      this.#isStreaming = true;
      if (this.#wantsStatistics) this.#loadStatistics();
    } else if (name === "reconnecting") {
      this.#rate.reset();
      this.say("reconnecting…");
    } else if (name === "caught-up") {
      this.say(detail ? `caught up ${plural(detail, "iteration")}` : "connected again", NOTE_MS);
    } else if (name === "rejected") {
      this.say(detail);
    }
    if (name === "over" || name === "rejected") this.#stream = null;
  }

  async #loadParent() {
    this.parent = await loadParent(this.run.parent).catch(() => null);
    if (!this.#isClosed && this.parent) this.#listener.news();
  }

  #diagnoseSoon() {
    if (!this.#hasVerdict) return;
    this.#diagnosisTimer ||= setTimeout(async () => {
      this.#diagnosisTimer = 0;
      await this.#diagnose();
      if (!this.#isClosed) this.#listener.news();
    }, DIAGNOSIS_PAUSE_MS);
  }

  async #diagnose() {
    try {
      this.findings = await api.diagnosis(this.run.id);
    } catch (problem) {
      if (!this.#isClosed) this.say(problem.message, NOTE_MS);
    }
  }

  // Once a run does not train any more, what is said of it is said once, with all that it needs.
  async #settle() {
    const { run } = this;
    const at = run.active ? "" : `${run.status} after ${run.epoch}`;
    if (!this.#hasVerdict || at === this.#settledFor) return;
    this.#settledFor = at;
    this.isSettled = false;
    this.mistakes = null;
    if (!at) return;
    clearTimeout(this.#diagnosisTimer);
    this.#diagnosisTimer = 0;
    const [mistakes] = await Promise.all([
      run.epoch ? api.failures(run.id, { epoch: run.epoch, limit: 1 }).catch(() => null) : null,
      this.#diagnose(),
    ]);
    if (this.#isClosed || at !== this.#settledFor) return;
    this.mistakes = mistakes?.total ?? null;
    this.isSettled = true;
    this.#listener.news();
  }
}
