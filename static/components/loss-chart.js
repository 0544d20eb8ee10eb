// Losses by iteration: each one faint, smoothed firm; those of a test set as dots.

import { axisEnd, lossRange } from "../lib/axis-range.js";
import { chartSetting, setChartSetting } from "../lib/chart-settings.js";
import { count, loss as lossWords } from "../lib/format.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { bandTraces, ChartPanel, legendItem } from "./chart-panel.js";

const MOST_POINTS = 4000;
const MANY_DOTS = 60;
// The x axis of a long run never shows fewer iterations.
const LEAST_STEPS = 100;

/**
 * Properties beside those of `ChartPanel`: `stepsTotal`, iterations of the whole run; `reached`,
 * the iteration where it stands; `isWhole`, true to show all iterations from the start. A curve
 * with `endsAt`, the name of what follows, may be hidden by the user and has no label at its end.
 * With `isComparison` the curves are runs: each has a `label` at its end, and one of means with
 * `low` and `high` is drawn as a line in a band. Losses that blew up at first don't set the y axis.
 */
class LossChart extends ChartPanel {
  static properties = {
    stepsTotal: { attribute: false },
    reached: { attribute: false },
    isWhole: { attribute: false },
    isComparison: { attribute: false },
    isLogarithmic: { state: true },
    hidesEarlier: { state: true },
  };

  title = "Loss";
  part = "loss-chart";
  empty = "Every iteration's loss will be drawn here as it happens: how wrong the network still is.";

  constructor() {
    super();
    this.isLogarithmic = chartSetting("log") === "1";
    this.hidesEarlier = false;
  }

  legend() {
    if (this.isComparison) return html`<li>one line for each run, smoothed; its iterations faint behind</li>`;
    const earlier = this.curves.find((curve) => curve.endsAt);
    return html`
      ${legendItem("each iteration", "var(--train)", "thin")}
      ${legendItem("smoothed", "var(--train)")}
      ${legendItem("test set", "var(--test)", "dot")}
      ${earlier ? html`<li><label>
        <input type="checkbox" .checked=${!this.hidesEarlier} @change=${({ target }) => { this.hidesEarlier = !target.checked; }}>
        <span class="key" style=${styleMap({ color: earlier.colour })}></span>before the ${earlier.endsAt}
      </label></li>` : nothing}`;
  }

  controls() {
    return html`<label><input type="checkbox" .checked=${this.isLogarithmic} @change=${this.#setScale}>log scale</label>`;
  }

  #setScale = ({ target }) => {
    this.isLogarithmic = target.checked;
    setChartSetting("log", target.checked ? "1" : null);
  };

  table() {
    return {
      columns: ["Epoch", "Training loss", "Test loss"],
      rows: this.epochs.map((row) => [String(row.epoch), lossWords(row.train_loss), lossWords(row.test_loss)]),
    };
  }

  figure(chart) {
    const curves = this.hidesEarlier ? this.curves.filter((curve) => !curve.endsAt) : this.curves;
    const lines = curves.filter(({ series }) => series?.length);
    const means = curves.filter(({ low }) => low?.length);
    // No empty axes first: the losses come in a moment.
    if (!lines.length && !means.length) return null;
    const begin = Math.min(...lines.map(({ series }) => series.firstStep), ...means.map(({ steps }) => steps[0])) - 1;
    const reached = Math.max(this.reached, ...lines.map(({ series }) => series.lastStep));
    const end = this.isWhole ? this.stepsTotal : begin + axisEnd(reached - begin, this.stepsTotal - begin, LEAST_STEPS);
    const range = [begin, end];
    const [from, to] = chart.zoom ?? range;
    const limit = MOST_POINTS / (lines.length + 1);
    const data = [
      ...lines.flatMap((curve) => lineTraces(chart, curve, from, to, limit)),
      ...means.flatMap((curve) => bandTraces(chart, curve, "iteration %{x:,}: %{y:.4f}")),
      ...curves.filter(({ series, low }) => !series && !low).map((curve) => dotTrace(chart, curve)),
    ];
    const broken = new Set(lines.filter(({ series }) => isBroken(series)).map(({ name }) => name));
    const settled = data.filter(({ name }) => !broken.has(name));
    const [low, high] = extremes(this.isComparison ? settled.map(withoutBlowUp) : data, from, to, this.isLogarithmic);
    const y = lossRange(low, high, { logarithmic: this.isLogarithmic, fromZero: !chart.zoom });
    const scale = this.isLogarithmic ? { type: "log", dtick: "D2", tickformat: "~g" } : { type: "linear", nticks: 6 };
    return {
      words: this.#words(),
      data,
      range,
      xaxis: { title: "iteration", tickformat: ",d" },
      yaxis: { ...scale, range: y },
      shapes: lines.flatMap((curve) => marks(chart, curve)),
      annotations: this.isComparison
        ? this.endLabels(chart, [...lines.filter(({ series }) => !isBroken(series)).map(endOf), ...means.map(lastOf)]
          .filter(({ x }) => x >= from && x <= to).map((end) => (this.isLogarithmic ? { ...end, y: Math.log10(end.y) } : end)), y)
        : lines.flatMap((curve) => labels(chart, curve, from, to, this.isLogarithmic)),
    };
  }

  #words() {
    const last = this.epochs.at(-1);
    return last ? `Test loss ${lossWords(last.test_loss)} after ${count(last.step)} iterations` : "Loss of each iteration";
  }
}

