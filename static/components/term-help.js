// The "?" beside a term: a press shows its explanation from the glossary.

import { LightElement } from "../lib/element.js";
import { pageData } from "../lib/page-data.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

const GAP_PX = 6;
const MARGIN_PX = 8;
const WIDTH_PX = 300;

let made = 0;

/**
 * A button that shows the explanation of a term; Escape or a press elsewhere closes it.
 *
 * Attribute: `term`, as in the glossary of the page data. Renders nothing for an unknown term.
 */
class TermHelp extends LightElement {
  static properties = { term: {}, isOpen: { state: true }, place: { state: true } };

  #id = `term-${made++}`;

  constructor() {
    super();
    this.isOpen = false;
    this.place = {};
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    removeEventListener("scroll", this.#close, true);
  }

  #close = () => this.querySelector("[popover]")?.hidePopover();

  // A popover stands in the top layer: it is placed by the window, and closed once that scrolls.
  #beforeToggle({ newState }) {
    if (newState !== "open") return;
    const { left, top, bottom } = this.querySelector("button").getBoundingClientRect();
    const width = Math.min(WIDTH_PX, innerWidth - 2 * MARGIN_PX);
    const isLow = bottom > innerHeight * 0.7;
    this.place = {
      width: `${width}px`,
      left: `${Math.max(MARGIN_PX, Math.min(left, innerWidth - width - MARGIN_PX))}px`,
      top: isLow ? "auto" : `${bottom + GAP_PX}px`,
      bottom: isLow ? `${innerHeight - top + GAP_PX}px` : "auto",
    };
  }

  #toggled({ newState }) {
    this.isOpen = newState === "open";
    if (this.isOpen) addEventListener("scroll", this.#close, { capture: true, once: true });
    else removeEventListener("scroll", this.#close, true);
  }

  render() {
    const entry = pageData.glossary.find(({ term }) => term === this.term);
    if (!entry) return nothing;
    return html`
      <button type="button" class="term-button" popovertarget=${this.#id} aria-expanded=${this.isOpen} aria-label="What is: ${entry.term}">?</button>
      <div class="term-text" id=${this.#id} popover role="note" style=${styleMap(this.place)}
        @beforetoggle=${this.#beforeToggle} @toggle=${this.#toggled}><strong>${entry.term}</strong> ${entry.text}</div>`;
  }
}

customElements.define("term-help", TermHelp);
