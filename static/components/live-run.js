// A run as it goes: its name and actions, its figures, a sentence about it, its charts.

import { address } from "../lib/api.js";
import { ChartView } from "../lib/charts/chart-view.js";
import { placeWords } from "../lib/cluster.js";
import { LightElement } from "../lib/element.js";
import { count, duration, percent } from "../lib/format.js";
import { colourOf } from "../lib/runs/run-colours.js";
import { RunFollower } from "../lib/runs/run-follower.js";
import { isEnded, progressWords, statusWord, tookWords, verdict } from "../lib/runs/run-words.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import "./charts/accuracy-chart.js";
import "./cluster-note.js";
import "./charts/loss-chart.js";
import "./run-actions.js";
import "./charts/statistics-charts.js";
import "./term-help.js";

const FIGURES_PAUSE_MS = 250;

/**
 * Shows a run and follows it.
 *
 * Properties: `run`, its JSON, or null to show nothing; a newer one of the same run only updates,
 * another run is followed anew; `actions`, those to offer; `heading`, 1 or 2, the level of its name,
 * which is a link at level 2. Events, none of which bubbles: `runchange`, with the detail `{run,
 * epochs}`, at every news but losses; `deleted`.
 */
class LiveRun extends LightElement {
  static properties = {
    run: { attribute: false },
    actions: { attribute: false },
    heading: { type: Number },
  };

  #follower = null;
  #timer = 0;
  #wasGoing = false;
  #view = ChartView.ofAddress();