function lineTraces(chart, { name, colour, dash = "solid", series }, from, to, limit) {
  const { x, y, smoothX, smoothY } = series.thinned(Math.floor(from), Math.ceil(to), limit);
  const color = chart.colour(colour);
  const trace = { type: "scatter", mode: "lines", name };
  return [
    { ...trace, x, y, opacity: 0.35, line: { color, width: 1, simplify: false },
      hovertemplate: `${name}, iteration %{x:,}: %{y:.4f}<extra></extra>` },
    { ...trace, x: smoothX, y: smoothY, line: { color, width: 2, dash, simplify: false }, hoverinfo: "skip" },
  ];
}

/** A trace without the largest fiftieth of its values, which a bad start can make huge. */
function withoutBlowUp({ x, y }) {
  const most = Float64Array.from(y).filter(Number.isFinite).sort();
  const bound = most[Math.ceil(most.length * 0.98) - 1] ?? Infinity;
  return { x, y: Array.from(y, (value) => (value <= bound ? value : null)) };
}

function endOf({ colour, label, series }) {
  return { x: series.lastStep, y: series.lastSmooth, words: label, colour };
}

function lastOf({ colour, label, steps, values }) {
  return { x: steps.at(-1), y: values.at(-1), words: label, colour };
}

function dotTrace(chart, { name, colour, steps, values }) {
  return {
    type: "scatter", mode: "markers", name, x: steps, y: values, cliponaxis: false,
    marker: { color: chart.colour(colour), size: steps.length > MANY_DOTS ? 4 : 6 },
    hovertemplate: `${name}, iteration %{x:,}: %{y:.4f}<extra></extra>`,
  };
}

/** The least and the greatest value in a part of the x axis; on a log scale only of those above 0. */
function extremes(traces, from, to, isLogarithmic) {
  let [low, high] = [Infinity, -Infinity];
  for (const { x, y } of traces) {
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] < from || x[i] > to || y[i] === null || (isLogarithmic && y[i] <= 0)) continue;
      if (y[i] < low) low = y[i];
      if (y[i] > high) high = y[i];
    }
  }
  return [low, high];
}

function isBroken(series) {
  return Number.isNaN(series.lastSmooth);
}

/** Vertical lines where a curve goes over into the next one, or has a loss that is not finite. */
function marks(chart, { endsAt, series }) {
  const upright = (color, width) => ({
    type: "line", x0: series.lastStep, x1: series.lastStep, y0: 0, y1: 1, yref: "paper", line: { color, width, dash: "dot" },
  });
  if (endsAt) return [upright(chart.colour("var(--muted)"), 1)];
  return isBroken(series) ? [upright(chart.colour("var(--bad)"), 1.5)] : [];
}

function labels(chart, { endsAt, colour, series }, from, to, isLogarithmic) {
  const { lastStep, lastSmooth } = series;
  if (endsAt || lastStep < from || lastStep > to) return [];
  if (isBroken(series)) {
    const label = chart.endLabel(lastStep, 1, `${count(lastStep)}: not finite`, "var(--bad)");
    return [{ ...label, yref: "paper", yanchor: "top" }];
  }
  return [chart.endLabel(lastStep, isLogarithmic ? Math.log10(lastSmooth) : lastSmooth, lossWords(lastSmooth), colour)];
}

customElements.define("loss-chart", LossChart);
