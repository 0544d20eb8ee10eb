// A line for each sweep in the list of runs, in place of its trials.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { plural } from "../lib/format.js";
import { sweepStatusWord, valueWords } from "../lib/runs/sweep-words.js";
import { html, nothing } from "../vendor/lit-all.min.js";

/**
 * Properties: `runs`, all of them; `sweep`, the id of the one whose trials are listed, or "". Event:
 * `choose`, with such an id as detail.
 */
class FoldedSweeps extends LightElement {
  static properties = {
    runs: { attribute: false },
    sweep: { attribute: false },
    sweeps: { state: true },
  };

  #known = "";

  constructor() {
    super();
    this.sweeps = new Map();
  }

  /** Number of trials by the id of their sweep. */
  get #counts() {
    const counts = new Map();
    for (const { sweep } of this.runs) if (sweep) counts.set(sweep.id, (counts.get(sweep.id) ?? 0) + 1);
    return counts;
  }

  willUpdate() {
    // A trial that begins or ends may have changed its sweep.
    const known = this.runs.filter(({ sweep }) => sweep).map(({ id, active }) => `${id} ${active}`).join();
    if (known !== this.#known) this.#load();
    this.#known = known;
  }

  // Without their names, the lines do their work too.
  async #load() {
    const sweeps = await api.sweeps().catch(() => []);
    this.sweeps = new Map(sweeps.map((sweep) => [sweep.id, sweep]));
  }

  render() {
    const counts = this.#counts;
    if (!counts.size && !this.sweep) return nothing;
    return html`<ul class="folded" aria-label="Sweeps">${[...counts].map(([id, trials]) => {
      const { name = "a sweep", status = "", best = null } = this.sweeps.get(id) ?? {};
      const isShown = id === this.sweep;
      return html`<li class="panel">
        <a href="/sweeps/${id}">${name}</a>
        <span class="muted">${plural(trials, "trial")}${best === null ? "" : `, best ${valueWords(this.sweeps.get(id), this.sweeps.get(id).best_value)}`}</span>
        ${status ? html`<span class="status" data-status=${status}>${sweepStatusWord(status)}</span>` : nothing}
        <button type="button" class="small quiet" aria-pressed=${isShown} aria-label="${isShown ? "Hide" : "Show"} the trials of ${name}"
          @click=${() => this.dispatchEvent(new CustomEvent("choose", { detail: isShown ? "" : id }))}>${isShown ? "Hide" : "Show"} trials</button>
      </li>`;
    })}</ul>`;
  }
}

customElements.define("folded-sweeps", FoldedSweeps);
