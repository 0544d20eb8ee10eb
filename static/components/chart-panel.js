// What all charts have in common: title, legend, Reset, and the table behind the chart.

import { LightElement } from "../lib/element.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { Chart } from "./chart.js";
import "./term-help.js";

const MARGINS_PX = 48;
const LABEL_PX = 17;

/**
 * Base of the charts.
 *
 * A curve is `{id, name, colour, dash, steps, values}`; one with a value for each iteration has a
 * `series`, a `LossSeries`, in place of `steps` and `values`. Colours are those of a style sheet,
 * dashes those of Plotly.
 *
 * Properties: `subject`, the id of what is shown; another one drops zoom and drawing; `curves`;
 * `epochs`, rows of the table. A subclass has `title`; `part`, the `data-part` of its plot; `empty`, the
 * words while there is nothing to draw; `figure(chart)` as `Chart` takes it; `legend()`, its items;
 * `controls()`, if it has any; and `table()`, which returns `{columns, rows}`.
 */
export class ChartPanel extends LightElement {
  static properties = {
    subject: { attribute: false },
    curves: { attribute: false },
    epochs: { attribute: false },
    isTableShown: { state: true },
  };

  #chart = null;

  constructor() {
    super();
    this.curves = [];
    this.epochs = [];
    this.isTableShown = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#chart?.disconnect();
    this.#chart = null;
  }

  /** The values of a curve changed: draw them soon. */
  refresh() {
    this.#chart?.refresh();
  }

  willUpdate(changed) {
    if (changed.has("subject")) this.#chart?.clear();
  }

  updated() {
    this.#chart ??= new Chart(this.querySelector(".plot"), (chart) => this.figure(chart), () => this.requestUpdate());
    this.#chart.refresh();
  }

  render() {
    const { isDrawn, zoom } = this.#chart ?? {};
    return html`<section class="panel chart-panel" aria-label=${this.title}>
      <header>
        <h2>${this.title}</h2><term-help term=${this.title.toLowerCase()}></term-help>
        <div class="chart-tools">
          ${this.controls?.() ?? nothing}
          <button type="button" class="small quiet" aria-label="Reset zoom: ${this.title}" style=${styleMap({ visibility: zoom ? "visible" : "hidden" })}
            @click=${() => this.#chart.reset()}>Reset zoom</button>
          <button type="button" class="small quiet" aria-label="Table: ${this.title}" aria-expanded=${this.isTableShown}
            @click=${() => { this.isTableShown = !this.isTableShown; }}>Table</button>
        </div>
        <ul class="legend">${this.legend()}</ul>
      </header>
      <div class="chart">
        <div class="plot" data-part=${this.part}></div>
        ${isDrawn ? nothing : html`<p class="empty">${this.empty}</p>`}
      </div>
      ${this.isTableShown ? this.#table() : nothing}
    </section>`;
  }

  /** Annotations at the ends of curves, `{x, y, words, colour}`: those that would cover each other move apart. */
  endLabels(chart, ends, [low, high]) {
    const perUnit = Math.max(1, this.querySelector(".plot").clientHeight - MARGINS_PX) / (high - low);
    const sorted = ends.toSorted((a, b) => a.y - b.y);
    let lowest = -Infinity;
    const heights = sorted.map(({ y }) => {
      lowest = Math.max(y * perUnit, lowest + LABEL_PX);
      return lowest;
    });
    const lift = sorted.reduce((sum, { y }, i) => sum + heights[i] - y * perUnit, 0) / sorted.length;
    return sorted.map(({ x, y, words, colour }, i) => chart.endLabel(x, y, words, colour, heights[i] - y * perUnit - lift));
  }

  #table() {
    const { columns, rows } = this.table();
    return html`<div class="chart-table" tabindex="0" role="region" aria-label="${this.title} as a table">
      <table class="epochs">
        <thead><tr>${columns.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
        <tbody>${rows.map(([first, ...others]) => html`<tr>
          <th scope="row" class="number">${first}</th>${others.map((words) => html`<td class="number">${words}</td>`)}
        </tr>`)}</tbody>
      </table>
      ${rows.length ? nothing : html`<p class="muted">One line for each complete epoch.</p>`}
    </div>`;
  }
}

/** A line of the legend, drawn as the curve is. */
export function legendItem(words, colour, style = "solid") {
  return html`<li><span class="key ${style}" style=${styleMap({ color: colour })}></span>${words}</li>`;
}

/** Traces of a curve of means, in a band from `low` to `high`; `words` are those of Plotly's hover. */
export function bandTraces(chart, { name, colour, dash = "solid", steps, values, low, high }, words) {
  const color = chart.colour(colour);
  const edge = { type: "scatter", mode: "lines", x: steps, line: { width: 0 }, hoverinfo: "skip" };
  return [
    { ...edge, y: low },
    { ...edge, y: high, fill: "tonexty", fillcolor: color.replace("rgb(", "rgba(").replace(")", ", 0.25)") },
    { type: "scatter", mode: "lines", name, x: steps, y: values, line: { color, width: 2, dash },
      hovertemplate: `${name}, ${words}<extra></extra>` },
  ];
}
