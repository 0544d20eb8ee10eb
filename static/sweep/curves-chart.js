// The learning curves of all trials.

import { plural } from "../lib/format.js";
import { objectiveLabel, valueWords } from "../lib/runs/sweep-words.js";
import { linesTrace, TrialChart, valueAxis, valueRange } from "./trial-chart.js";

class CurvesChart extends TrialChart {
  title = "Learning curves";
  part = "curves-chart";
  key = "curves";
  empty = "A line for each trial, a point for each epoch.";

  table() {
    const epochs = Math.max(0, ...this.valued.map(({ values }) => values.length));
    return {
      columns: ["Trial", ...Array.from({ length: epochs }, (_, i) => `Epoch ${i + 1}`)],
      rows: this.valued.map(({ number, values }) => [
        String(number), ...Array.from({ length: epochs }, (_, i) => (i < values.length ? valueWords(this.sweep, values[i]) : "")),
      ]),
    };
  }

  figure(chart) {
    const { sweep } = this;
    const trials = sweep.trials.filter(({ values }) => values.some((value) => value !== null));
    if (!trials.length) return null;
    const epochs = Math.max(...trials.map(({ values }) => values.length));
    const traces = this.groups(trials).map((group) => linesTrace(chart, group, group.trials.map((trial) => ({
      x: trial.values.map((_, i) => i + 1), y: trial.values, text: trial.values.map((value, i) => `epoch ${i + 1}: ${valueWords(sweep, value)}<br>${this.hover(trial)}`),
    }))));
    return {
      words: `${objectiveLabel(sweep)} of ${plural(trials.length, "trial")} over ${plural(epochs, "epoch")}`,
      data: traces,
      xaxis: { range: [0.8, Math.max(epochs, 2) + 0.2], title: "epoch", ...(epochs <= 10 ? { dtick: 1 } : {}) },
      yaxis: valueAxis(sweep, valueRange(sweep, trials.flatMap(({ values }) => values))),
      shapes: [],
      annotations: [],
    };
  }
}

customElements.define("curves-chart", CurvesChart);
