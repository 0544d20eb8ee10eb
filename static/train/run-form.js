// The form of a run, rendered from the page data: a new run, a run again with changes, or a fork.

import { fieldTemplate } from "../components/form-field.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { epochWords, Estimates, estimateWords } from "../lib/runs/estimates.js";
import { changesFrom, FIELDS, isValid, textOf, textsOf, valueOf, valuesOf } from "../lib/runs/form-values.js";
import { count, percent, shape } from "../lib/format.js";
import { choiceLabel, choiceOf, classNames, pageData } from "../lib/page-data.js";
import { isReturn, keep, recall } from "../lib/session-state.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { presetOf } from "./presets.js";
import { loadStartPoint } from "./start-point.js";

const FOLDED = { network: "Network", optimizer: "Learning", more: "More" };
const TITLES = { new: "New run", again: "Run again", fork: "Fork" };
const LOCKED = "Stays as it is: the weights that it goes on from fit no other network.";

/**
 * The form of a run. The address says what it starts from, see start-point.js.
 *
 * Property: `isGone`, true once the run that it starts from was deleted. Event: `started`, with the
 * new run as detail.
 */
class RunForm extends LightElement {
  static properties = {
    isGone: { attribute: false },
    /** Undefined while it is loaded; null for a form that starts from the defaults. */
    start: { state: true },
    startError: { state: true },
    /** Epoch that a fork goes on from. */
    epoch: { state: true },
    texts: { state: true },
    unfolded: { state: true },
    offersUsualRate: { state: true },
    busy: { state: true },
    /** The data set that the server would choose first, where it is not available. */
    missing: { state: true },
  };

  #estimates = new Estimates(this, api.estimate);
  #memory = memoryName();

  constructor() {
    super();
    this.isGone = false;
    this.start = undefined;
    this.startError = null;
    this.epoch = null;
    this.texts = textsOf({});
    this.unfolded = new Set();
    this.offersUsualRate = false;
    this.busy = false;
    this.missing = null;
    this.#load();
  }

  async #load() {
    // The sentence about the data is part of its first rendering, so nothing moves afterwards.
    const missing = this.#findMissing();
    try {
      const start = await loadStartPoint();
      await missing;
      this.start = start;
    } catch (error) {
      await missing;
      this.startError = error;
      this.start = null;
    }
    const { config = {}, changes = {}, epochs = [] } = this.start ?? {};
    this.epoch = epochs.find(({ epoch }) => epoch === Number(urlValue("epoch")))?.epoch ?? epochs[0]?.epoch ?? null;
    // A link shows what it says, whatever was done there before.
    const remembered = !this.start || isReturn() ? recall(this.#memory, {}) : {};
    this.#fill({ ...textsOf(config), ...changes, ...remembered });
    this.#unfold(Object.keys(changes));
  }

