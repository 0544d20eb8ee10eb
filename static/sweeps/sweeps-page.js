// The page of all sweeps: their list, and the form of a new one.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { count, moment, plural } from "../lib/format.js";
import { PollController } from "../lib/poll.js";
import { isSettled, objectiveLabel, searchedFields, sweepStatusWord, valueWords } from "../lib/runs/sweep-words.js";
import { html, nothing, repeat } from "../vendor/lit-all.min.js";
import "./sweep-form.js";

class SweepsPage extends LightElement {
  #sweeps = new PollController(this, api.sweeps, (sweeps) => sweeps.every(isSettled));

  render() {
    const { state, error } = this.#sweeps;
    return html`
      <header class="page-head">
        <h1>Sweeps</h1>
        ${state?.length ? html`<p class="count muted">${plural(state.length, "sweep")}</p>` : nothing}
        <a class="button" href="/runs">All runs</a>
      </header>
      <p class="problem" role="alert">${error?.message}</p>
      <div class="sweeps">
        <sweep-form @started=${({ detail }) => { location.href = `/sweeps/${detail.id}`; }}></sweep-form>
        ${state === null ? nothing : state.length ? this.#list(state) : EMPTY}
      </div>`;
  }

  #list(sweeps) {
    return html`<ul class="sweep-list" aria-label="Sweeps">${repeat(sweeps, ({ id }) => id, (sweep) => html`<li class="panel">
      <h2><a href="/sweeps/${sweep.id}">${sweep.name}</a></h2>
      <span class="status" data-status=${sweep.status}>${sweepStatusWord(sweep.status)}</span>
      <p>${progressWords(sweep)}</p>
      <p class="about">${searchedFields(sweep).map(({ label }) => label).join(", ")} · ${moment(sweep.created_at)}</p>
    </li>`)}</ul>`;
  }
}

function progressWords(sweep) {
  const { counts, trials_total: total, best } = sweep;
  const done = counts.complete + counts.pruned + counts.failed;
  const found = best === null ? (isSettled(sweep) ? "no trial was trained to the end" : "no trial is complete yet")
    : `${objectiveLabel(sweep).toLowerCase()} ${valueWords(sweep, sweep.best_value)} with trial ${best}`;
  return `${count(done)} of ${plural(total, "trial")}; ${found}`;
}

const EMPTY = html`<section class="panel empty-page">
  <h2>No sweep yet</h2>
  <p>Which learning rate? How many units? A sweep finds out: it trains many small runs, called trials, each with other
    settings, and learns from their results what to try next.</p>
  <p>Trials are judged on a validation set, training pictures kept apart. The test set stays unseen, so that it can tell in
    the end how good the best settings really are.</p>
  <p>Say in the form what to vary, and start.</p>
</section>`;

customElements.define("sweeps-page", SweepsPage);
