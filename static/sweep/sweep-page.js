// The page of one sweep: what it has found so far, its charts and its trials.

import { askToDelete } from "../components/delete-dialog.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { count, duration, percent, plural } from "../lib/format.js";
import { choiceOf, pageData } from "../lib/page-data.js";
import { PollController } from "../lib/poll.js";
import { isSettled, objectiveLabel, parameterWords, searchedFields, sweepStatusWord, trialStateWord, valueWords } from "../lib/runs/sweep-words.js";
import { setUrlValues, setUrlValuesSoon, urlValue } from "../lib/url-state.js";
import { html, nothing, repeat } from "../vendor/lit-all.min.js";
import { brushed, brushFrom, brushText } from "./brush.js";
import "./curves-chart.js";
import "./history-chart.js";
import { importanceBars } from "./importance-bars.js";
import "./slice-chart.js";
import { trialAxes } from "./trials-parallel.js";

const ACTIONS = { pause: "Pause", resume: "Resume", stop: "Stop", delete: "Delete…" };
const SEEDS = 5;

class SweepPage extends LightElement {
  static properties = {
    sweep: { type: String },
    brush: { state: true },
    /** The test accuracy of the chosen trial's run; null while none is chosen. */
    tested: { state: true },
    problem: { state: true },
    isBusy: { state: true },
  };

  #poll = new PollController(this, () => api.getSweep(this.sweep), isSettled);

  constructor() {
    super();
    this.brush = brushFrom(urlValue("brush"));
    this.tested = null;
    this.problem = "";
    this.isBusy = false;
  }

  // The focused button, and the group that it is in.
  #focused = null;
  #group = null;

  willUpdate() {
    this.#focused = this.contains(document.activeElement) ? document.activeElement : null;
    this.#group = this.#focused?.closest(".actions, section");
  }

  updated() {
    // A button that goes away takes the focus along: it moves to the next one.
    if (this.#focused && !this.#focused.isConnected) (this.#group?.querySelector("button") ?? document.querySelector("main")).focus();
    const { state } = this.#poll;
    if (!state) return;
    document.title = `${state.name} · Digitscope`;
    const chosen = Number(urlValue("chosen", "-1"));
    if (!this.tested && chosen >= 0) this.#choose(state.trials.find(({ number }) => number === chosen));
  }

  async #act(action) {
    if (this.isBusy) return;
    const { state } = this.#poll;
    this.problem = "";
    try {
      if (action === "delete") {
        const withRuns = await askToDelete({
          title: "Delete this sweep?", text: `“${state.name}” is deleted with the record of its ${plural(state.trials.length, "trial")}.`,
          label: "Delete the sweep", option: "Delete the runs of its trials, too",
        });
        if (withRuns === null) return;
        await api.deleteSweep(state.id, withRuns);
        location.href = "/sweeps";
        return;
      }
      this.isBusy = true;
      await api.actOnSweep(state.id, action);
    } catch (problem) {
      this.problem = problem.message;
    }
    this.isBusy = false;
    await this.#poll.refresh();
  }

