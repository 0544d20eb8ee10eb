// Parallel coordinates: a vertical axis for each setting that differs and one for the accuracy, a
// line for each run.

import { ChartPanel } from "../components/charts/chart-panel.js";
import { fieldWords } from "../lib/runs/field-words.js";
import { percent } from "../lib/format.js";
import { axesFigure, axis } from "../lib/charts/parallel-axes.js";
import { csvText } from "../lib/saved-file.js";
import { html } from "../vendor/lit-all.min.js";
import { differingFields } from "./differences.js";

/**
 * Properties beside those of `ChartPanel`: `runs`; `keys`, letter, colour and dash of each run by
 * its id.
 */
class ParallelChart extends ChartPanel {
  static properties = {
    // A list with the same runs is no reason to draw.
    runs: { attribute: false, hasChanged: (runs, before) => runs.length !== before?.length || runs.some((run, i) => run !== before[i]) },
    keys: { attribute: false, hasChanged: () => false },
  };

  title = "Settings and accuracy";
  part = "parallel-chart";
  key = "settings";
  empty = "A line for each run that has a complete epoch.";
  offers = [];
  hasHover = true;

  get #done() {
    return this.runs.filter((run) => run.test_accuracy !== null);
  }

  legend() {
    return html`<li>each line is a run, the last axis its test accuracy</li>`;
  }

  table() {
    const axes = axesOf(this.#done);
    return {
      columns: ["Run", ...axes.map(({ label }) => label)],
      rows: this.#done.map((run) => [this.keys.get(run.id).letter, ...axes.map(({ words }) => words(run))]),
    };
  }

  async csv() {
    const { columns, rows } = this.table();
    return csvText([columns, ...rows]);
  }

  figure(chart) {
    const runs = this.#done;
    if (runs.length < 2) return null;
    const axes = axesOf(runs);
    const x = axes.map((_, i) => i);
    return {
      words: `Settings and test accuracy of ${runs.length} runs`,
      data: runs.map((run) => {
        const { letter, colour, dash = "solid" } = this.keys.get(run.id);
        const color = chart.colour(colour);
        return {
          type: "scatter", mode: "lines+markers", name: run.name, x, y: axes.map(({ place }) => place(run)), cliponaxis: false,
          line: { color, width: 2, dash }, marker: { color, size: 6 },
          text: axes.map(({ label, words }) => `${label}: ${words(run)}`), hovertemplate: `${letter}, ${run.name}<br>%{text}<extra></extra>`,
        };
      }),
      ...axesFigure(chart, axes),
    };
  }
}

/** An axis for each differing field and one for the accuracy: places in 0..1, words, ticks. */
function axesOf(runs) {
  const fields = differingFields(runs).map((field) => axis(field.label, runs, (run) => run.config[field.name], (run) => fieldWords(field, run.config)));
  return [...fields, axis("Test accuracy", runs, (run) => run.test_accuracy, (run) => percent(run.test_accuracy))];
}

customElements.define("parallel-chart", ParallelChart);
