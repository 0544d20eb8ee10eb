// Menu of a row, with the actions that have no button there.

import "../components/run-actions.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { editDetails } from "./details-dialog.js";

/**
 * A menu for `run`, opened by a button whose popovertarget is "run-menu", at `place` (styles).
 *
 * Events: `rename`; `problem`, with a message as detail.
 */
class RunMenu extends LightElement {
  static properties = { run: { attribute: false }, place: { attribute: false } };

  render() {
    return html`<div popover id="run-menu" class="popup" role="group" aria-label="More for this run"
      style=${styleMap(this.place)} @click=${this.#close}>${this.run ? this.#items(this.run) : nothing}</div>`;
  }

  #items(run) {
    return html`
      <button type="button" class="quiet" @click=${() => this.dispatchEvent(new CustomEvent("rename"))}>Rename</button>
      <button type="button" class="quiet" @click=${() => editDetails(run)}>Tags and notes…</button>
      <button type="button" class="quiet" @click=${() => this.#pin(run)}>${run.pinned ? "Unpin" : "Pin to the top"}</button>
      <a class="button quiet" href="/?again=${run.id}">Run again</a>
      <run-actions .run=${run} .offered=${["fork", "delete"]} @failed=${({ detail }) => this.#tell(detail)}></run-actions>`;
  }

  async #pin(run) {
    try {
      await api.updateRun(run.id, { pinned: !run.pinned });
      this.#tell("");
    } catch (problem) {
      this.#tell(problem.message);
    }
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("problem", { detail }));
  }

  // Before the click reaches its button: the focus goes back to the row, where a dialog leaves it.
  #close = {
    capture: true,
    handleEvent: ({ target, currentTarget }) => {
      if (target.closest("button, a[href]")) currentTarget.hidePopover();
    },
  };
}

customElements.define("run-menu", RunMenu);
