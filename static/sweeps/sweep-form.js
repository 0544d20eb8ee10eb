// The form of a sweep: what to search, how, and what stays the same.

import { fieldTemplate } from "../components/form-field.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { Estimates, timeWords } from "../lib/runs/estimates.js";
import { bytes, plural } from "../lib/format.js";
import { changesFrom, FIELDS, textsOf, valueOf, valuesOf } from "../lib/runs/form-values.js";
import { pageData } from "../lib/page-data.js";
import { keep, recall } from "../lib/session-state.js";
import { html, nothing, repeat } from "../vendor/lit-all.min.js";
import { newRow, rowTemplate, spaceOf } from "./space-row.js";

const MEMORY = "sweep-form";
const { samplers, pruners, objectives, never_searched: neverSearched, validation } = pageData.sweeps;
const CONFIG = FIELDS.filter(({ name }) => name !== "name");
const SEARCHABLE = pageData.fields.filter(({ name }) => !neverSearched.includes(name));
// Fixed settings that every sweep is about; the others are folded away.
const SHOWN = ["dataset", "epochs"];
const FEW_EPOCHS = 5;

const choice = (name, label, choices, standard) => ({ name, label, help: "", type: "choice", choices, default: standard });
const number = (name, label, help, standard, type = "integer") => ({ name, label, help, type, default: standard });

/** Fields of the search itself. */
const SEARCH = [
  choice("sampler", "Choose settings by", samplers, "tpe"),
  choice("pruner", "Stop bad trials early", pruners, "median"),
  choice("objective", "Judge trials by", objectives, "validation_accuracy"),
  number("trials", "Trials", `How many settings to try, at most ${pageData.sweeps.max_trials.toLocaleString("en")}`, 20),
  number("at_once", "At once", "Trials that train side by side, if the server has room for them", 4),
];
const MORE = [
  number("search_seed", "Seed of the search", "The start of its random numbers", 0),
  number("minutes", "Time limit in minutes", "The sweep ends then, whatever it has found. Empty: no limit", null, "number"),
];
// Names in the API of fields that the form calls otherwise.
const API_NAMES = { search_seed: "seed", minutes: "time_limit_s" };

/** Event: `started`, with the new sweep as detail. */
class SweepForm extends LightElement {
  static properties = {
    rows: { state: true },
    texts: { state: true },
    search: { state: true },
    name: { state: true },
    isBusy: { state: true },
  };

  #estimates = new Estimates(this, api.estimateSweep);

  constructor() {
    super();
    const standard = Object.fromEntries([...SEARCH, ...MORE].map((field) => [field.name, field.default === null ? "" : String(field.default)]));
    const kept = recall(MEMORY, {});
    this.texts = { ...textsOf({ epochs: FEW_EPOCHS, validation }), ...kept.texts };
    this.search = { ...standard, ...kept.search };
    this.name = kept.name ?? "";
    this.rows = kept.rows?.map((row) => ({ ...row, chosen: new Set(row.chosen) })) ?? ["learning_rate", "hidden"].map((name) => newRow(fieldOf(name)));
    this.isBusy = false;
    this.#changed();
  }

