// The page of one run: the run as it goes, its settings, its epochs.

import "../components/live-run.js";
import { epochTable } from "../components/epoch-table.js";
import { runConfig } from "../components/run-config.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { RETRY_MS } from "../lib/reconnect.js";
import { watchRuns } from "../lib/runs/run-list.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import "./weights-panel.js";

const ACTIONS = ["pause", "resume", "stop", "fork", "delete"];

/** Attribute `run`: the id. Says so when the run is deleted elsewhere. */
class RunPage extends LightElement {
  static properties = {
    runId: { attribute: "run" },
    run: { state: true },
    epochs: { state: true },
    gone: { state: true },
    problem: { state: true },
  };

  #stopWatching = null;
  #retry = 0;

  constructor() {
    super();
    this.run = null;
    this.epochs = [];
    this.gone = "";
    this.problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stopWatching?.();
    clearTimeout(this.#retry);
  }

  // The latest epoch stays in sight, unless the user is at the table.
  updated(changed) {
    if (this.run) document.title = `${this.run.name} · Digitscope`;
    const table = this.querySelector(".epochs-scroll");
    if (changed.has("epochs") && !table?.matches(":hover, :focus-within")) table?.scrollTo(0, table.scrollHeight);
  }

  async #load() {
    try {
      this.run = await api.getRun(this.runId);
    } catch (problem) {
      if (problem.status === 404) this.gone = problem.message;
      else this.#retryLater(problem);
      return;
    }
    if (this.isConnected) this.#stopWatching = watchRuns((runs) => this.#listed(runs.find(({ id }) => id === this.runId)));
  }

  // The server was away, or had no time: that says nothing about the run.
  #retryLater({ message }) {
    this.problem = message;
    if (this.isConnected) this.#retry = setTimeout(() => this.#load(), RETRY_MS);
  }

  #listed(run) {
    if (run) this.run = run;
    else this.gone = "It was deleted, with all that it stored.";
  }

  // The list no longer matters once this page leaves.
  #leave = () => {
    this.#stopWatching();
    location.assign("/runs");
  };

  render() {
    if (this.gone) {
      return html`<section class="panel empty-page">
        <h1>This run isn't here</h1>
        <p role="status">${this.gone}</p>
        <a class="button primary" href="/runs">See all runs</a>
      </section>`;
    }
    if (!this.run) {
      return this.problem ? html`<section class="panel empty-page">
        <h1>The run isn't loaded yet</h1>
        <p role="status">${this.problem} This page tries again every few seconds.</p>
      </section>` : nothing;
    }
    return html`<div class="run-page">
      <live-run class="watch" .run=${this.run} .actions=${ACTIONS} heading="1"
        @runchange=${({ detail }) => { this.epochs = detail.epochs; }} @deleted=${this.#leave}></live-run>
      <aside class="side" aria-label="Details">
        <section class="panel" aria-labelledby="settings-title">
          <h2 id="settings-title">Settings</h2>
          ${runConfig(this.run)}
        </section>
        <section class="panel" aria-labelledby="epochs-title">
          <h2 id="epochs-title">Epochs</h2>
          ${epochTable(this.run.id, this.epochs, this.run.best_epoch)}
        </section>
      </aside>
      <weights-panel .run=${this.run} .last=${this.epochs.at(-1)?.epoch ?? this.run.epoch}></weights-panel>
    </div>`;
  }
}

customElements.define("run-page", RunPage);
