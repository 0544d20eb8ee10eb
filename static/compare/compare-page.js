// Several runs side by side: their curves in the same charts, and what tells them apart.

import * as api from "../lib/api.js";
import { chartSettings, ChartSettingsController } from "../lib/charts/chart-settings.js";
import { ChartView } from "../lib/charts/chart-view.js";
import { LightElement } from "../lib/element.js";
import { percent, plural } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { lineStyles } from "../lib/runs/run-colours.js";
import { RunFollower } from "../lib/runs/run-follower.js";
import { RunListController } from "../lib/runs/run-list.js";
import { isEnded, statusWord } from "../lib/runs/run-words.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, nothing, repeat, styleMap } from "../vendor/lit-all.min.js";
import "../components/charts/accuracy-chart.js";
import "../components/charts/loss-chart.js";
import { comparisonTable } from "./comparison-table.js";
import { meanCurve, seedGroups } from "./differences.js";
import "./experiments.js";
import "./parallel-chart.js";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const REDRAW_PAUSE_MS = 250;
const SEEDS = 5;
const MEAN_POINTS = 400;
const FEWEST_FOR_PARALLEL = 5;

class ComparePage extends LightElement {
  static properties = {
    ids: { state: true },
    hiddenIds: { state: true },
    joinsSeeds: { state: true },
    experiment: { state: true },
    problem: { state: true },
  };

  #list = new RunListController(this);
  #followers = new Map();
  #timer = 0;
  #view = ChartView.ofAddress();

  constructor() {
    super();
    new ChartSettingsController(this);
    const list = (name) => urlValue(name, "").split(",").filter(Boolean);
    this.ids = [...new Set(list("runs"))];
    this.hiddenIds = new Set(list("hidden"));
    this.joinsSeeds = urlValue("seeds") === "1";
    this.experiment = urlValue("experiment");
    this.problem = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    for (const follower of this.#followers.values()) follower.close();
    this.#followers.clear();
    clearTimeout(this.#timer);
  }

  /** The runs of the comparison that exist, in the order of the address. */
  get #runs() {
    const known = new Map((this.#list.runs ?? []).map((run) => [run.id, run]));
    return this.ids.filter((id) => known.has(id)).map((id) => known.get(id));
  }

  willUpdate() {
    const runs = this.#runs;
    const listener = { news: this.#changed, losses: this.#changed };
    for (const run of runs) {
      if (!this.#followers.has(run.id)) this.#followers.set(run.id, new RunFollower(run, listener, { hasVerdict: false }));
      else this.#followers.get(run.id).sync(run);
    }
    for (const [id, follower] of this.#followers) {
      if (runs.some((run) => run.id === id)) continue;
      follower.close();
      this.#followers.delete(id);
    }
  }

  #changed = () => {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      this.requestUpdate();
    }, REDRAW_PAUSE_MS);
  };

  #choose(ids, experiment = null) {
    this.ids = ids;
    this.hiddenIds = new Set([...this.hiddenIds].filter((id) => ids.includes(id)));
    this.experiment = experiment;
    this.#remember();
  }

  // The button that was pressed goes: the focus moves to that of the run that takes its place.
  async #takeOut({ id }) {
    const place = this.#runs.findIndex((run) => run.id === id);
    this.#choose(this.ids.filter((other) => other !== id), this.experiment);
    await this.updateComplete;
    const buttons = this.querySelectorAll(".compare-buttons button:last-child");
    (buttons[Math.min(place, buttons.length - 1)] ?? document.querySelector("main")).focus();
  }

