// A run's settings in words, in the order of the form.

import { count, moment, shape } from "../lib/format.js";
import { choiceLabel, classNames, pageData } from "../lib/page-data.js";
import { html } from "../vendor/lit-all.min.js";

const WORDS = {
  choice: (value, { name }) => choiceLabel(name, value),
  boolean: (value) => (value ? "yes" : "no"),
  integer: (value, { name }) => (value === null ? "all" : name === "seed" ? String(value) : count(value)),
  number: String,
  layers: (value, field, { dataset }) => shape(value, classNames(dataset).length),
};

/** Template of a list of what a run was started with, and when. */
export function runConfig({ config, created_at: created, started_at: started, id }) {
  const rows = pageData.fields.map((field) => [field.label, WORDS[field.type](config[field.name], field, config)]);
  rows.push(["Started", moment(started ?? created)], ["Id", html`<code>${id}</code>`]);
  return html`<dl class="settings">${rows.map(([label, words]) => html`<div><dt>${label}</dt><dd>${words}</dd></div>`)}</dl>`;
}
