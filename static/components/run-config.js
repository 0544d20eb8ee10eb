// A run's settings in words, in the order of the form.

import { fieldWords } from "../lib/runs/field-words.js";
import { moment } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { html } from "../vendor/lit-all.min.js";

/** Template of a list of a run's settings, and when it was started. */
export function runConfig({ config, created_at: created, started_at: started, id }) {
  const rows = pageData.fields.map((field) => [field.label, fieldWords(field, config)]);
  rows.push(started ? ["Started", moment(started)] : ["Created", moment(created)], ["Id", html`<code>${id}</code>`]);
  return html`<dl class="settings">${rows.map(([label, words]) => html`<div><dt>${label}</dt><dd>${words}</dd></div>`)}</dl>`;
}
