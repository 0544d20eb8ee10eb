// A fork: a run that goes on from an epoch of another, with other settings.

import * as api from "../lib/api.js";
import { byId, el, fillSelect, setText } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";

const FURTHER_EPOCHS = 10;

/** Prepares the form for a fork, then sends it. */
export class Fork {
  #parent;
  #epoch;

  constructor(parent, epoch) {
    this.#parent = parent;
    this.#epoch = epoch;
  }

  /** The epoch of its parent that it goes on from. */
  get epoch() {
    return Number(this.#epoch.value);
  }

  /** Set `form` up for a fork of the run with this id. */
  static async prepare(id, form) {
    const [parent, rows] = await Promise.all([api.getRun(id), api.epochs(id)]);
    const select = el("select", { id: "fork-epoch" });
    const choices = rows.map((row) => [row.epoch, `epoch ${row.epoch} (${percent(row.test_accuracy)})`]);
    fillSelect(select, choices.reverse());
    const note = byId("fork-note");
    note.replaceChildren(
      el("p", {}, "Goes on from ", el("a", { href: `/runs/${id}` }, parent.name), " with the settings you change."),
      el("div", {}, el("label", { for: select.id }, "After"), select),
      el("a", { href: "/" }, "Start from nothing instead"),
    );
    note.hidden = false;
    const { config } = parent;
    form.fill({ ...config, epochs: Math.max(config.epochs, parent.epoch + FURTHER_EPOCHS) });
    form.lock(pageData.fields.filter(({ fork }) => !fork).map(({ name }) => name));
    byId("presets").hidden = true;
    setText(byId("form-title"), "Fork");
    return new Fork(parent, select);
  }

  /** Ask the server for the fork, with what differs from its parent. */
  send(form) {
    const { id, config } = this.#parent;
    const body = { epoch: this.epoch };
    for (const [name, value] of Object.entries(form.values())) {
      if (JSON.stringify(value) !== JSON.stringify(config[name])) body[name] = value;
    }
    return api.forkRun(id, body);
  }
}
