// The name of a run in the table, and its editing in place.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { differences, pageData } from "../lib/page-data.js";
import { colourOf } from "../lib/runs/run-colours.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { tagsCell } from "./columns.js";

const PINNED = html`<svg class="pinned" viewBox="0 0 24 24" role="img" aria-label="Pinned"><path d="M12 3l2.7 5.9 6.3.7-4.7 4.3 1.3 6.3L12 17l-5.6 3.2 1.3-6.300L3 9.6l6.3-.7z"/></svg>`;

/**
 * A link with the run's name, under it the learning rate and what differs from the defaults; a text field when `editing`.
 *
 * Events: `done`, when the editing ends; `problem`, with a message as detail.
 */
class RunName extends LightElement {
  static properties = { run: { attribute: false }, editing: { type: Boolean } };

  updated(changes) {
    if (!changes.has("editing") || !this.editing) return;
    const field = this.querySelector("input");
    field.focus();
    field.select();
  }

  render() {
    const dot = html`<span class="run-dot" style=${styleMap({ background: colourOf(this.run) })}></span>`;
    if (this.editing) return html`${dot}${this.#form()}`;
    const { id, name, pinned, parent, config, tags } = this.run;
    const settings = `${parent ? `from epoch ${parent.epoch}, ` : ""}${differences(config)}`;
    return html`<a href="/runs/${id}" data-control="name" title=${name}>${dot}<span class="cut">${name}</span></a>
      <span class="about cut" title=${[...tags, settings].join(", ")}>${pinned ? PINNED : nothing}${tagsCell(this.run)}${settings}</span>`;
  }

  #form() {
    return html`<form @submit=${this.#save} @keydown=${(event) => event.key === "Escape" && this.#done()}>
      <input type="text" name="name" aria-label="Name of the run" required maxlength=${pageData.longest_name} .value=${this.run.name} autocomplete="off">
      <button class="small">Save</button></form>`;
  }

  #save = async (event) => {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    try {
      if (name !== this.run.name) await api.updateRun(this.run.id, { name });
      this.#tell("");
      this.#done();
    } catch (problem) {
      this.#tell(problem.message);
    }
  };

  #done() {
    this.dispatchEvent(new CustomEvent("done"));
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent("problem", { detail }));
  }
}

customElements.define("run-name", RunName);
