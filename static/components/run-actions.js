// The buttons that change a run.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { html, nothing, repeat } from "../vendor/lit-all.min.js";
import { confirmDelete } from "./delete-dialog.js";

const WORDS = { pause: "Pause", resume: "Resume", stop: "Stop", fork: "Fork…", delete: "Delete…" };

/**
 * Buttons for the actions that a run allows; "fork" has its place from the start of a run that
 * trains, and can be pressed once there is an epoch to fork from.
 *
 * Properties: `run`; `offered`, the actions that this place offers; `named`: true to make the run's
 * name part of each label, where several runs have such buttons. Events, none of which bubbles:
 * `changed`, with the run as detail; `deleted`; `failed`, with a message as detail, empty once an
 * action succeeded.
 */
class RunActions extends LightElement {
  static properties = {
    run: { attribute: false },
    offered: { attribute: false },
    named: { type: Boolean },
    busy: { state: true },
  };

  #hadFocus = false;

  constructor() {
    super();
    this.offered = [];
    this.named = false;
    this.busy = false;
  }

  willUpdate() {
    this.#hadFocus = this.contains(document.activeElement);
  }

  // A button that goes away takes the focus along: it moves to the next one, but not to one that
  // would end the run if the key that was pressed is pressed again.
  updated() {
    if (!this.#hadFocus || this.contains(document.activeElement)) return;
    const next = this.querySelector("button:not([data-ends]), a[href]");
    const rest = this.querySelector("button") ? this : document.querySelector("main");
    rest.tabIndex = -1;
    (next ?? rest).focus();
  }

  render() {
    const { run } = this;
    const actions = this.offered.filter((action) => run.actions.includes(action) || (action === "fork" && run.active));
    // Each keeps its own button: one that is being pressed never becomes another action's.
    return repeat(actions, (action) => action, (action) => this.#button(action));
  }

  #button(action) {
    const label = this.named ? `${WORDS[action]} ${this.run.name}` : nothing;
    if (action === "fork") {
      return this.run.actions.includes("fork")
        ? html`<a class="button small" href="/?fork=${this.run.id}" aria-label=${label}>${WORDS.fork}</a>`
        : html`<a class="button small" role="link" aria-disabled="true" aria-label=${label} title="Once an epoch is complete">${WORDS.fork}</a>`;
    }
    const style = action === "delete" ? "small quiet danger" : "small";
    // A disabled button would lose the focus.
    return html`<button type="button" class=${style} ?data-ends=${action === "stop" || action === "delete"} aria-label=${label} aria-disabled=${this.busy ? "true" : nothing}
      @click=${() => this.#perform(action)}>${WORDS[action]}</button>`;
  }

  async #perform(action) {
    const { run } = this;
    if (this.busy || (action === "delete" && !(await confirmDelete(run)))) return;
    this.busy = true;
    try {
      if (action === "delete") {
        await api.deleteRun(run.id);
        this.dispatchEvent(new CustomEvent("deleted"));
      } else {
        this.dispatchEvent(new CustomEvent("changed", { detail: await api.act(run.id, action) }));
      }
      this.dispatchEvent(new CustomEvent("failed", { detail: "" }));
    } catch (problem) {
      this.dispatchEvent(new CustomEvent("failed", { detail: problem.message }));
    } finally {
      this.busy = false;
    }
  }
}

customElements.define("run-actions", RunActions);
