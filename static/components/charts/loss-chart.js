// Losses by iteration: each one faint, smoothed firm; those of a test set as dots.

import * as api from "../../lib/api.js";
import { axisEnd, extremes, lossRange } from "../../lib/charts/axis-range.js";
import { chartSettings } from "../../lib/charts/chart-settings.js";
import { count, loss as lossWords } from "../../lib/format.js";
import { valueAt } from "../../lib/charts/interpolate.js";
import { html, nothing, styleMap } from "../../vendor/lit-all.min.js";
import { bandTraces, ChartPanel, legendItem, nearestIndex } from "./chart-panel.js";

const MOST_POINTS = 4000;
// Of a thinned series, points to load for each that a view shows, so that it can move a little.
const DETAIL = 4;
const RETRY_MS = 3000;
const MANY_DOTS = 60;
// The x axis of a long run never shows fewer iterations.
const LEAST_STEPS = 100;

/**
 * Properties beside those of `ChartPanel`: `stepsTotal`, iterations of the whole run; `reached`,
 * the iteration where it stands; `isWhole`, true to show all iterations from the start. A curve
 * with `endsAt`, the name of what follows, may be hidden by the user and has no label at its end.
 * With `isComparison` the curves are runs: each has a `label` at its end, and one of means with
 * `low` and `high` is drawn as a line in a band; its `runs`, `{id, name, series}`, stand in the CSV. Losses that blew up at first don't set the y axis.
 */
class LossChart extends ChartPanel {
  static properties = {
    stepsTotal: { attribute: false },
    reached: { attribute: false },
    isWhole: { attribute: false },
    isComparison: { attribute: false },
    hidesEarlier: { state: true },
  };

  title = "Loss";
  part = "loss-chart";
  key = "loss";
  offers = ["smoothing", "raw", "log", "skip", "x"];
  empty = "Every iteration's loss will be drawn here as it happens: how wrong the network still is.";

  // Series of which points are on their way.
  #loading = new Set();

  constructor() {
    super();
    this.hidesEarlier = false;
  }

  legend() {
    const { raw } = chartSettings.values;
    if (this.isComparison) return html`<li>one line for each run, smoothed${raw ? "; its iterations faint behind" : ""}</li>`;
    const earlier = this.curves.find((curve) => curve.endsAt);
    return html`
      ${raw ? legendItem("each iteration", "var(--train)", "thin") : nothing}
      ${legendItem("smoothed", "var(--train)")}
      ${legendItem("test set", "var(--test)", "dot")}
      ${this.isValidated ? legendItem("validation set", "var(--validation)", "dot") : nothing}
      ${earlier ? html`<li><label>
        <input type="checkbox" .checked=${!this.hidesEarlier} @change=${({ target }) => { this.hidesEarlier = !target.checked; }}>
        <span class="key" style=${styleMap({ color: earlier.colour })}></span>before the ${earlier.endsAt}
      </label></li>` : nothing}`;
  }

  table() {
    return {
      columns: ["Epoch", "Training loss", "Test loss", ...(this.isValidated ? ["Validation loss"] : [])],
      rows: this.epochs.map((row) => [
        String(row.epoch), lossWords(row.train_loss), lossWords(row.test_loss), ...(this.isValidated ? [lossWords(row.validation_loss)] : []),
      ]),
    };
  }

