// Accuracies by epoch, on training and test set.

import { accuracyRange, axisEnd } from "../lib/axis-range.js";
import { percent } from "../lib/format.js";
import { bandTraces, ChartPanel, legendItem } from "./chart-panel.js";
import { html } from "../vendor/lit-all.min.js";

const MANY_EPOCHS = 60;
// The x axis of a long run never shows fewer epochs.
const LEAST_EPOCHS = 20;

/**
 * Properties beside those of `ChartPanel`: `firstEpoch`, the one that the run starts from;
 * `epochsTotal`; `isWhole`, true to show all epochs from the start; `bestEpoch`, the one to mark on
 * the curves that have `isJudge`, or null; `isComparison`, true where the curves are runs, each with
 * a `label` at its end.
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
  empty = "After each epoch: the share of digits it reads right.";

  legend() {
    if (this.isComparison) return html`<li>pictures it has never seen, one line for each run</li>`;
    return html`
      ${legendItem("pictures it learns from", "var(--train)")}
      ${legendItem("pictures it has never seen", "var(--test)", "dashed")}
      ${legendItem("best epoch", "var(--test)", "ring")}`;
  }

  table() {
    return {
      columns: ["Epoch", "Training", "Test"],
      rows: this.epochs.map((row) => [
        row.epoch === this.bestEpoch ? `${row.epoch}, best` : String(row.epoch),
        percent(row.train_accuracy), percent(row.test_accuracy),
      ]),
    };
  }

  figure(chart) {
    const curves = this.curves.filter(({ steps }) => steps.length);
    if (!curves.length) return null;
    const reached = Math.max(...curves.map(({ steps }) => steps.at(-1)));
    const span = this.epochsTotal - this.firstEpoch;
    const shown = this.isWhole ? span : axisEnd(reached - this.firstEpoch, span, LEAST_EPOCHS);
    const range = [this.firstEpoch, this.firstEpoch + shown];
    const [from, to] = chart.zoom ?? range;
    const seen = curves.flatMap(({ steps, values }) => values.filter((_, i) => steps[i] >= from && steps[i] <= to));
    const [low, high] = seen.length ? accuracyRange(Math.min(...seen), Math.max(...seen)) : [0, 1];
    return {
      words: this.#words(),
      data: [...curves.flatMap((curve) => (curve.low ? bandTraces(chart, curve, "epoch %{x}: %{y:.2%}") : lineTrace(chart, curve))), ...curves.flatMap((curve) => bestTrace(chart, curve, this.bestEpoch))],
      range,
      xaxis: { title: "epoch", tickformat: "d", ...(to - from <= 10 ? { dtick: 1 } : {}) },
      yaxis: { range: [low, high], tickformat: high - low < 0.04 ? ".1%" : ".0%", nticks: 6 },
      shapes: [],
      annotations: chart.zoom ? [] : this.endLabels(chart, curves.map(({ steps, values, colour, label }) => (
        { x: steps.at(-1), y: values.at(-1), words: label ?? percent(values.at(-1)), colour })), [low, high]),
    };
  }

  #words() {
    const last = this.epochs.at(-1);
    if (!last) return "Accuracy after each epoch";
    return `Accuracy ${percent(last.train_accuracy)} in training, ${percent(last.test_accuracy)} on the test set, after epoch ${last.epoch}`;
  }
}

function lineTrace(chart, { name, colour, dash = "solid", steps, values }) {
  const color = chart.colour(colour);
  return {
    type: "scatter", mode: steps.length > MANY_EPOCHS ? "lines" : "lines+markers", name, cliponaxis: false,
    x: steps, y: values, line: { color, width: 2, dash }, marker: { color, size: 5 },
    hovertemplate: `epoch %{x}, ${name}: %{y:.2%}<extra></extra>`,
  };
}

function bestTrace(chart, { isJudge, colour, steps, values }, bestEpoch) {
  const at = steps.indexOf(bestEpoch);
  if (!isJudge || at < 0) return [];
  return [{
    type: "scatter", mode: "markers", name: "best epoch", x: [bestEpoch], y: [values[at]], cliponaxis: false,
    marker: { symbol: "circle-open", size: 12, color: chart.colour(colour), line: { width: 2 } },
    hovertemplate: "best epoch %{x}: %{y:.2%}<extra></extra>",
  }];
}

customElements.define("accuracy-chart", AccuracyChart);
