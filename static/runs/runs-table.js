// The table of runs: one row each, kept and changed in place.

import { showActions } from "../components/run-actions.js";
import { colourOf } from "../lib/run-colours.js";
import { byId, el, setText } from "../lib/dom.js";
import { moment, percent, shape } from "../lib/format.js";
import { choiceLabel } from "../lib/page-data.js";
import { statusWord, tookWords } from "../lib/run-words.js";

/** Rows of runs in a <tbody>; `options` go to each row's buttons. */
export class RunList {
  #body;
  #options;
  #rows = new Map();

  constructor(body, options) {
    this.#body = body;
    this.#options = options;
  }

  /** Show these runs in this order. */
  show(runs) {
    const ids = new Set(runs.map((run) => run.id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#remove(id);
    runs.forEach((run, index) => {
      const row = this.#rows.get(run.id) ?? this.#add(run);
      row.update(run);
      if (this.#body.children[index] !== row.node) this.#body.insertBefore(row.node, this.#body.children[index] ?? null);
    });
  }

  // The focus goes to the next row, or where there is none to the page.
  #remove(id) {
    const { node } = this.#rows.get(id);
    const neighbour = node.nextElementSibling ?? node.previousElementSibling;
    const focused = node.contains(document.activeElement);
    node.remove();
    this.#rows.delete(id);
    if (focused) (neighbour?.querySelector("a") ?? byId("main")).focus();
  }

  #add(run) {
    const row = new Row(run, this.#options);
    this.#rows.set(run.id, row);
    return row;
  }
}

class Row {
  #cells = {};
  #options;

  constructor(run, options) {
    this.#options = options;
    const dot = el("span", { class: "run-dot" });
    dot.style.background = colourOf(run.id);
    const about = [choiceLabel("dataset", run.config.dataset), shape(run.config.hidden), choiceLabel("optimizer", run.config.optimizer)].join(" · ");
    this.node = el("tr", {},
      el("th", { scope: "row" },
        el("a", { href: `/runs/${run.id}` }, dot, run.name),
        el("span", { class: "about" }, about)),
      this.#cell("status", "Status", "state"),
      this.#cell("accuracy", "Test accuracy", "number"),
      this.#cell("epoch", "Epoch", "number"),
      this.#cell("took", "Took", "number"),
      this.#cell("started", "Started", "when"),
      this.#cell("actions", null, "actions"));
    this.#cells.status.append(el("span", { class: "status" }));
  }

  #cell(name, label, style = name) {
    const cell = el("td", { class: style, "data-label": label });
    this.#cells[name] = cell;
    return cell;
  }

  update(run) {
    const { status, accuracy, epoch, took, started, actions } = this.#cells;
    const place = run.status === "queued" && run.queue_position ? `, place ${run.queue_position}` : "";
    setText(status.firstChild, statusWord(run.status) + place);
    status.firstChild.dataset.status = run.status;
    setText(accuracy, percent(run.test_accuracy));
    setText(epoch, `${run.epoch} of ${run.config.epochs}`);
    setText(took, tookWords(run));
    setText(started, moment(run.started_at ?? run.created_at));
    showActions(actions, run, ["pause", "resume", "stop", "delete"], { ...this.#options, named: true });
  }
}