  get #shownCurves() {
    return this.hidesEarlier ? this.placedCurves.filter((curve) => !curve.endsAt) : this.placedCurves;
  }

  figure(chart) {
    const curves = this.#shownCurves;
    const lines = curves.filter(({ series }) => series?.length);
    const means = curves.filter(({ low }) => low?.length);
    // No empty axes first: the losses come in a moment.
    if (!lines.length && !means.length) return null;
    const begin = Math.min(...lines.map(({ series }) => series.firstStep), ...means.map(({ steps }) => steps[0])) - 1;
    const reached = Math.max(this.reached, ...lines.map(({ series }) => series.lastStep));
    const end = this.isWhole ? this.stepsTotal : begin + axisEnd(reached - begin, this.stepsTotal - begin, LEAST_STEPS);
    const xaxis = this.xAxis(begin, end, this.stepsTotal);
    const limit = MOST_POINTS / (lines.length + 1);
    for (const { series } of lines) series.smoothWith(chartSettings.values.smoothing);
    const data = [
      ...lines.flatMap((curve) => this.#lineTraces(chart, curve, xaxis.range, limit)),
      ...means.flatMap((curve) => bandTraces(chart, curve, this.#places(curve))),
      ...curves.filter(({ series, low }) => !series && !low).map((curve) => dotTrace(chart, curve, this.#places(curve))),
    ];
    const broken = new Set(lines.filter(({ series }) => isBroken(series)).flatMap(({ name }) => [name, rawName(name)]));
    const settled = this.isComparison ? data.filter(({ name }) => !broken.has(name)).map(withoutBlowUp) : data;
    const skipped = [...lines, ...means].map((curve) => this.scaleOf(curve).place(this.countsFrom(begin, reached), this.unit));
    const from = Math.max(xaxis.range[0], Math.min(...skipped));
    const [low, high] = extremes(settled, from, xaxis.range[1], this.isLogarithmic);
    const y = this.yRange(lossRange(low, high, { logarithmic: this.isLogarithmic, fromZero: !this.view?.zoom }));
    const scale = this.isLogarithmic ? { type: "log", dtick: "D2", tickformat: "~g" } : { type: "linear", nticks: 6 };
    return {
      words: this.#words(),
      data,
      xaxis,
      yaxis: { ...scale, range: y },
      shapes: lines.flatMap((curve) => this.#marks(chart, curve)),
      annotations: this.#labels(chart, lines, means, xaxis.range, y),
    };
  }

  #places(curve) {
    return this.scaleOf(curve).places(curve.steps, this.unit);
  }

  #lineTraces(chart, curve, range, limit) {
    const { name, colour, dash = "solid", series } = curve;
    const [from, to] = this.seen(curve, range);
    const view = [Math.floor(from), Math.ceil(to), limit];
    if (!this.view?.isMoving) this.#loadDetail(curve, ...view);
    const line = series.smoothed(...view);
    const places = (steps) => this.scaleOf(curve).places(steps, this.unit);
    const color = chart.colour(colour);
    const trace = { type: "scatter", mode: "lines", name };
    const smooth = { ...trace, x: places(line.x), y: line.y, line: { color, width: 2, dash, simplify: false } };
    // Many runs can't be redrawn with all their iterations as quickly as a finger moves.
    if (!chartSettings.values.raw || (this.isComparison && this.view?.isMoving)) return [smooth];
    const { x, y } = series.thinned(...view);
    return [{ ...trace, name: rawName(name), x: places(x), y, opacity: 0.35, line: { color, width: 1, simplify: false } }, smooth];
  }

  /** Load what a thinned series lacks of a view, and draw it then. */
  async #loadDetail({ id, series }, from, to, limit) {
    const range = series.missing(from, to);
    if (!range || this.#loading.has(series)) return;
    this.#loading.add(series);
    try {
      series.addDetail(range, await api.losses(id, { after_step: range[0] - 1, until_step: range[1], max_points: Math.ceil(DETAIL * limit) }));
      this.#loading.delete(series);
      this.refresh();
    } catch {
      // The chart stands without it for a while.
      setTimeout(() => this.#loading.delete(series), RETRY_MS);
    }
  }

  /** Vertical lines where a curve goes over into the next one, or has a loss that is not finite. */
  #marks(chart, curve) {
    const at = this.scaleOf(curve).place(curve.series.lastStep, this.unit);
    const upright = (color, width) => ({ type: "line", x0: at, x1: at, y0: 0, y1: 1, yref: "paper", line: { color, width, dash: "dot" } });
    if (curve.endsAt) return [upright(chart.colour("var(--muted)"), 1)];
    return isBroken(curve.series) ? [upright(chart.colour("var(--bad)"), 1.5)] : [];
  }

  #labels(chart, lines, means, x, y) {
    const height = (value) => (this.isLogarithmic ? Math.log10(value) : value);
    const at = (curve, step) => this.scaleOf(curve).place(step, this.unit);
    // A line that goes on beyond the view has its label where it leaves it.
    const seen = (curve) => this.scaleOf(curve).stepAt(x[1], this.unit);
    const begun = lines.filter((curve) => curve.series.firstStep <= seen(curve));
    if (this.isComparison) {
      const ends = [
        ...begun.filter(({ series }) => !isBroken(series)).map((curve) => ({ curve, step: curve.series.lastStep, value: (step) => curve.series.nearest(step).smooth })),
        ...means.filter((curve) => curve.steps[0] <= seen(curve)).map((curve) => ({ curve, step: curve.steps.at(-1), value: (step) => valueAt(curve.steps, curve.values, step) })),
      ].map(({ curve, step, value }) => {
        const last = Math.min(step, seen(curve));
        return { x: at(curve, last), y: height(value(last)), words: curve.label, colour: curve.colour };
      });
      return this.endLabels(chart, ends, x, y);
    }
    return begun.filter(({ endsAt }) => !endsAt).flatMap((curve) => {
      const { lastStep } = curve.series;
      const last = Math.min(lastStep, seen(curve));
      const { smooth } = curve.series.nearest(last);
      const end = { x: at(curve, last), y: height(smooth), words: lossWords(smooth), colour: curve.colour };
      if (!isBroken(curve.series)) return this.endLabels(chart, [end], x, y);
      const broken = at(curve, lastStep);
      if (broken < x[0] || broken > x[1]) return [];
      return [{ ...chart.endLabel(broken, 1, "not finite", "var(--bad)"), yref: "paper", yanchor: "top" }];
    });
  }

  readings(cross) {
    return this.#shownCurves.flatMap((curve) => {
      const { id, name, label, colour, series, steps, values } = curve;
      const step = this.stepAtCross(curve, cross);
      const row = (words) => ({ id, name: label ? `${label} ${name}` : name, colour, words });
      if (!series) {
        const at = nearestIndex(steps, step);
        return at < 0 ? [] : [row(lossWords(values[at]))];
      }
      const isWithin = series.length && step > series.firstStep - 1 && step < series.lastStep + 1;
      if (!isWithin) return [];
      const { value, smooth } = series.nearest(step);
      return [row(`${lossWords(value)}, smoothed ${lossWords(smooth)}`)];
    });
  }

  async columns(from, to) {
    const columns = [];
    for (const { id, name, series, steps, values } of this.#shownCurves.flatMap((curve) => [curve, ...(curve.runs ?? [])])) {
      if (series?.length) {
        // The page may hold a series thinned: the server has it whole.
        const last = Math.min(to, series.lastStep);
        const whole = await api.losses(id, { after_step: from - 1, until_step: last });
        columns.push({ name, steps: whole.values.map((_, i) => whole.first_step + i), values: whole.values });
      } else if (steps) {
        columns.push({ name, steps, values });
      }
    }
    return columns;
  }

  #words() {
    const last = this.epochs.at(-1);
    return last ? `Test loss ${lossWords(last.test_loss)} after ${count(last.step)} iterations` : "Loss of each iteration";
  }
}

/** A trace without the largest fiftieth of its values, which a bad start can make huge. */
function withoutBlowUp({ x, y }) {
  const most = Float64Array.from(y).filter(Number.isFinite).sort();
  const bound = most[Math.ceil(most.length * 0.98) - 1] ?? Infinity;
  return { x, y: Array.from(y, (value) => (value <= bound ? value : null)) };
}

const rawName = (name) => `${name}, each iteration`;

function dotTrace(chart, { name, colour, values }, x) {
  return {
    type: "scatter", mode: "markers", name, x, y: values, cliponaxis: false,
    marker: { color: chart.colour(colour), size: values.length > MANY_DOTS ? 4 : 6 },
  };
}

function isBroken(series) {
  return Number.isNaN(series.lastSmooth);
}

customElements.define("loss-chart", LossChart);
