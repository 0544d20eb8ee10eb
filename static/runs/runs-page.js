// The page of all runs: filters, the table, and what can be done with the selected ones.

import "../components/cluster-note.js";
import { confirmDelete } from "../components/delete-dialog.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { count, plural } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { beside } from "../lib/popover.js";
import { preference, setPreference } from "../lib/preferences.js";
import { RunListController } from "../lib/runs/run-list.js";
import { statusWord } from "../lib/runs/run-words.js";
import { saveText } from "../lib/saved-file.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing, styleMap } from "../vendor/lit-all.min.js";
import { COLUMNS, NAME, sortable } from "./columns.js";
import { csvOf } from "./csv.js";
import { matching, sorted } from "./filters.js";
import "./folded-sweeps.js";
import "./runs-table.js";
import { Selection } from "./selection.js";

const CHOSEN = "runs-columns";
const INITIAL = COLUMNS.filter(({ initial }) => initial).map(({ name }) => name);

class RunsPage extends LightElement {
  static properties = {
    filters: { state: true },
    sort: { state: true },
    chosen: { state: true },
    menuPlace: { state: true },
    problem: { state: true },
  };

  #list = new RunListController(this, { early: true });
  #selection = new Selection(this);

  constructor() {
    super();
    this.filters = { q: urlValue("q", ""), status: urlValue("status", ""), tag: urlValue("tag", ""), sweep: urlValue("sweep", "") };
    this.sort = urlValue("sort", "");
    this.chosen = preference(CHOSEN, INITIAL);
    this.menuPlace = {};
    this.problem = "";
  }

