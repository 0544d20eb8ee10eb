// The table of a comparison: the settings that differ, and what came of them.

import { address } from "../lib/api.js";
import { count, duration, percent } from "../lib/format.js";
import { fieldWords } from "../lib/runs/field-words.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { differingFields } from "./differences.js";

// Widths have room for each result to come, so that nothing moves while runs train.
const RESULTS = [
  { label: "Test accuracy", width: "8em", value: (run) => run.test_accuracy, words: (run) => percent(run.test_accuracy), isBest: Math.max },
  { label: "Best accuracy", width: "13em", value: (run) => run.best_test_accuracy,
    words: (run) => (run.best_epoch ? `${percent(run.best_test_accuracy)}, epoch ${run.best_epoch}` : "–"), isBest: Math.max },
  { label: "Weights", value: (run) => run.weights, words: (run) => count(run.weights), isBest: Math.min },
  { label: "Time", width: "8em", value: (run) => run.seconds || null, words: (run) => (run.seconds ? duration(run.seconds) : "–"), isBest: Math.min },
  { label: "Epochs done", width: "6em", value: () => null, words: (run) => count(run.epoch), isBest: Math.max },
];

/** Template of the table; `keys` gives the letter and colour of each run by its id. */
export function comparisonTable(runs, keys) {
  const fields = differingFields(runs);
  const best = RESULTS.map(({ value, isBest }) => {
    const values = runs.map(value).filter((number) => number !== null);
    return new Set(values).size > 1 ? isBest(...values) : null;
  });
  // Predictions can be compared for the same pictures only.
  const alike = runs.filter((run) => run.config.dataset === runs[0].config.dataset);
  const judged = alike.filter((run) => run.epoch && run.dataset_sha256 === runs[0].dataset_sha256);
  const hasPictures = alike.length > 1;
  return html`<div class="comparison-scroll" tabindex="0" role="region" aria-label="Settings and results">
    <table class="comparison">
      <caption class="sr-only">Settings that differ, and results</caption>
      <thead><tr>
        <th scope="col">Run</th>
        ${fields.map(({ label }) => html`<th scope="col">${label}</th>`)}
        ${RESULTS.map(({ label, width }) => html`<th scope="col" class="number" style=${styleMap({ minWidth: width })}>${label}</th>`)}
        ${hasPictures ? html`<th scope="col">Test pictures</th>` : nothing}
      </tr></thead>
      <tbody>${runs.map((run) => html`<tr>
        <th scope="row"><span class="run-letter" style=${styleMap({ borderColor: keys.get(run.id).colour })}>${keys.get(run.id).letter}</span>
          <a href="/runs/${run.id}">${run.name}</a></th>
        ${fields.map((field) => html`<td>${fieldWords(field, run.config)}</td>`)}
        ${RESULTS.map(({ value, words }, i) => {
          const isBest = best[i] !== null && value(run) === best[i];
          return html`<td class="number">${words(run)}${isBest ? html` <strong class="best-mark">best</strong>` : nothing}</td>`;
        })}
        ${hasPictures ? html`<td>${judged.length > 1 && judged.includes(run) ? html`<a href=${pictures(run, judged, "right-wrong")}>${keys.get(run.id).letter} alone reads right</a>` : nothing}</td>` : nothing}
      </tr>`)}</tbody>
    </table>
  </div>
  ${fields.length ? nothing : html`<p class="muted">These runs have the same settings.</p>`}
  ${judged.length > 1 ? html`<p class="comparison-foot"><a href=${pictures(judged[0], judged, "all-wrong")}>Test pictures that all of them read wrong</a></p>` : nothing}`;
}

/** Address of a view of the failures that sets a run against the others. */
function pictures(run, runs, view) {
  const others = runs.filter((other) => other !== run).map(({ id }) => id);
  return address("/failures", { run: run.id, with: others.join(","), view });
}
