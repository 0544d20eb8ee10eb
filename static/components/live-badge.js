// The badge in the bar: the run that trains now, or that the server can't be reached.

import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { colourOf } from "../lib/runs/run-colours.js";
import { watchRuns } from "../lib/runs/run-list.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

class LiveBadge extends LightElement {
  static properties = { run: { state: true }, isAway: { state: true } };

  #stop = null;

  connectedCallback() {
    super.connectedCallback();
    this.#stop = watchRuns((runs) => {
      this.isAway = runs === null;
      this.run = runs?.find((run) => run.status === "running");
    }, { early: true, evenAway: true });
    // A page that follows the run itself knows sooner.
    document.addEventListener("runnews", this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#stop();
    document.removeEventListener("runnews", this.#update);
  }

  #update = ({ detail }) => {
    if (detail.id !== this.run?.id) return;
    this.run = detail.status === "running" ? detail : undefined;
  };

  // The name of the link is its content, so that it has all that one sees. Narrow screens hide parts.
  render() {
    if (this.isAway) {
      return html`<span class="badge" data-away="true"><span class="badge-away">Offline<span>: the server can't be reached</span></span></span>`;
    }
    if (!this.run) return nothing;
    const { id, name, step, steps_total: total, test_accuracy: accuracy } = this.run;
    return html`<a class="badge" href="/runs/${id}">
      <span class="run-dot" style=${styleMap({ background: colourOf(this.run) })}></span>
      <span><span class="sr-only">Training: </span><span class="badge-name">${name}</span></span>
      <span class="badge-done">${percent(total ? step / total : 0, 0)}<span> done</span></span>
      <span class="badge-accuracy">${accuracy === null ? nothing : `· ${percent(accuracy)} right`}</span>
    </a>`;
  }
}

customElements.define("live-badge", LiveBadge);