  #filter(changes) {
    this.filters = { ...this.filters, ...changes };
    setUrlValues(this.filters);
  }

  #clearFilters() {
    this.#filter({ q: "", status: "", tag: "", sweep: "" });
    this.querySelector("#q").focus();
  }

  #sortBy(sort) {
    this.sort = sort;
    setUrlValues({ sort });
  }

  #choose(name, shown) {
    this.chosen = shown ? [...this.chosen, name] : this.chosen.filter((other) => other !== name);
    setPreference(CHOSEN, this.chosen);
  }

  render() {
    const all = this.#list.runs;
    if (!all) return html`<header class="page-head"><h1>Runs</h1></header>`;
    const shown = sorted(matching(all, this.filters), this.sort);
    return html`
      <header class="page-head">
        <h1>Runs</h1>
        <p class="count muted" aria-live="polite">${this.#countWords(shown.length)}</p>
        ${pageData.cluster ? html`<cluster-note></cluster-note>` : nothing}
        <a class="button" href="/compare">Experiments</a>
        <a class="button" href="/sweeps">Sweeps</a>
        <a class="button primary" href="/">New run</a>
      </header>
      ${all.length === 0 ? EMPTY : this.#panel(all, shown)}`;
  }

  #countWords(shown) {
    const { total } = this.#list;
    if (total === 0) return nothing;
    if (Object.values(this.filters).some(Boolean)) return `${count(shown)} of ${plural(total, "run")}`;
    return plural(total, "run") + (this.sort ? "" : ", newest first");
  }

  #panel(all, shown) {
    const columns = COLUMNS.filter(({ name }) => this.chosen.includes(name));
    return html`
      ${this.#toolbar(all, shown, columns)}
      <p class="problem" role="alert">${this.problem}</p>
      ${this.#selectionBar(all)}
      <folded-sweeps .runs=${all} .sweep=${this.filters.sweep} @choose=${({ detail }) => this.#filter({ sweep: detail })}></folded-sweeps>
      ${shown.length === 0
        ? html`<p class="panel no-match">${Object.values(this.filters).some(Boolean) ? "No run matches." : "All runs are trials of the sweeps above."}
            ${Object.values(this.filters).some(Boolean) ? html`<button type="button" @click=${() => this.#clearFilters()}>Show all runs</button>` : nothing}</p>`
        : html`<runs-table class="panel" .runs=${shown} .columns=${columns} .sort=${this.sort}
            .selection=${this.#selection} .selected=${this.#selection.ids.size}
            @sort=${({ detail }) => this.#sortBy(detail)}
            @problem=${({ detail }) => { this.problem = detail; }}></runs-table>`}`;
  }

  #toolbar(all, shown, columns) {
    const { q, status, tag } = this.filters;
    const statuses = [...new Set([...all.map((run) => run.status), status])].filter(Boolean).sort();
    const tags = [...new Set([...all.flatMap((run) => run.tags), tag])].filter(Boolean).sort();
    return html`
      <form class="filters" role="search" aria-label="Filter the runs" @submit=${(event) => event.preventDefault()}>
        <div class="grow"><label for="q">Search</label>
          <input id="q" type="search" placeholder="Name, notes or tag" autocomplete="off" .value=${live(q)}
            @input=${({ target }) => this.#filter({ q: target.value })}></div>
        ${select("status", "Status", status, statuses.map((name) => [name, statusWord(name)]), (value) => this.#filter({ status: value }))}
        ${tags.length ? select("tag", "Tag", tag, tags.map((name) => [name, name]), (value) => this.#filter({ tag: value })) : nothing}
        ${this.#sortSelect()}
        <div class="filter-buttons">
          <button type="button" popovertarget="columns" @click=${({ currentTarget }) => { this.menuPlace = beside(currentTarget); }}>Columns</button>
          <button type="button" @click=${() => saveText(csvOf(shown, columns), "runs.csv")}>Download CSV</button>
        </div>
      </form>
      <div popover id="columns" class="popup" role="group" aria-label="Columns of the table" style=${styleMap(this.menuPlace)}>
        ${COLUMNS.map(({ name, label }) => html`<label><input type="checkbox" .checked=${live(this.chosen.includes(name))}
          @change=${({ target }) => this.#choose(name, target.checked)}>${label}</label>`)}
        <button type="button" class="small" @click=${() => { this.chosen = INITIAL; setPreference(CHOSEN, null); }}>As at first</button>
      </div>`;
  }

  // On a narrow screen, where the table has no header.
  #sortSelect() {
    const name = this.sort.replace(/^-/, "");
    const choices = [NAME, ...COLUMNS].filter(({ value }) => value).map((column) => [column.name, column.label]);
    const choose = (value) => this.#sortBy(value && (sortable(value).number ? `-${value}` : value));
    return html`<div class="sort-choice">${select("sort", "Sort by", name, choices, choose, "newest first")}
      <button type="button" class="icon" aria-label="Reverse the order" ?disabled=${!name}
        @click=${() => this.#sortBy(this.sort.startsWith("-") ? name : `-${name}`)}>${this.sort.startsWith("-") ? "↓" : "↑"}</button></div>`;
  }

  #selectionBar(all) {
    const selected = all.filter(({ id }) => this.#selection.ids.has(id));
    if (selected.length === 0) return nothing;
    return html`<div class="selection-bar panel" role="group" aria-label="Selected runs">
      <strong aria-live="polite">${count(selected.length)} selected</strong>
      <a class="button small" href="/compare?runs=${selected.map(({ id }) => id).join(",")}">Compare</a>
      <button type="button" class="small danger" @click=${() => this.#delete(selected)}>Delete…</button>
      <button type="button" class="small" @click=${() => this.#clearSelection()}>Clear</button>
    </div>`;
  }

  // The button that was pressed goes.
  #clearSelection() {
    this.#selection.clear();
    document.querySelector("main").focus({ preventScroll: true });
  }

  async #delete(selected) {
    const free = selected.filter(({ actions }) => actions.includes("delete"));
    const left = selected.length - free.length;
    this.problem = left ? `${plural(left, "run")} that ${left === 1 ? "trains or waits" : "train or wait"} can't be deleted: stop ${left === 1 ? "it" : "them"} first.` : "";
    if (free.length === 0 || !(await confirmDelete(...free))) return;
    try {
      for (const { id } of free) await api.deleteRun(id);
    } catch (problem) {
      this.problem = problem.message;
    }
    this.#selection.setAll(free.map(({ id }) => id), false);
    this.querySelector("#q").focus();
  }
}

const EMPTY = html`<section class="panel empty-page">
  <h2>No runs yet</h2>
  <p>Each training you start is kept here with its curves, its weights and its mistakes.</p>
  <a class="button primary" href="/">Train the first one</a>
</section>`;

function select(id, label, value, choices, choose, none = "any") {
  return html`<div><label for=${id}>${label}</label>
    <select id=${id} @change=${({ target }) => choose(target.value)}>
      <option value="" .selected=${live(value === "")}>${none}</option>
      ${choices.map(([choice, words]) => html`<option value=${choice} .selected=${live(choice === value)}>${words}</option>`)}
    </select></div>`;
}

customElements.define("runs-page", RunsPage);
