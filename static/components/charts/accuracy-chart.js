// Accuracies by epoch, on training and test set.

import { accuracyRange, axisEnd } from "../../lib/charts/axis-range.js";
import { percent } from "../../lib/format.js";
import { valueAt } from "../../lib/charts/interpolate.js";
import { bandTraces, ChartPanel, legendItem, nearestIndex } from "./chart-panel.js";
import { html, nothing } from "../../vendor/lit-all.min.js";

const MANY_EPOCHS = 60;
// The x axis of a long run never shows fewer epochs.
const LEAST_EPOCHS = 20;

/**
 * Properties beside those of `ChartPanel`, whose curves have `epochs` beside their `steps`:
 * `firstEpoch`, the one that the run starts from; `epochsTotal`; `isWhole`, true to show all epochs
 * from the start; `bestEpoch`, the one to mark on the curves that have `isJudge`, or null;
 * `isComparison`, true where the curves are runs, each with a `label` at its end.
 */
class AccuracyChart extends ChartPanel {
  static properties = {
    firstEpoch: { attribute: false },
    epochsTotal: { attribute: false },
    isWhole: { attribute: false },
    isComparison: { attribute: false },
    bestEpoch: { attribute: false },
  };

  title = "Accuracy";
  part = "accuracy-chart";
  key = "accuracy";
  usualUnit = "epoch";
  empty = "After each epoch: the share of pictures it reads right.";

  legend() {
    if (this.isComparison) return html`<li>pictures it has never seen, one line for each run</li>`;
    return html`
      ${legendItem("pictures it learns from", "var(--train)")}
      ${legendItem("pictures it has never seen", "var(--test)", "dashed")}
      ${this.isValidated ? legendItem("validation set", "var(--validation)", "dotted") : nothing}
      ${legendItem("best epoch", "var(--test)", "ring")}`;
  }

  table() {
    return {
      columns: ["Epoch", "Training", "Test", ...(this.isValidated ? ["Validation"] : [])],
      rows: this.epochs.map((row) => [
        row.epoch === this.bestEpoch ? `${row.epoch}, best` : String(row.epoch),
        percent(row.train_accuracy), percent(row.test_accuracy), ...(this.isValidated ? [percent(row.validation_accuracy)] : []),
      ]),
    };
  }

  figure(chart) {
    const curves = this.placedCurves.filter(({ steps }) => steps.length);
    if (!curves.length) return null;
    const reached = Math.max(...curves.map(({ epochs }) => epochs.at(-1)));
    const span = this.epochsTotal - this.firstEpoch;
    const shown = this.isWhole ? span : axisEnd(reached - this.firstEpoch, span, LEAST_EPOCHS);
    const stepOf = (epoch, pick) => pick(...curves.map((curve) => this.scaleOf(curve).stepAt(epoch, "epoch")));
    const begin = stepOf(this.firstEpoch, Math.min);
    const xaxis = this.xAxis(begin, stepOf(this.firstEpoch + shown, Math.max), stepOf(this.epochsTotal, Math.max));
    const placed = curves.map((curve) => ({ ...curve, x: this.scaleOf(curve).places(curve.steps, this.unit) }));
    const skipped = this.countsFrom(begin, stepOf(reached, Math.max));
    const [from, to] = xaxis.range;
    // Lines that come in or go out between two epochs are seen too.
    const seen = placed.flatMap(({ x, steps, values }) => [
      ...values.filter((_, i) => x[i] >= from && x[i] <= to && steps[i] >= skipped),
      ...xaxis.range.filter((edge) => edge > x[0] && edge < x.at(-1)).map((edge) => valueAt(x, values, edge)),
    ]);
    const [low, high] = this.yRange(seen.length ? accuracyRange(Math.min(...seen), Math.max(...seen)) : [0, 1]);
    const ends = placed.filter(({ x }) => x[0] <= to).map(({ x, values, colour, label }) => {
      const at = Math.min(x.at(-1), to);
      const value = valueAt(x, values, at);
      return { x: at, y: value, words: label ?? percent(value), colour };
    });
    return {
      words: this.#words(),
      data: [
        ...placed.flatMap((curve) => (curve.low ? bandTraces(chart, curve, curve.x) : lineTrace(chart, curve))),
        ...placed.flatMap((curve) => bestTrace(chart, curve, this.bestEpoch)),
      ],
      xaxis,
      yaxis: { range: [low, high], tickformat: percentFormat(high - low), nticks: 6 },
      shapes: [],
      annotations: this.endLabels(chart, ends, xaxis.range, [low, high]),
    };
  }

  readings(step) {
    return this.placedCurves.flatMap((curve) => {
      const { id, name, label, colour, steps, epochs, values } = curve;
      const at = nearestIndex(steps, this.stepAtCross(curve, step));
      if (at < 0) return [];
      // In a comparison a run's accuracy stands in one row with its loss.
      return [{ id, name: label ? `${label} ${name}` : `${name}, epoch ${epochs[at]}`, colour, words: percent(values[at]) }];
    });
  }

  async columns() {
    const curves = await super.columns();
    if (this.isComparison || !curves.length) return curves;
    const [{ steps, epochs }] = this.curves;
    return [{ name: "epoch", steps, values: epochs }, ...curves];
  }

  #words() {
    const last = this.epochs.at(-1);
    if (!last) return "Accuracy after each epoch";
    return `Accuracy ${percent(last.train_accuracy)} in training, ${percent(last.test_accuracy)} on the test set, after epoch ${last.epoch}`;
  }
}

function percentFormat(span) {
  if (span < 0.004) return ".2~%";
  return span < 0.04 ? ".1%" : ".0%";
}

function lineTrace(chart, { name, colour, dash = "solid", x, values }) {
  const color = chart.colour(colour);
  return {
    type: "scatter", mode: x.length > MANY_EPOCHS ? "lines" : "lines+markers", name, cliponaxis: false,
    x, y: values, line: { color, width: 2, dash }, marker: { color, size: 5 },
  };
}

function bestTrace(chart, { isJudge, colour, epochs, x, values }, bestEpoch) {
  const at = epochs.indexOf(bestEpoch);
  if (!isJudge || at < 0) return [];
  return [{
    type: "scatter", mode: "markers", name: "best epoch", x: [x[at]], y: [values[at]], cliponaxis: false,
    marker: { symbol: "circle-open", size: 12, color: chart.colour(colour), line: { width: 2 } },
  }];
}

customElements.define("accuracy-chart", AccuracyChart);
