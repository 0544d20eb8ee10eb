// The badge in the bar: the run that trains now, or that the server can't be reached.

import { percent } from "../lib/format.js";
import { colourOf } from "../lib/run-colours.js";
import { watchRuns } from "../lib/run-list.js";
import { html, LitElement, nothing, styleMap } from "../vendor/lit-all.min.js";

class LiveBadge extends LitElement {
  static properties = { run: { state: true }, isAway: { state: true } };

  #stop = null;

  // In the light DOM, where the style sheets apply.
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#stop = watchRuns((runs) => {
      this.isAway = runs === null;
      this.run = runs?.find((run) => run.status === "running");
    }, { evenAway: true });
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

  render() {
    if (this.isAway) {
      return html`<span class="badge" data-away="true"><span class="badge-away">Offline<span>: the server can't be reached</span></span></span>`;
    }
    if (!this.run) return nothing;
    const { run } = this;
    const { id, name, step, steps_total: total, test_accuracy: accuracy } = run;
    return html`<a class="badge" href="/runs/${id}" aria-label="Training: ${name}">
      <span class="run-dot" style=${styleMap({ background: colourOf(run) })}></span>
      <span class="badge-name">${name}</span>
      <span class="badge-done">${percent(total ? step / total : 0, 0)}</span>
      <span class="badge-accuracy">${accuracy === null ? "" : percent(accuracy)}</span>
    </a>`;
  }
}

customElements.define("live-badge", LiveBadge);
