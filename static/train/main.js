// The page that starts a run and shows it, and the other runs on their way.

import "../components/live-run.js";
import { LightElement } from "../lib/element.js";
import { startPage } from "../lib/page/page.js";
import { pageData } from "../lib/page-data.js";
import { startPresenting } from "../lib/page/presenting.js";
import { watchRuns } from "../lib/runs/run-list.js";
import { isReturn, keep, recall } from "../lib/session-state.js";
import { urlValue } from "../lib/url-state.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import "./run-form.js";
import { isOpen, openRuns, queueWords, switchTemplate } from "./run-switch.js";

startPage();
startPresenting();

const ACTIONS = ["pause", "resume", "stop", "fork"];
const SHOWN = "train-shown";

/** The page: the form, and a run as it goes; the welcome while there is no run. */
class TrainPage extends LightElement {
  static properties = {
    /** All runs, newest first; null until the server tells them. */
    runs: { state: true },
    isAway: { state: true },
    /** Id of the run that the page shows; null for none. */
    shownId: { state: true },
    /** Name of the run that was shown until it was deleted elsewhere; null for none. */
    deletedName: { state: true },
    isStartGone: { state: true },
    /** The run that was started here last, which the list may not have yet. */
    started: { state: true },
  };

  #stop = null;
  // Whether the shown run was on its way since it is shown: then it stays when another one starts.
  #wasOpen = false;
  #known = new Set();

  constructor() {
    super();
    this.runs = null;
    this.isAway = false;
    this.shownId = null;
    this.deletedName = null;
    this.isStartGone = false;
    this.started = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#stop = watchRuns(this.#listed, { early: true, evenAway: true });
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
  }

  get #shown() {
    return this.runs?.find(({ id }) => id === this.shownId) ?? null;
  }

  #listed = (listed, total = 0) => {
    this.isAway = listed === null;
    if (!listed) return;
    const { started } = this;
    const shown = this.#shown;
    const isMissing = (id) => this.#known.has(id) && listed.length === total && !listed.some((run) => run.id === id);
    this.runs = started && !this.#known.has(started.id) && !listed.some(({ id }) => id === started.id) ? [started, ...listed] : listed;
    if (shown && isMissing(shown.id)) {
      this.deletedName = shown.name;
      this.shownId = null;
    }
    this.isStartGone ||= isMissing(startId());
    for (const { id } of listed) this.#known.add(id);
    this.#choose();
  };

  // A run that was started elsewhere appears, unless one is or was followed here already.
  #choose() {
    const [next] = openRuns(this.runs);
    const shown = this.#shown;
    this.#wasOpen ||= Boolean(shown && isOpen(shown));
    if (shown) {
      if (next?.active && !this.#wasOpen) this.#show(next);
      return;
    }
    const remembered = this.runs.find((run) => run.id === recall(SHOWN) && isOpen(run));
    const first = remembered ?? next ?? (this.deletedName ? null : this.runs.find(({ id }) => id === startId()) ?? this.runs[0]);
    if (first) this.#show(first);
  }

  #show(run) {
    this.shownId = run.id;
    this.#wasOpen = isOpen(run);
    keep(SHOWN, run.id);
  }

  // A run that waits doesn't hide one that trains.
  async #start({ detail: run }) {
    this.started = run;
    this.deletedName = null;
    if (!this.runs?.some(({ id }) => id === run.id)) this.runs = [run, ...(this.runs ?? [])];
    if (this.#shown?.status !== "running") this.#show(run);
    await this.updateComplete;
    const watch = this.querySelector(".watch");
    const { top } = watch.getBoundingClientRect();
    const bar = document.querySelector(".bar").offsetHeight;
    if (top < bar || top > innerHeight * 0.7) watch.scrollIntoView();
  }

  render() {
    // The first rendering is the whole page, so nothing moves afterwards.
    if (!this.runs && !this.isAway) return nothing;
    const shown = this.#shown;
    // A link to a fork or to a run again asks for the form; after a reload a run on its way comes first.
    const isFormFirst = startId() !== null && !this.started && !(isReturn() && shown && isOpen(shown));
    const isFirstVisit = this.runs?.length === 0 && !this.deletedName;
    return html`
      <h1 class="sr-only">Train</h1>
      <div class="train" ?data-run=${shown !== null} ?data-form-first=${isFormFirst}>
        <run-form .isGone=${this.isStartGone} @started=${this.#start}></run-form>
        <div class="watch">
          ${isFirstVisit ? welcome() : nothing}
          ${this.deletedName ? html`
            <p class="panel notice" role="alert">“${this.deletedName}” was deleted, with all that it stored. <a href="/runs">See the other runs</a></p>` : nothing}
          ${shown ? html`<a class="button jump" href="#run-form">New run</a>` : nothing}
          ${this.runs ? switchTemplate(this.runs, shown, (run) => this.#show(run)) : nothing}
          <p class="sr-only" aria-live="polite">${this.#queued()}</p>
          <live-run .run=${shown} .actions=${ACTIONS} .heading=${2}></live-run>
        </div>
      </div>`;
  }

  /** Announcement of the run that was started last, while it waits and another one is shown. */
  #queued() {
    const run = this.runs?.find(({ id }) => id === this.started?.id);
    return run?.status === "queued" && run.id !== this.shownId ? `${run.name}: ${queueWords(run)}` : "";
  }
}

function startId() {
  return urlValue("fork") ?? urlValue("again");
}

function welcome() {
  const standard = Object.fromEntries(pageData.fields.map((field) => [field.name, field.default]));
  return html`
    <section class="panel welcome">
      <h2>Watch a network learn to read</h2>
      <p>It starts with random weights, looks at ${standard.batch_size} handwritten digits at a time, and corrects itself a little after each batch. In ${standard.epochs} epochs it goes from guessing to reading nearly all of them. You see every iteration as it happens.</p>
      <p>The settings on this page are good as they are. Press <strong>Start training</strong>.</p>
      <p><a href="/learn">Learn how a network learns</a>, in seven short chapters.</p>
    </section>`;
}

customElements.define("train-page", TrainPage);