  async #findMissing() {
    // Without the list of data sets the form does its work too.
    const [preferred] = await api.datasets().catch(() => []);
    if (preferred && !preferred.available) this.missing = preferred;
  }

  get #kind() {
    return this.start?.kind ?? "new";
  }

  /** The values that the form differs from: a run's config, or the defaults. */
  get #base() {
    return this.start?.run.config ?? {};
  }

  #fill(texts) {
    this.texts = texts;
    this.#changed();
  }

  #changed() {
    keep(this.#memory, this.texts);
    // An error of the last start stands until the settings change.
    if (FIELDS.some((field) => this.#limitProblem(field))) this.#estimates.clear();
    else this.#estimates.requestSoon(this.#newRun());
  }

  #edit(field, text) {
    const before = this.texts;
    this.texts = { ...before, [field.name]: text };
    if (field.name === "learning_rate") this.offersUsualRate = false;
    if (field.name === "optimizer") this.#adaptRate(before.optimizer);
    this.#changed();
  }

  // A rate that nobody touched follows the optimizer; another one is the user's own.
  #adaptRate(optimizerBefore) {
    const usual = this.#usualRate(this.texts.optimizer);
    const isUntouched = Number(this.texts.learning_rate) === this.#usualRate(optimizerBefore);
    if (isUntouched) this.#useRate(usual);
    else this.offersUsualRate = Number(this.texts.learning_rate) !== usual;
  }

  #useRate(rate) {
    this.texts = { ...this.texts, learning_rate: String(rate) };
    this.offersUsualRate = false;
  }

  #usualRate(optimizer) {
    return choiceOf("optimizer", optimizer)?.usual_rate;
  }

  /** Body of a request for a new run: what differs from the defaults; the rest is the server's to fill in. */
  #newRun() {
    const changes = Object.entries(changesFrom({}, valuesOf(this.texts)));
    return Object.fromEntries(changes.filter(([, value]) => value !== null));
  }

  #forkBody() {
    const { name, ...changes } = changesFrom(this.#base, valuesOf(this.texts));
    return { epoch: this.epoch, ...changes, ...(name ? { name } : {}) };
  }

  // The sentence for a value outside the limits that the page knows.
  #limitProblem(field) {
    return isValid(field, valueOf(field, this.texts[field.name])) ? "" : field.problem ?? "";
  }

  #problem(field) {
    return this.#limitProblem(field) || (this.#estimates.error?.fields?.[field.name] ?? "");
  }

  get #generalProblem() {
    const { error } = this.#estimates;
    if (!error) return "";
    const elsewhere = Object.entries(error.fields ?? {}).filter(([name]) => !FIELDS.some((field) => field.name === name));
    if (elsewhere.length) return elsewhere.map(([, message]) => message).join(" ");
    return Object.keys(error.fields ?? {}).length ? "" : error.message;
  }

  #unfold(names) {
    const groups = FIELDS.filter(({ name }) => names.includes(name)).map(({ group }) => group);
    this.unfolded = new Set([...this.unfolded, ...groups]);
  }

  async #submit(event) {
    event.preventDefault();
    if (this.busy || this.#isBlocked) return;
    if (FIELDS.some((field) => this.#limitProblem(field))) {
      this.#showFirstProblem();
      return;
    }
    this.busy = true;
    this.#estimates.drop();
    try {
      const run = await (this.#kind === "fork" ? api.forkRun(this.start.run.id, this.#forkBody()) : api.createRun(this.#newRun()));
      this.#changed();
      this.dispatchEvent(new CustomEvent("started", { detail: run }));
    } catch (error) {
      this.#estimates.fail(error);
      this.#showFirstProblem();
    } finally {
      this.busy = false;
    }
  }

  async #showFirstProblem() {
    const field = FIELDS.find((candidate) => this.#problem(candidate));
    if (!field) return;
    this.#unfold([field.name]);
    await this.updateComplete;
    this.querySelector(`#f-${field.name}`).focus();
  }

  /** A fork of a run that is gone can't be started. */
  get #isBlocked() {
    return this.#kind === "fork" && this.isGone;
  }

  render() {
    if (this.start === undefined) return nothing;
    const preset = presetOf(valuesOf(this.texts));
    return html`
      <form class="panel run-form" id="run-form" novalidate aria-labelledby="form-title" @submit=${this.#submit}>
        <h2 id="form-title">${TITLES[this.#kind]}</h2>
        ${this.#startNote()}
        ${this.start ? nothing : html`
          <fieldset class="presets">
            <legend>Start from</legend>
            ${pageData.presets.map((entry) => this.#presetButton(entry, entry.name === preset))}
          </fieldset>`}
        <div class="form-body">
          ${FIELDS.filter(({ group }) => group === "data").map((field) => this.#field(field))}
          ${FIELDS.filter(({ type }) => type === "layers").map((field) => this.#field(field, this.#shape()))}
          ${Object.entries(FOLDED).map(([group, title]) => this.#group(group, title))}
          <div class="form-foot">
            <p class="estimate" aria-live="polite"><span id="estimate">${this.#estimateWords()}</span>${
              this.#estimates.latest ? html`<term-help term="iteration"></term-help>` : nothing}</p>
            <button type="submit" class="primary" id="start" ?disabled=${this.#isBlocked} aria-disabled=${this.busy ? "true" : nothing}>Start training</button>
            <p class="problem" id="form-problem" role="alert">${this.#generalProblem}</p>
          </div>
        </div>
      </form>`;
  }

  #presetButton({ label, help, values }, isPressed) {
    const { dataset, name } = this.texts;
    const press = () => {
      this.offersUsualRate = false;
      this.#fill({ ...textsOf(values), dataset, name });
    };
    return html`<button type="button" aria-pressed=${isPressed} @click=${press}>${label}<small>${help}</small></button>`;
  }

  #startNote() {
    if (this.startError) {
      const words = this.startError.status === 404 ? "The run to start from isn't here." : this.startError.message;
      return html`<div class="start-note"><p role="alert">${words}</p></div>`;
    }
    if (!this.start) return nothing;
    const { run, kind } = this.start;
    const name = this.isGone ? html`“${run.name}”, which was deleted meanwhile,` : html`<a href="/runs/${run.id}">${run.name}</a>`;
    return html`
      <div class="start-note">
        ${this.#isBlocked ? html`<p role="status">“${run.name}” was deleted meanwhile: nothing can go on from it any more.</p>`
          : kind === "fork" ? html`<p>Goes on from ${name} with the settings you change.</p>${this.#epochChoice()}`
          : html`<p>The settings of ${name}, to change and train from the start.</p>`}
        <a href="/">Start from nothing instead</a>
      </div>`;
  }

  #epochChoice() {
    const chosen = ({ target }) => {
      this.epoch = Number(target.value);
      setUrlValues({ epoch: this.epoch });
    };
    return html`
      <div class="start-epoch"><label for="fork-epoch">After</label>
        <select id="fork-epoch" @change=${chosen}>
          ${this.start.epochs.map(({ epoch, test_accuracy: accuracy }) => html`
            <option value=${epoch} .selected=${epoch === this.epoch}>epoch ${epoch} (${percent(accuracy)})</option>`)}
        </select>
      </div>`;
  }

  #group(group, title) {
    const fields = FIELDS.filter((field) => field.group === group && field.type !== "layers");
    const standard = textsOf({});
    const notes = fields.filter(({ name }) => this.texts[name] !== standard[name]).map((field) => this.#shortly(field));
    const toggled = ({ target }) => {
      const unfolded = new Set(this.unfolded);
      unfolded[target.open ? "add" : "delete"](group);
      this.unfolded = unfolded;
    };
    return html`
      <details .open=${this.unfolded.has(group)} @toggle=${toggled}>
        <summary>${title} <span class="summary-note" data-summary=${group}>${notes.join(" · ")}</span></summary>
        ${fields.map((field) => this.#field(field))}
      </details>`;
  }

  #shortly({ name, label, type }) {
    const text = this.texts[name];
    if (type === "boolean") return label.toLowerCase();
    if (type === "choice") return choiceLabel(name, text).split(/[:,]/)[0];
    return `${label.toLowerCase()} ${text.trim() || "none"}`;
  }

  #field(field, extra = nothing) {
    const { name } = field;
    const isLocked = this.#kind === "fork" && field.fork === false;
    const state = {
      text: this.texts[name],
      isLocked,
      about: isLocked ? LOCKED : this.#about(field),
      problem: this.#problem(field),
      was: this.#was(field),
      extra: name === "learning_rate" ? this.#rateOffer() : extra,
    };
    return fieldTemplate(field, state, (text) => this.#edit(field, text));
  }

  #about(field) {
    if (field.type === "layers") return `${field.help}; for example 512, 256`;
    if (field.name === "dataset") return this.#aboutData(field);
    if (field.type === "choice") return [field.help, choiceWords(field.name, this.texts[field.name])].filter(Boolean).join(". ");
    if (field.name !== "epochs") return field.help;
    return [this.#forkEpochs(), epochWords(this.#estimates.latest?.train_size)].filter(Boolean).join(". ");
  }

  #aboutData({ help }) {
    const { missing } = this;
    const text = this.texts.dataset;
    // Say how to get it; where it was chosen by name, the problem of the field does.
    if (missing && text === "") {
      return `${choiceLabel("dataset", missing.name)} is ${missing.detail.charAt(0).toLowerCase()}${missing.detail.slice(1)}`;
    }
    return choiceWords("dataset", text || this.#estimates.latest?.dataset) || help;
  }

  /** "30 in all, 10 more", of a fork's epochs. */
  #forkEpochs() {
    const epochs = Number(this.texts.epochs);
    if (this.#kind !== "fork" || !(epochs > this.epoch)) return "";
    return `${count(epochs)} in all, ${count(epochs - this.epoch)} more`;
  }

  #was(field) {
    const { name } = field;
    if (!this.start || !(name in this.#base) || this.texts[name] === textOf(field, this.#base[name])) return null;
    // That a fork trains longer than its parent is the rule.
    if (this.#kind === "fork" && name === "epochs") return null;
    const before = this.#base[name];
    if (field.type === "boolean") return before ? "on" : "off";
    return field.type === "choice" ? choiceLabel(name, before) : textOf(field, before) || "empty";
  }

  #rateOffer() {
    const { optimizer } = this.texts;
    const rate = this.#usualRate(optimizer);
    if (!this.offersUsualRate || rate === undefined) return nothing;
    const use = () => {
      this.#useRate(rate);
      this.#changed();
      this.querySelector("#f-learning_rate").focus();
    };
    return html`<p class="offer">${choiceLabel("optimizer", optimizer)}'s usual rate is ${rate}:
      <button type="button" class="small" @click=${use}>use it</button></p>`;
  }

  #shape() {
    const { latest } = this.#estimates;
    const classes = classNames(this.texts.dataset || latest?.dataset);
    return html`<p class="shape" aria-live="polite"><span>${shape(valueOf({ type: "layers" }, this.texts.hidden), classes.length)}</span
      ><span id="weights">${latest ? `${count(latest.weights)} weights` : "\u00a0"}</span></p>`;
  }

  #estimateWords() {
    const { latest } = this.#estimates;
    if (!latest) return "\u00a0";
    const share = this.#kind === "fork" ? Math.max(0, 1 - this.epoch / Number(this.texts.epochs)) : 1;
    return estimateWords(latest, share);
  }
}

// "SGD: a step straight downhill"; empty where nothing is said of the choice.
function choiceWords(name, value) {
  const choice = choiceOf(name, value);
  return choice?.help ? `${choice.label}: ${choice.help}` : "";
}

// Each address has texts of its own; the epoch in it can be chosen in the form.
function memoryName() {
  const query = new URLSearchParams(location.search);
  query.delete("epoch");
  return `train-form?${query}`;
}

customElements.define("run-form", RunForm);