  constructor() {
    super();
    this.run = null;
    this.actions = [];
    this.heading = 2;
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) this.#follow();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#leave();
  }

  willUpdate(changed) {
    if (!changed.has("run")) return;
    if (this.run?.id === this.#follower?.run.id) {
      this.#follower?.sync(this.run);
      return;
    }
    if (this.#follower) this.#view.reset();
    this.#follow();
  }

  #follow() {
    this.#leave();
    if (!this.run) return;
    this.#wasGoing = false;
    this.#follower = new RunFollower(this.run, {
      news: () => this.#news(),
      losses: () => {
        this.querySelector("loss-chart")?.refresh();
        this.#timer ||= setTimeout(() => this.#update(), FIGURES_PAUSE_MS);
      },
    });
  }

  #leave() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#follower?.close();
    this.#follower = null;
  }

  #news() {
    this.#update();
    const { run, epochs } = this.#follower;
    this.dispatchEvent(new CustomEvent("runchange", { detail: { run, epochs } }));
  }

  #update() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.requestUpdate();
    const { run, step } = this.#follower;
    // The badge in the bar knows as soon as this element.
    document.dispatchEvent(new CustomEvent("runnews", { detail: { ...run, step } }));
  }

  render() {
    if (!this.#follower) return nothing;
    const { run, step } = this.#follower;
    // Once it was seen going on, it keeps its place above the form.
    this.#wasGoing ||= !isEnded(run);
    const place = placeWords(run);
    return html`
      <section class="live" aria-label="Run" data-active=${this.#wasGoing}>
        <header class="live-head">
          ${this.#name(run)}
          <span class="status" data-part="status" data-status=${run.status}>${statusWord(run.status)}</span>
          <run-actions class="actions" .run=${run} .offered=${this.actions}
            @changed=${this.#acted}
            @deleted=${() => this.dispatchEvent(new CustomEvent("deleted"))}
            @failed=${this.#failed}></run-actions>
        </header>
        ${run.parent ? html`<p class="origin">Goes on from epoch ${run.parent.epoch} of ${this.#parentName()}</p>` : nothing}
        ${run.sweep ? html`<p class="origin">Trial ${run.sweep.number} of <a href="/sweeps/${run.sweep.id}">a sweep</a></p>` : nothing}
        ${place ? html`<p class="origin">${place}. ${isEnded(run) ? nothing : html`<cluster-note></cluster-note>`}</p>` : nothing}
        <progress max="1" .value=${run.steps_total ? step / run.steps_total : 0} aria-label="Progress of the training"></progress>
        ${this.#figures()}
        ${this.#foot()}
      </section>
      ${this.#charts()}
      ${this.#findings()}`;
  }

  // The run may be gone from the page before an action on it is answered.
  #acted = ({ detail }) => this.#follower?.take(detail);

  #failed = ({ detail }) => this.#follower?.say(detail);

  #name(run) {
    const dot = html`<span class="run-dot" style=${styleMap({ background: colourOf(run) })}></span>`;
    if (this.heading === 1) return html`<h1 class="run-name">${dot}${run.name}</h1>`;
    return html`<h2 class="run-name">${dot}<a href="/runs/${run.id}">${run.name}</a></h2>`;
  }

  #parentName() {
    const { parent } = this.#follower;
    return parent ? html`<a href="/runs/${parent.id}">${parent.name}</a>` : "a run that is gone";
  }

  #figures() {
    const { run, step, perSecond } = this.#follower;
    const epoch = run.status === "running" ? Math.min(run.epoch + 1, run.config.epochs) : run.epoch;
    const figure = (part, label, words) => html`<div><dt>${label}</dt><dd data-part=${part}>${words}</dd></div>`;
    return html`<dl class="figures">
      ${figure("epoch", "Epoch", `${count(epoch)} of ${count(run.config.epochs)}`)}
      ${figure("step", "Iteration", `${count(step)} of ${count(run.steps_total)}`)}
      ${run.active ? [
        figure("speed", "Speed", perSecond ? `${count(perSecond)} it/s` : "–"),
        figure("left", "Left", perSecond ? duration((run.steps_total - step) / perSecond) : "–"),
      ] : [
        figure("speed", "Took", tookWords(run)),
        figure("left", "Test accuracy", percent(run.test_accuracy)),
      ]}
    </dl>`;
  }

  // The sentence about a run that trains changes often and is not announced, the verdict is.
  #foot() {
    const { run, series, progress, mistakes, findings, isSettled, note } = this.#follower;
    const isTraining = run.status === "running";
    const isQueued = run.status === "queued";
    const advice = findings.find(({ action }) => action);
    const { tone, parts } = isSettled || isQueued ? verdict(run, mistakes, findings) : { tone: "plain", parts: [] };
    return html`<div class="live-foot">
      <div class="live-words">
        <p class="verdict" data-part="verdict" role="status" data-tone=${tone}>${parts.map((part) => (
          part.href ? html`<a href=${part.href}>${part.text}</a>` : part))}</p>
        <p>${isTraining ? progressWords(run, series.length > 0, progress) : nothing}</p>
        <p class="connection" data-part="connection" aria-live="polite">${note}</p>
      </div>
      <div class="live-links">
        ${isTraining && run.epoch > 0 ? html`<a class="button small" href="/draw?run=${run.id}">Draw one now</a>` : nothing}
        ${isEnded(run) && isSettled ? html`
          ${advice ? html`<a class="button small" href=${again(run, advice.changes)}>${advice.action}</a>` : nothing}
          <a class="button small" href=${again(run)}>Run again</a>` : nothing}
      </div>
    </div>`;
  }

  #charts() {
    const { run, series, epochs, parent, isShort, step, stepsToShow, epochsToShow, scale, layers, statistics } = this.#follower;
    const column = (name) => epochs.map((row) => row[name]);
    const steps = column("step");
    const losses = [
      { id: run.id, name: "loss", colour: "var(--train)", series },
      { id: "test", name: "test loss", colour: "var(--test)", steps, values: column("test_loss") },
    ];
    const isValidated = run.config.validation > 0;
    if (isValidated) losses.push({ id: "validation", name: "validation loss", colour: "var(--validation)", steps, values: column("validation_loss") });
    if (parent) losses.push({ ...parent, endsAt: "fork" });
    const rows = parent?.start ? [parent.start, ...epochs] : epochs;
    const accuracy = (name, words, colour, dash) => ({
      id: name, name: words, colour, dash, steps: rows.map((row) => row.step),
      epochs: rows.map((row) => row.epoch), values: rows.map((row) => row[name]),
    });
    const accuracies = [
      accuracy("train_accuracy", "training accuracy", "var(--train)", "solid"),
      { ...accuracy("test_accuracy", "test accuracy", "var(--test)", "6px,3px"), isJudge: true },
    ];
    if (isValidated) accuracies.push(accuracy("validation_accuracy", "validation accuracy", "var(--validation)", "2px,3px"));
    return html`
      <loss-chart .subject=${run.id} .view=${this.#view} .scale=${scale} .curves=${losses} .epochs=${epochs} .stepsTotal=${stepsToShow} .reached=${step}
        .isWhole=${isShort}></loss-chart>
      <accuracy-chart .subject=${run.id} .view=${this.#view} .scale=${scale} .curves=${accuracies} .epochs=${epochs} .firstEpoch=${run.parent?.epoch ?? 0}
        .epochsTotal=${epochsToShow} .isWhole=${isShort} .bestEpoch=${run.best_epoch}></accuracy-chart>
      <statistics-charts .layers=${layers} .statistics=${statistics} .size=${statistics.steps.length} .stepsTotal=${stepsToShow}
        .isWhole=${isShort} .view=${this.#view} .scale=${scale} @wanted=${() => this.#follower?.wantStatistics()}></statistics-charts>`;
  }

  #findings() {
    const { run, findings } = this.#follower;
    if (!findings.length) return nothing;
    // An action that several findings suggest has one button.
    const isFirst = (action, i) => findings.findIndex((finding) => finding.action === action) === i;
    return html`<section class="panel findings" aria-label="Diagnosis">
      <h2>What the numbers say</h2>
      <ul>${findings.map(({ kind, tone, text, evidence, changes, action }, i) => html`<li data-tone=${tone}>
        <p>${text} <term-help term=${kind}></term-help></p>
        <p class="about">${evidence}</p>
        ${action && isFirst(action, i) ? html`<a class="button small" href=${again(run, changes)}>${action}</a>` : nothing}
      </li>`)}</ul>
    </section>`;
  }
}

/** Address of the form filled in with a run's settings, some of them changed. */
function again(run, changes = {}) {
  return address("/", { again: run.id, ...changes });
}

customElements.define("live-run", LiveRun);
