// One run as it goes: its stream, its figures, its two charts.

import * as api from "../lib/api.js";
import { showActions } from "./run-actions.js";
import { accuracyChart, lossChart } from "./charts.js";
import { colourOf } from "../lib/run-colours.js";
import { byId, el, partsOf, setText } from "../lib/dom.js";
import { count, duration, percent, plural } from "../lib/format.js";
import { loadParent } from "../lib/parent-curve.js";
import { Rate } from "../lib/step-rate.js";
import { LossSeries } from "../lib/loss-series.js";
import { RunStream } from "../lib/run-stream.js";
import { statusWord, tookWords, verdict } from "../lib/run-words.js";

// A longer series is loaded thinned first, then streamed from where that ends.
const LONG_SERIES = 50_000;
const THINNED_POINTS = 4000;
const FIGURES_PAUSE_MS = 250;
const NOTE_MS = 6000;
// The smoothed line forgets over this part of the whole run, so it looks alike at any length.
const SMOOTHED_PART = 1 / 150;

/** Shows a run in the parts of templates/_live.html, and follows it. */
export class LiveRun {
  #root = byId("live");
  #parts = partsOf(document);
  #rate = new Rate();
  #stream = null;
  #timer = 0;
  #noteTimer = 0;
  #options;
  #progress = null;
  #wrong = { epoch: 0, total: null };
  #parent = null;
  run = null;
  epochs = [];
  series = null;
  /** Whether the run was on its way, or paused, since it is shown. */
  wasGoing = false;

  /** `options`: `actions` offered; `changed(run, epochs)` at every news but losses; `deleted()`. */
  constructor(options) {
    this.#options = options;
    this.lossChart = lossChart(this.#parts["loss-chart"], () => this.#lossView());
    this.accuracyChart = accuracyChart(this.#parts["accuracy-chart"], () => this.#accuracyView());
    for (const name of ["parent-shown", "log-scale"]) {
      this.#parts[name].addEventListener("change", () => this.lossChart.refresh());
    }
  }

  /** Show another run from its first iteration on. */
  async show(run) {
    this.#stream?.close();
    this.#stream = null;
    this.run = run;
    this.epochs = [];
    this.series = new LossSeries(Math.max(10, run.steps_total * SMOOTHED_PART));
    this.#rate.reset();
    this.#progress = null;
    this.#wrong = { epoch: 0, total: null };
    this.#parent = null;
    this.#say("");
    this.#root.hidden = false;
    this.wasGoing = false;
    for (const chart of [this.lossChart, this.accuracyChart]) chart.clear();
    this.#news();
    this.#showOrigin(run);
    if (run.step > LONG_SERIES) await this.#loadThinned(run);
    if (this.run.id === run.id && !this.#stream) this.#follow();
  }

  /** Take what the list of runs says: its place in line; a run that goes on again is followed. */
  sync(run) {
    if (!this.run || run.id !== this.run.id) return;
    const moved = run.status === "queued" && run.queue_position !== this.run.queue_position;
    if (moved && this.run.status === "queued") this.#take(run);
    if (this.#stream) return;
    if (run.active || run.status === "paused") this.#follow();
    if (run.status !== this.run.status) this.#take(run);
  }

  async #loadThinned(run) {
    try {
      const points = await api.losses(run.id, { max_points: THINNED_POINTS, means: 1 });
      if (this.run.id === run.id && !this.#stream) this.series.appendThinned(points);
    } catch (problem) {
      // The stream brings the whole series too, only slower.
      this.#say(problem.message);
    }
  }

  #follow() {
    const caughtUpAt = this.run.step;
    this.#stream = new RunStream(this.run.id, this.series.lastStep, {
      run: (run, epochs) => {
        if (epochs) this.epochs = epochs;
        this.accuracyChart.refresh();
        this.lossChart.refresh();
        this.#take(run);
      },
      progress: (message) => {
        this.#progress = message;
        this.#showVerdict();
      },
      losses: (firstStep, values) => {
        const first = this.series.length === 0;
        this.series.append(firstStep, values);
        if (first) this.#showVerdict();
        if (this.series.lastStep >= caughtUpAt) this.#rate.mark(this.series.lastStep, performance.now());
        this.lossChart.refresh();
        this.#showFiguresSoon();
      },
      epoch: (row) => {
        this.epochs = [...this.epochs.filter((known) => known.epoch !== row.epoch), row];
        const { epoch, train_accuracy, test_accuracy } = row;
        this.run = { ...this.run, epoch, train_accuracy, test_accuracy };
        this.accuracyChart.refresh();
        this.lossChart.refresh();
        this.#news();
      },
      state: (name, detail) => this.#connection(name, detail),
    });
  }

  #take(run) {
    if (run.status !== this.run.status) this.#rate.reset();
    this.run = run;
    this.#news();
  }

