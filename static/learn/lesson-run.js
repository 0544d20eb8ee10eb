// A run that a task starts and follows; it is found again after a reload.

import * as api from "../lib/api.js";
import { preference, setPreference } from "../lib/preferences.js";
import { RunFollower } from "../lib/runs/run-follower.js";
import { RunListController } from "../lib/runs/run-list.js";
import { isEnded, progressWords, statusWord } from "../lib/runs/run-words.js";
import { html, nothing } from "../vendor/lit-all.min.js";

const STARTED = "learn-runs";

/** A run of a task's element, which renders again at its news and calls `ended()` when it is over. */
export class LessonRun {
  #host;
  #list;
  // Id of the run to be found in the list, null for none.
  #wanted = null;
  #follower = null;
  #isOver = false;
  #ended;

  constructor(host, ended) {
    this.#host = host;
    this.#ended = ended;
    this.#list = new RunListController(host);
    host.addController(this);
  }

  hostUpdate() {
    if (!this.#wanted || !this.#list.runs) return;
    const run = this.#list.runs.find(({ id }) => id === this.#wanted);
    this.#wanted = null;
    if (run) this.#follow(run);
  }

  hostDisconnected() {
    this.leave();
  }

  /** The run as the API has it, null for none, and its losses. */
  get run() { return this.#follower?.run ?? null; }

  get series() { return this.#follower?.series ?? null; }

  get isEnded() { return Boolean(this.run && isEnded(this.run)); }

  /** Follow the run that was started under a name before, if it is still there. */
  resume(name) {
    this.leave();
    this.#wanted = preference(STARTED, {})[name] ?? null;
    this.#host.requestUpdate();
  }

  /** Start a run with this name and these settings, unless one trains. */
  async start(name, settings) {
    if (this.run && !this.isEnded) return;
    this.leave();
    const run = await api.createRun({ name, ...settings });
    setPreference(STARTED, { ...preference(STARTED, {}), [name]: run.id });
    this.#follow(run);
  }

  /** Follow no run any more. */
  leave() {
    this.#follower?.close();
    this.#follower = null;
    this.#wanted = null;
    this.#isOver = false;
  }

  #follow(run) {
    this.#follower = new RunFollower(run, { news: () => this.#news(), losses: () => this.#host.requestUpdate() }, { hasVerdict: false });
    this.#news();
  }

  #news() {
    this.#host.requestUpdate();
    if (!this.#follower || !this.isEnded || this.#isOver || this.series.lastStep < this.run.step) return;
    this.#isOver = true;
    this.#ended();
  }

  /** A sentence about the run, with a link to its page. */
  words() {
    if (!this.run) return nothing;
    const { run, series, progress } = this.#follower;
    const words = run.status === "running" ? progressWords(run, series.length > 0, progress) : `${statusWord(run.status)}.`;
    return html`<p aria-live="polite"><a href="/runs/${run.id}">${run.name}</a>: ${words}</p>`;
  }
}
