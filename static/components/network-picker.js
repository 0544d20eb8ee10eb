// Choosing a run and one of its epochs, on the pages that look at a trained network.

import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { statusWord } from "../lib/runs/run-words.js";
import { html, live } from "../vendor/lit-all.min.js";

/** The runs that have a complete epoch. */
export function trained(runs) {
  return runs.filter((run) => run.epoch >= 1);
}

/**
 * The run with the highest test accuracy, the newest of equal ones, among those on the data set of the newest run:
 * accuracies on different data can't be compared. Undefined for no runs; `runs` come newest first.
 */
export function bestRun(runs) {
  return runs
    .filter(({ config }) => config.dataset === runs[0].config.dataset)
    .reduce((best, run) => (best && best.best_test_accuracy >= run.best_test_accuracy ? best : run), undefined);
}

/**
 * Two selects: a run, and one of its epochs.
 *
 * Properties: `runs`, those to choose from; `run`, the id of the chosen one; `epoch`, the number of
 * the chosen epoch, null for the last one; `label` of the runs; `withoutEpoch`, true for the run
 * alone. Event: `pick`, with the detail `{run, epoch}` as in the properties.
 */
class NetworkPicker extends LightElement {
  static properties = {
    runs: { attribute: false },
    run: { attribute: false },
    epoch: { attribute: false },
    label: {},
    withoutEpoch: { type: Boolean },
  };

  constructor() {
    super();
    this.runs = [];
    this.run = null;
    this.epoch = null;
    this.label = "Network";
    this.withoutEpoch = false;
  }

  #pick(run, epoch) {
    this.dispatchEvent(new CustomEvent("pick", { detail: { run, epoch }, bubbles: true }));
  }

  render() {
    const best = bestRun(this.runs);
    const chosen = this.runs.find(({ id }) => id === this.run);
    return html`
      <div class="grow">
        <label for="run">${this.label}</label>
        <select id="run" name="run" @change=${({ target }) => this.#pick(target.value, null)}>
          ${this.runs.map((run) => html`<option value=${run.id} .selected=${live(run.id === this.run)}>${runWords(run, best)}</option>`)}
        </select>
      </div>
      ${this.withoutEpoch ? null : html`<div>
        <label for="epoch">Epoch</label>
        <select id="epoch" name="epoch" @change=${({ target }) => this.#pick(this.run, Number(target.value) || null)}>
          <option value="" .selected=${live(this.epoch === null)}>last (${chosen?.epoch ?? "–"})</option>
          ${chosen ? epochsOf(chosen).map((epoch) => html`<option value=${epoch} .selected=${live(epoch === this.epoch)}>${epochWords(epoch, chosen)}</option>`) : null}
        </select>
      </div>`}`;
  }
}

function runWords(run, best) {
  const status = run.status === "finished" ? "" : `, ${statusWord(run.status).toLowerCase()}`;
  return `${run.name} (${percent(run.test_accuracy)}${status}${run === best ? ", best" : ""})`;
}

function epochWords(epoch, run) {
  return epoch === run.best_epoch ? `${epoch}, best` : String(epoch);
}

// A fork's first epochs are its parent's.
function epochsOf(run) {
  const first = (run.parent?.epoch ?? 0) + 1;
  return Array.from({ length: Math.max(0, run.epoch - first + 1) }, (_, index) => run.epoch - index);
}

customElements.define("network-picker", NetworkPicker);
