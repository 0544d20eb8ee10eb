import { LightElement } from "../lib/element.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import "./run-actions.js";
class LiveRun extends LightElement {
  static properties = { run: { attribute: false }, actions: { attribute: false }, heading: { attribute: false } };
  render() {
    const { run } = this;
    return html`${run ? html`<section class="live" data-active=${run.active}><header class="live-head"><h2 class="run-name">${run.name}</h2><span class="status" data-status=${run.status}>${run.status}</span><run-actions class="actions" .run=${run} .offered=${this.actions}></run-actions></header>
      <progress max="1" value=${run.step / run.steps_total}></progress><p role="status">Epoch ${run.epoch}: <a href="/draw?run=${run.id}">Draw one now</a></p></section>` : nothing}
      <section class="panel chart-panel" style="height:300px">Loss</section><section class="panel chart-panel" style="height:300px">Accuracy</section>`;
  }
}
customElements.define("live-run", LiveRun);