  async #choose(trial) {
    if (!trial?.run || this.tested) return;
    try {
      const run = await api.getRun(trial.run);
      this.tested = { number: trial.number, accuracy: run.test_accuracy };
      setUrlValues({ chosen: trial.number });
    } catch (problem) {
      this.problem = problem.message;
    }
  }

  async #repeat(trial) {
    if (this.isBusy) return;
    this.isBusy = true;
    this.problem = "";
    const { state } = this.#poll;
    try {
      const ids = [];
      for (let seed = 0; seed < SEEDS; seed += 1) {
        const config = { ...state.fixed, ...trial.parameters, validation: 0, seed };
        ids.push((await api.createRun({ ...config, name: `${state.name.slice(0, 50)}, best, seed ${seed}` })).id);
      }
      location.href = `/compare?runs=${ids.join(",")}&seeds=1`;
    } catch (problem) {
      this.problem = problem.message;
      this.isBusy = false;
    }
  }

  #brush(brush) {
    this.brush = brush;
    setUrlValuesSoon({ brush: brushText(brush) });
  }

  render() {
    const { state, error } = this.#poll;
    if (!state) return error ? html`<p class="problem" role="alert">${error.message}</p>` : nothing;
    const valued = state.trials.filter(({ value }) => value !== null);
    const chosen = valued.length > 1 ? brushed(trialAxes(state, valued), this.brush, valued) : null;
    return html`
      <header class="page-head">
        <h1>${state.name}</h1>
        <span class="status" role="status" data-part="status" data-status=${state.status}>${sweepStatusWord(state.status)}</span>
        <div class="actions">${repeat(state.actions, (action) => action, (action) => html`<button type="button"
          class="small ${action === "delete" ? "quiet danger" : ""}" aria-disabled=${this.isBusy ? "true" : nothing} @click=${() => this.#act(action)}>${ACTIONS[action]}</button>`)}</div>
        <a class="button" href="/sweeps">All sweeps</a>
      </header>
      <p class="problem" role="alert">${[this.problem, error?.message, state.error].filter(Boolean).join(" ")}</p>
      ${this.#summary(state)}
      <div class="sweep">
        <div class="sweep-side">${this.#best(state)}${importanceBars(state)}</div>
        <history-chart .sweep=${state} .chosen=${chosen}></history-chart>
        <curves-chart .sweep=${state} .chosen=${chosen}></curves-chart>
        <slice-chart .sweep=${state} .chosen=${chosen}></slice-chart>
        <trials-parallel .sweep=${state} .chosen=${chosen} .brush=${this.brush} @brush=${({ detail }) => this.#brush(detail)}></trials-parallel>
        ${this.#trials(state, chosen)}
      </div>`;
  }

  #summary(sweep) {
    const { counts, trials_total: total, trials, fixed } = sweep;
    const done = counts.complete + counts.pruned + counts.failed;
    const epochs = trials.reduce((sum, trial) => sum + trial.epochs, 0);
    const { label } = pageData.sweeps.samplers.find(({ value }) => value === sweep.sampler);
    const pruner = pageData.sweeps.pruners.find(({ value }) => value === sweep.pruner).label;
    const stopping = sweep.pruner === "none" ? "none stopped early" : `bad ones stopped early by ${pruner}`;
    const states = ["running", "waiting", "complete", "pruned", "failed"].filter((state) => counts[state]);
    return html`<div class="sweep-summary">
      <progress max=${Math.max(total, 1)} .value=${Math.min(done, total)} aria-label="Progress of the sweep"></progress>
      <p class="trial-counts"><strong>${count(done)} of ${plural(total, "trial")}</strong>
        ${states.length ? html`(${states.map((state) => `${count(counts[state])} ${trialStateWord(state).toLowerCase()}`).join(", ")})` : nothing}</p>
      <p class="about">${plural(epochs, "epoch")}, of ${count(total * (fixed.epochs ?? 20))} if none were stopped early · ${duration(sweep.seconds)} ·
        chosen by ${label}, ${stopping} · on ${choiceOf("dataset", fixed.dataset)?.label ?? fixed.dataset}, ${percent(fixed.validation, 0)} of the training pictures kept for validation</p>
    </div>`;
  }

  #best(sweep) {
    const best = sweep.trials.find(({ number }) => number === sweep.best);
    const label = objectiveLabel(sweep);
    return html`<section class="panel best-trial" aria-labelledby="best-title">
      <h2 id="best-title">${isSettled(sweep) ? "Best trial" : "Best so far"}</h2>
      <p class="best-value"><strong>${valueWords(sweep, best?.value)}</strong> ${label.toLowerCase()}, ${
        !best ? (isSettled(sweep) ? "no trial was trained to the end" : "known once a trial is complete") : best.run ? html`<a href="/runs/${best.run}">trial ${best.number}</a>` : `trial ${best.number}`}</p>
      <dl>${searchedFields(sweep).map((field) => html`<div><dt>${field.label}</dt><dd>${best ? parameterWords(field, sweep, best) : "–"}</dd></div>`)}</dl>
      ${this.#test(best)}
      <button type="button" class="small" ?disabled=${!best} aria-disabled=${this.isBusy ? "true" : nothing} @click=${() => this.#repeat(best)}>Run it with ${SEEDS} seeds and the full training set</button>
    </section>`;
  }

  #test(best) {
    if (this.tested) {
      return html`<p class="notice" role="status">Test accuracy of trial ${this.tested.number}: <strong>${percent(this.tested.accuracy, 2)}</strong>.
        It stayed hidden until now: whoever chooses by the test set picks what happens to fit it, and its figure promises too much.</p>`;
    }
    return html`<p class="about">The test accuracy is shown once you have chosen: it is to tell how good the choice is, not to make it.</p>
      <button type="button" class="small" ?disabled=${!best?.run} @click=${() => this.#choose(best)}>Choose ${best ? `trial ${best.number}` : "it"}</button>`;
  }

  #trials(sweep, chosen) {
    const fields = searchedFields(sweep);
    const shown = sweep.trials.filter(({ number }) => !chosen || chosen.has(number));
    return html`<section class="panel trials" aria-labelledby="trials-title">
      <h2 id="trials-title">Trials${chosen ? html` <span class="muted">${count(shown.length)} of ${count(sweep.trials.length)} selected</span>` : nothing}</h2>
      <div class="trials-scroll" tabindex="0" role="region" aria-label="Table of trials"><table class="epochs">
        <thead><tr><th scope="col" class="number">Trial</th><th scope="col">State</th><th scope="col" class="number">${objectiveLabel(sweep)}</th>
          <th scope="col" class="number">Epochs</th>${fields.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
        <tbody>${repeat(shown.toReversed(), ({ number }) => number, (trial) => html`<tr data-state=${trial.state}>
          <th scope="row" class="number">${trial.run ? html`<a href="/runs/${trial.run}">${trial.number}</a>` : trial.number}</th>
          <td>${trialStateWord(trial.state)}${trial.number === sweep.best ? html` <span class="best">best</span>` : nothing}</td>
          <td class="number">${valueWords(sweep, trial.value)}</td>
          <td class="number">${trial.epochs}</td>
          ${fields.map((field) => html`<td class="number">${parameterWords(field, sweep, trial)}</td>`)}
        </tr>`)}</tbody>
      </table></div>
    </section>`;
  }
}

customElements.define("sweep-page", SweepPage);