  #connection(name, detail) {
    if (name === "reconnecting") {
      this.#rate.reset();
      this.#showFigures();
      this.#say("reconnecting…");
    } else if (name === "caught-up") {
      this.#say(detail ? `caught up ${plural(detail, "iteration")}` : "connected again", NOTE_MS);
    } else if (name === "refused") {
      this.#say(detail);
    }
    if (name === "over" || name === "refused") {
      this.#stream = null;
      this.#news();
    }
  }

  #say(words, forMs = 0) {
    clearTimeout(this.#noteTimer);
    setText(this.#parts.connection, words);
    if (forMs) this.#noteTimer = setTimeout(() => setText(this.#parts.connection, ""), forMs);
  }

  #news() {
    const { run } = this;
    const { name, status, actions } = this.#parts;
    const dot = el("span", { class: "run-dot" });
    dot.style.background = colourOf(run.id);
    if (name.textContent !== run.name) {
      const onItsPage = document.body.dataset.page === "run";
      name.replaceChildren(dot, onItsPage ? run.name : el("a", { href: `/runs/${run.id}` }, run.name));
    }
    setText(status, statusWord(run.status));
    status.dataset.status = run.status;
    // Once it was seen going on, it keeps its place above the form.
    this.wasGoing ||= run.active || run.status === "paused";
    this.#root.dataset.active = String(this.wasGoing);
    showActions(actions, run, this.#options.actions, {
      changed: (changed) => {
        this.#take(changed);
        if (!this.#stream) this.#follow();
      },
      deleted: this.#options.deleted,
      failed: (message) => this.#say(message),
    });
    this.#showFigures();
    this.#showVerdict();
    this.#countMistakes();
    this.#options.changed?.(run, this.epochs);
  }

  #showFiguresSoon() {
    this.#timer ||= setTimeout(() => this.#showFigures(), FIGURES_PAUSE_MS);
  }

  #showFigures() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const { run, series } = this;
    const { bar, epoch, step, speed, left } = this.#parts;
    const now = Math.max(series.lastStep, run.step);
    document.dispatchEvent(new CustomEvent("runnews", { detail: { ...run, step: now } }));
    bar.value = run.steps_total ? now / run.steps_total : 0;
    const epochNow = run.status === "running" ? Math.min(run.epoch + 1, run.config.epochs) : run.epoch;
    setText(epoch, `${epochNow} of ${run.config.epochs}`);
    setText(step, `${count(now)} of ${count(run.steps_total)}`);
    const under = run.status === "running" || run.status === "queued" || run.status === "paused";
    setText(this.#parts["speed-label"], under ? "Speed" : "Took");
    setText(this.#parts["left-label"], under ? "Left" : "Test accuracy");
    const perSecond = run.status === "running" ? this.#rate.perSecond : null;
    if (under) {
      setText(speed, perSecond ? `${count(perSecond)} it/s` : "–");
      setText(left, perSecond ? duration((run.steps_total - now) / perSecond) : "–");
    } else {
      setText(speed, tookWords(run));
      setText(left, percent(run.test_accuracy));
    }
  }

  #showVerdict() {
    const wrong = this.#wrong.epoch === this.run.epoch ? this.#wrong.total : null;
    const { tone, parts } = verdict(this.run, this.series.lastSmooth, wrong, this.#progress);
    const node = this.#parts.verdict;
    node.dataset.tone = tone;
    const text = parts.map((part) => part.text ?? part).join("");
    if (node.textContent === text) return;
    node.replaceChildren(...parts.map((part) => (part.href ? el("a", { href: part.href }, part.text) : part)));
  }

  async #countMistakes() {
    const { run } = this;
    if (run.active || run.epoch === 0 || this.#wrong.epoch === run.epoch) return;
    this.#wrong = { epoch: run.epoch, total: null };
    try {
      const { total } = await api.failures(run.id, { epoch: run.epoch, limit: 1 });
      if (this.run.id !== run.id) return;
      this.#wrong = { epoch: run.epoch, total };
      this.#showVerdict();
    } catch {
      // The sentence stands without the number too.
    }
  }

  async #showOrigin(run) {
    const key = this.#parts["parent-key"];
    const { origin } = this.#parts;
    key.hidden = true;
    origin.hidden = !run.parent;
    if (!run.parent) return;
    origin.replaceChildren(`Goes on from epoch ${run.parent.epoch} of a run that is gone`);
    const parent = await loadParent(run.parent).catch(() => null);
    if (!parent || this.run.id !== run.id) return;
    origin.replaceChildren(`Goes on from epoch ${run.parent.epoch} of `, el("a", { href: `/runs/${parent.id}` }, parent.name));
    this.#parent = parent;
    this.#parts["parent-colour"].style.background = parent.colour;
    key.hidden = false;
    this.lossChart.refresh();
  }

  #lossView() {
    const { run, series, epochs } = this;
    // No empty axes first: what there is to draw comes in a moment.
    if (!run || series.length === 0) return null;
    const parent = this.#parts["parent-shown"].checked ? this.#parent : null;
    const firstStep = Math.max(0, series.firstStep - 1);
    const logarithmic = this.#parts["log-scale"].checked;
    const reached = Math.max(run.step, series.lastStep);
    return { id: run.id, series, epochs, reached, stepsTotal: run.steps_total, firstStep, parent, logarithmic };
  }

  #accuracyView() {
    const { run, epochs } = this;
    if (!run || epochs.length === 0) return null;
    return { id: run.id, epochs, epochsTotal: run.config.epochs, firstEpoch: run.parent?.epoch ?? 0 };
  }
}
