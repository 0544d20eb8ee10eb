// The statistics of a training: a small chart for each quantity, a line for each layer.

import { axisEnd, extremes, lossRange } from "../../lib/charts/axis-range.js";
import { chartSettings, ChartSettingsController } from "../../lib/charts/chart-settings.js";
import { LightElement } from "../../lib/element.js";
import { count, loss as numberWords, percent } from "../../lib/format.js";
import { valueAt } from "../../lib/charts/interpolate.js";
import { colourOf } from "../../lib/runs/run-colours.js";
import { thinned } from "../../lib/runs/training-statistics.js";
import { html, nothing } from "../../vendor/lit-all.min.js";
import { ChartPanel, nearestIndex } from "./chart-panel.js";

const QUANTITIES = {
  weight_norm: "Weight norm",
  gradient_norm: "Gradient norm",
  update_norm: "Update norm",
  update_ratio: "Update ratio",
  silent_share: "Silent share",
  learning_rate: "Learning rate",
};
const DASHES = ["solid", "6px,3px", "2px,3px"];
const MOST_POINTS = 1000;
const MOST_TABLE_ROWS = 100;
// As the chart of losses, so that both show the same part of a run.
const LEAST_STEPS = 100;

/** Properties beside those of `ChartPanel`: `quantity`, the name of a column; `stepsTotal`; `isWhole`. */
class StatisticsChart extends ChartPanel {
  static properties = {
    quantity: { attribute: false },
    stepsTotal: { attribute: false },
    isWhole: { attribute: false },
  };

  offers = ["log", "skip", "x"];
  sharesReading = false;
  level = 3;

  get title() {
    return QUANTITIES[this.quantity];
  }

  // A form's field may have the same name on the same page.
  get label() {
    return `Statistics: ${this.title.toLowerCase()}`;
  }

  get part() {
    return `statistics-${this.quantity}`;
  }

  get key() {
    return this.quantity;
  }

  get empty() {
    return this.quantity === "silent_share" ? "No hidden layer has units that could be silent." : "Measured in the first iterations, and ten times an epoch.";
  }

  legend() {
    return nothing;
  }

  #words(value) {
    if (value === null) return "–";
    return this.quantity === "silent_share" ? percent(value) : numberWords(value);
  }

  table() {
    const curves = this.#measured;
    const steps = curves[0]?.steps ?? [];
    const every = Math.ceil(steps.length / MOST_TABLE_ROWS);
    return {
      columns: ["Iteration", ...curves.map(({ name }) => name)],
      rows: steps.map((step, i) => [count(step), ...curves.map(({ values }) => this.#words(values[i]))]).filter((_, i) => i % every === 0),
    };
  }

  /** The curves that have a value. */
  get #measured() {
    return this.placedCurves.filter(({ values }) => values.some((value) => value !== null));
  }

  figure(chart) {
    const curves = this.#measured;
    if (!curves.length) return null;
    const begin = curves[0].steps[0] - 1;
    const reached = curves[0].steps.at(-1);
    const end = this.isWhole ? this.stepsTotal : begin + axisEnd(reached - begin, this.stepsTotal - begin, LEAST_STEPS);
    const xaxis = this.xAxis(begin, end, this.stepsTotal);
    const places = [...this.scale.places(curves[0].steps, this.unit)];
    const data = curves.map((curve) => lineTrace(chart, curve, thinned(places, curve.values, xaxis.range, MOST_POINTS / curves.length)));
    const from = Math.max(xaxis.range[0], this.scale.place(this.countsFrom(begin, reached), this.unit));
    const [low, high] = extremes(data, from, xaxis.range[1], this.isLogarithmic);
    const y = this.yRange(lossRange(low, high, { logarithmic: this.isLogarithmic, fromZero: !this.view?.zoom || this.quantity === "learning_rate" }));
    const format = this.quantity === "silent_share" ? { tickformat: ".0%" } : { tickformat: "~g" };
    const last = Math.min(places.at(-1), xaxis.range[1]);
    const ends = curves.map(({ name, colour, values }) => ({ x: last, y: this.#height(valueAt(places, values, last)), words: name, colour }));
    return {
      words: `${this.title} after ${count(reached)} iterations: ${curves.map(({ name, values }) => `${name} ${this.#words(values.at(-1))}`).join(", ")}`,
      data,
      xaxis: { ...xaxis, nticks: 4 },
      yaxis: { ...format, ...(this.isLogarithmic ? { type: "log", nticks: 4 } : { type: "linear", nticks: 4 }), range: y },
      shapes: [],
      annotations: curves.length > 1 ? this.endLabels(chart, ends, xaxis.range, y) : [],
    };
  }

  #height(value) {
    return this.isLogarithmic ? Math.log10(value) : value;
  }

  readings(step) {
    return this.#measured.flatMap(({ id, name, colour, steps, values }) => {
      const at = nearestIndex(steps, step);
      return at < 0 ? [] : [{ id, name, colour, words: this.#words(values[at]) }];
    });
  }
}

customElements.define("statistics-chart", StatisticsChart);

/**
 * The charts, behind a heading that opens them.
 *
 * Properties: `layers`, names; `statistics`, a `TrainingStatistics`; `size`, the number of its rows;
 * `stepsTotal`, `isWhole`, `view` and `scale` as the charts take them. Event: `wanted`, when the
 * charts are shown and need their earlier rows.
 */
class StatisticsCharts extends LightElement {
  static properties = {
    layers: { attribute: false },
    statistics: { attribute: false },
    size: { attribute: false },
    stepsTotal: { attribute: false },
    isWhole: { attribute: false },
    view: { attribute: false },
    scale: { attribute: false },
  };

  constructor() {
    super();
    new ChartSettingsController(this);
  }

  updated() {
    if (chartSettings.values.statistics) this.dispatchEvent(new CustomEvent("wanted"));
  }

  render() {
    const isOpen = chartSettings.values.statistics;
    return html`<details class="panel statistics" ?open=${isOpen} @toggle=${({ target }) => {
      if (target.open !== chartSettings.values.statistics) chartSettings.set({ statistics: target.open });
    }}>
      <summary>Statistics by layer</summary>
      ${isOpen ? html`<div class="statistics-charts">${Object.keys(QUANTITIES).map((quantity) => html`<statistics-chart
        .quantity=${quantity} .subject=${this.statistics} .view=${this.view} .scale=${this.scale} .stepsTotal=${this.stepsTotal}
        .isWhole=${this.isWhole} .curves=${this.#curves(quantity)}></statistics-chart>`)}</div>` : nothing}
    </details>`;
  }

  #curves(quantity) {
    const { steps, columns } = this.statistics;
    const names = quantity === "learning_rate" ? ["learning rate"] : this.layers;
    if (!columns[quantity]) return [];
    return names.map((name, i) => ({
      id: name, name, colour: colourOf({ number: i }), dash: DASHES[i % DASHES.length], steps, values: columns[quantity][i],
    }));
  }
}

customElements.define("statistics-charts", StatisticsCharts);

function lineTrace(chart, { name, colour, dash }, { x, y }) {
  return { type: "scatter", mode: "lines", name, x, y, line: { color: chart.colour(colour), width: 2, dash } };
}
