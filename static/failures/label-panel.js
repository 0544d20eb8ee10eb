// The labels of the test set: which may be wrong, and what a person marked.

import { LightElement } from "../lib/element.js";
import { count, percent, plural } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { html, nothing } from "../vendor/lit-all.min.js";

// Its pictures do not count for the accuracy without wrong labels.
const WRONG = "label_wrong";

/**
 * Properties: `frame` as in lab-data.js; `file`, the address of the file of marks; `noun` for a
 * picture. Event: `show`, with `{view, order}` of what to show as detail.
 */
class LabelPanel extends LightElement {
  static properties = { frame: { attribute: false }, file: { attribute: false }, noun: { attribute: false } };

  render() {
    const { marks } = this.frame;
    return html`
      <p class="about">A mistake that the networks are sure of may be a mistake in the test set. Put runs beside this one:
        then only those count on which all of them agree. Open a ${this.noun} to mark it.</p>
      <p class="label-buttons">
        <button type="button" class="small" @click=${() => this.#show("issues", "doubtful")}>Show the doubtful</button>
        ${marks.size ? html`<button type="button" class="small" @click=${() => this.#show("marked", "index")}>Show the marked</button>
          <a class="button small" href=${this.file} download>CSV</a>` : nothing}
      </p>
      ${marks.size ? this.#counts() : nothing}`;
  }

  #counts() {
    const { frame } = this;
    const numbers = pageData.marks.map(({ name, label }) => [label, [...frame.marks.values()].filter((mark) => mark === name).length]);
    return html`<p id="marked">Marked: ${numbers.filter(([, number]) => number).map(([label, number]) => `${count(number)}\u00a0${label}`).join(", ")}.</p>
      ${this.#accuracy()}`;
  }

  #accuracy() {
    const { labels, now, marks } = this.frame;
    const kept = [...labels.keys()].filter((i) => marks.get(i) !== WRONG);
    if (kept.length === labels.length) return nothing;
    const share = (indices) => indices.filter((i) => now.predicted[i] === labels[i]).length / indices.length;
    return html`<p id="accuracy-without">Right: ${percent(share([...labels.keys()]), 2)}; without the ${plural(labels.length - kept.length, "wrong label")}
      <strong>${percent(share(kept), 2)}</strong></p>`;
  }

  #show(view, order) {
    this.dispatchEvent(new CustomEvent("show", { detail: { view, order } }));
  }
}

customElements.define("label-panel", LabelPanel);
