// The table of runs; of many, only the rows in view exist.

import { LightElement } from "../lib/element.js";
import { beside } from "../lib/popover.js";
import { html, nothing, repeat, styleMap } from "../vendor/lit-all.min.js";
import { NAME } from "./columns.js";
import "./run-name.js";
import "./run-menu.js";
import "../components/run-actions.js";
import { VisibleRows } from "./visible-rows.js";

// Widths, in sizes of the text, of the columns that are always there.
const SELECT = 3;
const ACTIONS = 12.4;

/**
 * A row for each run, with its chosen columns.
 *
 * Properties: `runs`, in their order; `columns` as in columns.js; `sort`, the name of a column, with
 * "-" before it for descending; `selection`, and `selected`, its size. Events: `sort`, with such a
 * name as detail, empty for none; `problem`, with a message as detail, empty when all is well.
 */
class RunsTable extends LightElement {
  static properties = {
    runs: { attribute: false },
    columns: { attribute: false },
    sort: { attribute: false },
    selection: { attribute: false },
    selected: { attribute: false },
    menu: { state: true },
    renamed: { state: true },
  };

  #visible = new VisibleRows(this);
  // Id and control of the row that has the focus: it exists even out of view.
  #focused = null;
  // Its place in the last rendering that had it.
  #place = 0;
  #hadFocus = false;

  constructor() {
    super();
    this.menu = null;
    this.renamed = null;
  }

  willUpdate() {
    this.#hadFocus = this.contains(document.activeElement);
    if (!this.#hadFocus && !document.querySelector("dialog[open]")) this.#focused = null;
  }

  // A row that is moved loses the focus; one that goes leaves it to the row that takes its place.
  updated() {
    if (!this.#hadFocus || !this.#focused || this.contains(document.activeElement)) return;
    if (this.runs.some(({ id }) => id === this.#focused.id)) this.#focus(this.#focused);
    else if (this.runs.length) this.#focusPlace(Math.min(this.#place, this.runs.length - 1));
  }

  render() {
    const { runs, columns } = this;
    const focused = this.#focused ? runs.findIndex(({ id }) => id === this.#focused.id) : -1;
    if (focused >= 0) this.#place = focused;
    const places = this.#visible.places(runs.length, focused);
    const width = SELECT + NAME.width + ACTIONS + columns.reduce((sum, column) => sum + column.width, 0);
    return html`
      <div class="table-scroll">
        <table class="runs" aria-label="Runs" aria-rowcount=${runs.length + 1} style=${styleMap({ minWidth: `${width}em` })}
          @keydown=${this.#key} @focusin=${this.#focusIn}>
          <colgroup>
            <col style=${styleMap({ width: `${SELECT}em` })}><col>
            ${columns.map((column) => html`<col style=${styleMap({ width: `${column.width}em` })}>`)}
            <col style=${styleMap({ width: `${ACTIONS}em` })}>
          </colgroup>
          <thead><tr aria-rowindex="1">
            <td class="choose">${this.#selectAll()}</td>
            ${[NAME, ...columns].map((column) => this.#header(column))}
            <td class="actions"></td>
          </tr></thead>
          <tbody>${repeat(this.#withGaps(places), ({ key }) => key, (entry) => this.#entry(entry))}</tbody>
        </table>
      </div>
      <run-menu .run=${runs.find(({ id }) => id === this.menu?.id)} .place=${this.menu?.place ?? {}}
        @rename=${() => { this.renamed = this.menu.id; }} @problem=${this.#tell}></run-menu>`;
  }

  #header({ name, label, value, number }) {
    const style = number ? "number" : nothing;
    if (!value) return html`<th scope="col">${label}</th>`;
    const steps = number ? [`-${name}`, name] : [name, `-${name}`];
    const order = { [name]: "ascending", [`-${name}`]: "descending" }[this.sort];
    const next = steps[steps.indexOf(this.sort) + 1] ?? "";
    return html`<th scope="col" class=${style} aria-sort=${order ?? nothing}>
      <button type="button" class="quiet sorter" @click=${() => this.#send("sort", next)}>${label}<span class="arrow" aria-hidden="true">${order ? (order === "ascending" ? "▲" : "▼") : ""}</span></button></th>`;
  }

  #selectAll() {
    const all = this.runs.every(({ id }) => this.selection.ids.has(id));
    const some = !all && this.runs.some(({ id }) => this.selection.ids.has(id));
    return html`<label><input type="checkbox" aria-label="Select all shown runs" .checked=${all} .indeterminate=${some}
      @click=${() => this.selection.setAll(this.runs.map(({ id }) => id), !all)}></label>`;
  }

  // Rows that are left out: a gap of their height stands for them.
  #withGaps(places) {
    const entries = [];
    let gaps = 0;
    let next = 0;
    for (const place of [...places, this.runs.length]) {
      if (place > next) entries.push({ key: `gap ${gaps += 1}`, gap: place - next });
      if (place < this.runs.length) entries.push({ key: this.runs[place].id, place });
      next = place + 1;
    }
    return entries;
  }

  #entry({ gap, place }) {
    if (gap) {
      const height = styleMap({ height: `${gap * this.#visible.height}px` });
      return html`<tr class="gap" aria-hidden="true" style=${height}><td colspan=${this.columns.length + 3} style=${height}></td></tr>`;
    }
    const run = this.runs[place];
    const selected = this.selection.ids.has(run.id);
    return html`<tr data-id=${run.id} data-place=${place} aria-rowindex=${place + 2} data-selected=${selected}>
      <td class="choose"><label><input type="checkbox" data-control="select" aria-label="Select ${run.name}" .checked=${selected}
        @click=${(event) => this.#select(run, event)}></label></td>
      <th scope="row"><run-name .run=${run} ?editing=${this.renamed === run.id}
        @done=${() => this.#renamed(run)} @problem=${this.#tell}></run-name></th>
      ${this.columns.map((column) => html`<td class=${column.number ? "number" : nothing} data-column=${column.name} data-label=${column.label}>${(column.cell ?? column.value)(run)}</td>`)}
      <td class="actions"><div>${this.#actions(run)}</div></td>
    </tr>`;
  }

