// Bars of the searched fields' importances.

import { percent } from "../lib/format.js";
import { searchedFields } from "../lib/runs/sweep-words.js";
import { html, styleMap } from "../vendor/lit-all.min.js";

/** Template of a bar for each field of a sweep. */
export function importanceBars(sweep) {
  const { importances } = sweep;
  const fields = searchedFields(sweep);
  if (importances) fields.sort((a, b) => importances[b.name] - importances[a.name]);
  return html`<section class="panel importances" aria-labelledby="importances-title">
    <h2 id="importances-title">What matters</h2>
    <p class="about">How much each setting decides whether a trial is among the best (PED-ANOVA, by the last result of each trial). Known once eight trials have ended, and they differ.</p>
    <dl>${fields.map(({ name, label }) => html`<div><dt>${label}</dt><dd>
      <span class="bar" style=${styleMap({ width: `${100 * (importances?.[name] ?? 0)}%` })}></span><span>${percent(importances?.[name], 0)}</span></dd></div>`)}</dl>
  </section>`;
}