  #toggle(id) {
    const hidden = new Set(this.hiddenIds);
    if (!hidden.delete(id)) hidden.add(id);
    this.hiddenIds = hidden;
    this.#remember();
  }

  #remember() {
    setUrlValues({
      runs: this.ids.join(","),
      hidden: [...this.hiddenIds].join(","),
      seeds: this.joinsSeeds ? "1" : null,
      experiment: this.experiment,
    });
  }

  async #repeat(run) {
    this.problem = "";
    try {
      const { config } = run;
      const started = [];
      for (let seed = config.seed + 1; seed < config.seed + SEEDS; seed += 1) {
        const name = `${run.name.slice(0, 60)}, seed ${seed}`;
        started.push((await api.createRun({ ...config, seed, name })).id);
      }
      this.joinsSeeds = true;
      this.#choose([...this.ids, ...started]);
    } catch (problem) {
      this.problem = problem.message;
    }
  }

  /** Letter, colour and dash of each run, by its id. */
  #keys(runs) {
    const styles = lineStyles(runs);
    return new Map(runs.map((run, i) => [run.id, { letter: letter(i), ...styles.get(run.id) }]));
  }

  render() {
    if (this.#list.runs === null) return nothing;
    const runs = this.#runs;
    return html`
      <header class="page-head">
        <h1>Compare</h1>
        <p class="muted">${runs.length ? plural(runs.length, "run") : "Runs side by side"}</p>
        ${runs.length ? html`<a class="button" href="/runs">Choose runs</a>` : nothing}
      </header>
      ${this.ids.length > runs.length ? html`<p class="notice" role="status">${plural(this.ids.length - runs.length, "run")} of this comparison can't be found: deleted, or of another server.</p>` : nothing}
      ${runs.length ? this.#comparison(runs) : this.#start()}`;
  }

  #start() {
    return html`
      <section class="panel empty-page">
        <h2>Nothing to compare yet</h2>
        <p>Choose two or more runs in the list and press Compare, or start one of the experiments below.</p>
        <a class="button primary" href="/runs">Choose runs</a>
      </section>
      ${this.#experiments()}`;
  }

  #experiments() {
    return html`<section aria-labelledby="experiments-title">
      <h2 id="experiments-title" class="section-title">Experiments that teach</h2>
      <experiment-cards @started=${({ detail }) => this.#choose(detail.ids, detail.experiment)}></experiment-cards>
    </section>`;
  }

  #comparison(runs) {
    const keys = this.#keys(runs);
    const groups = seedGroups(runs);
    const hasSeeds = groups.length < runs.length;
    const shown = runs.filter(({ id }) => !this.hiddenIds.has(id));
    const experiment = pageData.experiments.find(({ name }) => name === this.experiment);
    return html`
      ${experiment ? html`<p class="notice"><strong>${experiment.question}</strong> Look for: ${experiment.look_for}</p>` : nothing}
      <div class="compare">
        <section class="panel compare-runs" aria-labelledby="compare-runs-title">
          <h2 id="compare-runs-title">Runs</h2>
          <ul>${repeat(runs, ({ id }) => id, (run) => this.#run(run, keys.get(run.id)))}</ul>
          ${hasSeeds ? html`<label class="compare-seeds"><input type="checkbox" .checked=${this.joinsSeeds}
            @change=${({ target }) => { this.joinsSeeds = target.checked; this.#remember(); }}>One line for runs that differ in the seed alone</label>` : nothing}
          <p class="problem" role="alert">${this.problem}</p>
        </section>
        <div class="compare-charts">${this.#charts(shown, keys, this.joinsSeeds && hasSeeds)}</div>
        <section class="panel" aria-labelledby="differences-title">
          <h2 id="differences-title">What differs</h2>
          ${comparisonTable(runs, keys)}
        </section>
        ${shown.length >= FEWEST_FOR_PARALLEL ? html`<parallel-chart .subject=${this.ids.join()} .runs=${shown} .keys=${keys}></parallel-chart>` : nothing}
      </div>
      ${this.#experiments()}`;
  }

  #run(run, { letter: key, colour }) {
    const isHidden = this.hiddenIds.has(run.id);
    return html`<li data-hidden=${isHidden}>
      <button type="button" class="eye quiet" aria-pressed=${!isHidden} aria-label="Show ${key}, ${run.name}" @click=${() => this.#toggle(run.id)}>
        <span class="run-letter" style=${styleMap({ borderColor: colour })}>${key}</span>
      </button>
      <span class="compare-name"><a href="/runs/${run.id}">${run.name}</a>
        <span class="about">${statusWord(run.status)}${run.test_accuracy === null ? "" : ` · ${percent(run.test_accuracy)}`}</span></span>
      <span class="compare-buttons">
        ${isEnded(run) ? html`<button type="button" class="small quiet" title="Repeat it with ${SEEDS - 1} more seeds, to see how much is chance"
          aria-label="${SEEDS} seeds: repeat ${run.name}" @click=${() => this.#repeat(run)}>${SEEDS} seeds</button>` : nothing}
        <button type="button" class="small quiet" aria-label="Take out ${run.name}"
          @click=${() => this.#takeOut(run)}>Take out</button>
      </span>
    </li>`;
  }

  #charts(runs, keys, joins) {
    const groups = joins ? seedGroups(runs) : runs.map((run) => [run]);
    const losses = groups.map((group) => this.#lossCurve(group, keys));
    const accuracies = groups.map((group) => this.#accuracyCurve(group, keys));
    const followed = runs.map((run) => this.#followers.get(run.id));
    const subject = runs.map(({ id }) => id).join();
    // The zoom is kept in iterations of the longest run.
    const [longest] = followed.toSorted((a, b) => b.run.steps_total - a.run.steps_total);
    return html`
      <loss-chart .subject=${subject} .view=${this.#view} .scale=${longest?.scale} .curves=${losses} .stepsTotal=${Math.max(1, ...followed.map(({ stepsToShow }) => stepsToShow))}
        .reached=${Math.max(1, ...followed.map(({ series }) => series.lastStep))} .isComparison=${true}></loss-chart>
      <accuracy-chart .subject=${subject} .view=${this.#view} .scale=${longest?.scale} .curves=${accuracies} .firstEpoch=${Math.min(...runs.map((run) => run.parent?.epoch ?? 0))}
        .epochsTotal=${Math.max(1, ...followed.map(({ epochsToShow }) => epochsToShow))} .isComparison=${true}></accuracy-chart>`;
  }

  #curve([first, ...others], keys) {
    const { letter: key, colour, dash } = keys.get(first.id);
    const name = others.length ? `${first.name} and ${others.length} more ${others.length === 1 ? "seed" : "seeds"}, mean` : first.name;
    return { id: first.id, name, colour, dash, scale: this.#followers.get(first.id).scale, label: others.length ? `${key}, mean` : key };
  }

  #lossCurve(group, keys) {
    const curve = this.#curve(group, keys);
    const series = group.map(({ id }) => this.#followers.get(id).series);
    if (series.length === 1) return { ...curve, series: series[0] };
    const runs = group.map(({ id, name }, i) => ({ id, name, series: series[i] }));
    const thinned = series.map((each) => {
      each.smoothWith(chartSettings.values.smoothing);
      const { x, y } = each.smoothed(0, each.lastStep, MEAN_POINTS);
      return { steps: x, values: y };
    });
    return { ...curve, ...meanCurve(thinned), runs };
  }

  #accuracyCurve(group, keys) {
    const each = group.map(({ id }) => {
      const { epochs } = this.#followers.get(id);
      return { steps: epochs.map((row) => row.step), values: epochs.map((row) => row.test_accuracy) };
    });
    const curve = this.#curve(group, keys);
    const joined = each.length === 1 ? each[0] : meanCurve(each);
    return { ...curve, ...joined, epochs: joined.steps.map((step) => Math.round(curve.scale.place(step, "epoch"))) };
  }
}

function letter(index) {
  const round = Math.floor(index / LETTERS.length);
  return LETTERS[index % LETTERS.length] + (round ? round + 1 : "");
}

customElements.define("compare-page", ComparePage);