  #actions(run) {
    return html`
      <run-actions .run=${run} .offered=${["pause", "resume", "stop"]} named @failed=${this.#tell}></run-actions>
      <button type="button" class="quiet icon" data-control="menu" popovertarget="run-menu" aria-label="More for ${run.name}"
        @click=${({ currentTarget }) => { this.menu = { id: run.id, place: beside(currentTarget) }; }}>
        <svg viewBox="0 0 24 24" aria-hidden="true"><g class="fill"><circle cx="5" cy="12" r="2"/><circle cx="12" cy="12" r="2"/><circle cx="19" cy="12" r="2"/></g></svg></button>`;
  }

  #select(run, { target, shiftKey }) {
    this.selection.set(run.id, target.checked, this.runs.map(({ id }) => id), shiftKey);
  }

  async #renamed({ id }) {
    this.renamed = null;
    await this.updateComplete;
    this.#focus({ id, control: "name" });
  }

  #tell = ({ detail }) => this.#send("problem", detail);

  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  #focusIn = ({ target }) => {
    const row = target.closest("tr[data-id]");
    this.#focused = row && { id: row.dataset.id, control: target.dataset.control };
  };

  #key = (event) => {
    const row = event.target.closest("tr[data-id]");
    if (!row || event.target.matches("input[type=text]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const place = Number(row.dataset.place);
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: this.runs.length - 1 }[event.key];
    if (event.key === "F2") {
      this.renamed = row.dataset.id;
    } else if (to === undefined) {
      return;
    } else if (to >= 0 && to < this.runs.length) {
      if (event.shiftKey) this.selection.setAll([this.runs[place].id, this.runs[to].id], true);
      this.#focusPlace(to);
    }
    event.preventDefault();
  };

  // The row may not exist yet.
  async #focusPlace(place) {
    const target = { control: "name", ...this.#focused, id: this.runs[place].id };
    this.#focused = target;
    this.requestUpdate();
    await this.updateComplete;
    this.#focus(target);
  }

  #focus({ id, control = "name" }) {
    const row = this.querySelector(`tr[data-id="${id}"]`);
    (row?.querySelector(`[data-control="${control}"]`) ?? row?.querySelector("a"))?.focus();
  }
}

customElements.define("runs-table", RunsTable);
