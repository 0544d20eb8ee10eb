// The page of the cluster: its workers, what each of them trains, and the queue.

import { ClusterController, clusterWords } from "../lib/cluster.js";
import { LightElement } from "../lib/element.js";
import { bytes, count, duration, percent, plural } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { html, nothing } from "../vendor/lit-all.min.js";

// A worker reports to the scheduler at least every second or two.
const SILENT_S = 10;

class ClusterPage extends LightElement {
  #cluster = pageData.cluster ? new ClusterController(this) : null;

  render() {
    if (!this.#cluster) return NONE;
    const { state, error } = this.#cluster;
    return html`
      <header class="page-head">
        <h1>Cluster</h1>
        ${state ? html`<p class="muted" role="status" data-part="summary">${clusterWords(state)} · ${plural(state.waiting, "run")} waiting</p>` : nothing}
      </header>
      <p class="problem" role="alert">${error?.message}</p>
      ${state ? this.#workers(state) : nothing}`;
  }

  #workers({ address, connected, trouble, workers }) {
    if (!connected) {
      return html`<section class="panel empty-page">
        <h2>The scheduler does not respond</h2>
        <p>${address}${trouble ? `: ${trouble}` : ""}</p>
        <p>This server keeps trying. Runs that train wait for a worker and go on from where they were saved.</p>
      </section>`;
    }
    if (workers.length === 0) {
      return html`<section class="panel empty-page">
        <h2>No worker</h2>
        <p>Runs wait until one is started:</p>
        <p class="code-line"><code>python -m dask worker ${address} --nthreads 1</code></p>
      </section>`;
    }
    return html`<div class="panel workers-scroll" tabindex="0" role="region" aria-label="Workers">
      <table class="workers">
        <thead><tr>
          <th scope="col">Worker</th>
          <th scope="col">Trains</th>
          <th scope="col" class="number">Runs at once</th>
          <th scope="col" class="number" title="Of the worker itself, without its training processes">Memory</th>
          <th scope="col" class="number" title="Of the worker itself, without its training processes">Processor</th>
          <th scope="col">Machine</th>
        </tr></thead>
        <tbody>${workers.map(workerRow)}</tbody>
      </table>
    </div>
    <p class="muted about">Scheduler ${address}. Memory and processor time are the worker's own; each run it trains has a process beside it.</p>`;
  }
}

function workerRow({ name, host, threads, memory_bytes, memory_limit_bytes, cpu_percent, seen_s_ago, runs }) {
  const limit = memory_limit_bytes ? ` of ${bytes(memory_limit_bytes)}` : "";
  return html`<tr>
    <th scope="row">${name}</th>
    <td class="worker-runs">${runs.length
      ? html`<ul>${runs.map((run) => html`<li><a href="/runs/${run.id}">${run.name}</a></li>`)}</ul>`
      : html`<span class="muted">nothing</span>`}</td>
    <td class="number">${count(threads)}</td>
    <td class="number">${bytes(memory_bytes)}${limit}</td>
    <td class="number">${percent(cpu_percent / 100, 0)}</td>
    <td>${host}${seen_s_ago > SILENT_S ? html` <span class="problem">silent for ${duration(seen_s_ago)}</span>` : nothing}</td>
  </tr>`;
}

const NONE = html`<section class="panel empty-page">
  <h1>No cluster</h1>
  <p>This server trains on its own machine. Started with <code>--cluster</code> and the address of a Dask scheduler, it trains on the scheduler's workers.</p>
  <a class="button primary" href="/runs">See all runs</a>
</section>`;

customElements.define("cluster-page", ClusterPage);