  #changed() {
    const { texts, search, name } = this;
    keep(MEMORY, { texts, search, name, rows: this.rows.map((row) => ({ ...row, chosen: [...row.chosen] })) });
    this.#estimates.requestSoon(this.#body());
  }

  #body() {
    const searched = new Set(this.rows.map((row) => row.name));
    const changes = Object.entries(changesFrom({}, valuesOf({ ...this.texts, name: "" })));
    const fixed = Object.fromEntries(changes.filter(([name, value]) => value !== null && !searched.has(name)));
    const values = Object.fromEntries([...SEARCH, ...MORE].map((field) => [field.name, valueOf(field, this.search[field.name])]));
    const { minutes, search_seed: seed, ...plan } = values;
    const limit = typeof minutes === "number" ? minutes * 60 : minutes;
    return {
      ...(this.name.trim() ? { name: this.name.trim() } : {}),
      fixed: { validation: 0, ...fixed },
      space: Object.fromEntries(this.rows.map((row) => [row.name, spaceOf(fieldOf(row.name), row)])),
      ...plan, seed, time_limit_s: limit,
    };
  }

  #edit(changes) {
    Object.assign(this, changes);
    this.#changed();
  }

  #editRow(name, changes) {
    this.#edit({ rows: this.rows.map((row) => (row.name === name ? { ...row, ...changes } : row)) });
  }

  async #add(name) {
    if (!name) return;
    this.#edit({ rows: [...this.rows, newRow(fieldOf(name))] });
    await this.updateComplete;
    this.querySelector(`[data-field="${name}"] :is(input, select)`).focus();
  }

  #remove(name) {
    this.#edit({ rows: this.rows.filter((row) => row.name !== name) });
    this.querySelector("#s-add").focus();
  }

  async #submit(event) {
    event.preventDefault();
    if (this.isBusy) return;
    this.isBusy = true;
    this.#estimates.drop();
    try {
      this.dispatchEvent(new CustomEvent("started", { detail: await api.createSweep(this.#body()) }));
    } catch (error) {
      this.#estimates.fail(error);
    } finally {
      this.isBusy = false;
    }
  }

  #problem(name) {
    return this.#estimates.error?.fields?.[name] ?? "";
  }

  // Errors that belong to no field of the form.
  get #generalProblem() {
    const { error } = this.#estimates;
    if (!error) return "";
    const shown = new Set([
      ...this.rows.map(({ name }) => `space.${name}`), ...CONFIG.map(({ name }) => `fixed.${name}`), ...SEARCH.map(({ name }) => name),
      ...MORE.map(({ name }) => API_NAMES[name]),
    ]);
    const others = Object.entries(error.fields ?? {}).filter(([name]) => !shown.has(name));
    if (others.length) return others.map(([name, message]) => `${name}: ${message}`).join("; ");
    return error.fields ? "" : error.message;
  }

  render() {
    const searched = new Set(this.rows.map(({ name }) => name));
    const fixed = CONFIG.filter(({ name }) => !searched.has(name));
    return html`<form class="panel run-form sweep-form" novalidate aria-labelledby="sweep-form-title" @submit=${this.#submit}>
      <h2 id="sweep-form-title">New sweep</h2>
      <div class="form-body">
        <section class="space" aria-labelledby="space-title">
          <h3 id="space-title">Search</h3>
          ${repeat(this.rows, ({ name }) => name, (row) => rowTemplate(fieldOf(row.name), row, this.#problem(`space.${row.name}`),
            (changes) => this.#editRow(row.name, changes), () => this.#remove(row.name)))}
          <div class="space-add"><label for="s-add">Search another setting</label>
            <select id="s-add" @change=${({ target }) => { this.#add(target.value); target.value = ""; }}>
              <option value="">choose…</option>
              ${SEARCHABLE.filter(({ name }) => !searched.has(name)).map(({ name, label }) => html`<option value=${name}>${label}</option>`)}
            </select></div>
        </section>
        ${fixed.filter(({ name }) => SHOWN.includes(name)).map((field) => this.#fixed(field))}
        ${SEARCH.map((field) => this.#search(field))}
        <details><summary>More</summary>
          ${MORE.map((field) => this.#search(field))}
          ${fieldTemplate(NAME, { text: this.name, about: NAME.help, problem: this.#problem("name") }, (name) => this.#edit({ name }))}
        </details>
        <details><summary>Settings of all trials</summary>
          ${fixed.filter(({ name }) => !SHOWN.includes(name)).map((field) => this.#fixed(field))}
        </details>
        <div class="form-foot">
          <p class="estimate" aria-live="polite">${this.#estimateWords()}</p>
          <button type="submit" class="primary" aria-disabled=${this.isBusy ? "true" : nothing}>Start the sweep</button>
          <p class="problem" role="alert">${this.#generalProblem}</p>
        </div>
      </div>
    </form>`;
  }

  #fixed(field) {
    const { name, help } = field;
    const about = name === "epochs" ? "Epochs of a trial that is not stopped early. Few are enough to tell good settings from bad ones" : help;
    return fieldTemplate(field, { text: this.texts[name], about, problem: this.#problem(`fixed.${name}`) },
      (text) => this.#edit({ texts: { ...this.texts, [name]: text } }));
  }

  #search(field) {
    const { name, choices, help } = field;
    const about = choices ? choices.find(({ value }) => value === this.search[name])?.help : help;
    return fieldTemplate(field, { text: this.search[name], about, problem: this.#problem(API_NAMES[name] ?? name) },
      (text) => this.#edit({ search: { ...this.search, [name]: text } }));
  }

  #estimateWords() {
    const { latest } = this.#estimates;
    if (!latest) return "\u00a0";
    return [
      plural(latest.trials, "trial"),
      `up to ${plural(latest.epochs, "epoch")}`,
      latest.seconds === null ? null : `${timeWords(latest.seconds)} at most`,
      `${latest.at_once} at once on this server`,
      `up to ${bytes(latest.storage_bytes)} on disk`,
    ].filter(Boolean).join(" · ");
  }
}

const NAME = { ...FIELDS.find(({ name }) => name === "name"), help: "What to call this sweep in the list" };

function fieldOf(name) {
  return pageData.fields.find((field) => field.name === name);
}

customElements.define("sweep-form", SweepForm);
