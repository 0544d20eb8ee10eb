// The value of each trial in order, and the best so far.

import { plural } from "../lib/format.js";
import { isMaximized, objectiveLabel, trialStateWord, valueWords } from "../lib/runs/sweep-words.js";
import { TrialChart, valueAxis, valueRange } from "./trial-chart.js";

class HistoryChart extends TrialChart {
  title = "History";
  part = "history-chart";
  key = "history";
  empty = "Each trial will be a point here as soon as it has a complete epoch.";

  table() {
    const best = new Map(this.#steps().map(({ number, value }) => [number, value]));
    return {
      columns: ["Trial", "State", objectiveLabel(this.sweep), "Best so far"],
      rows: this.valued.map(({ number, state, value }) => [
        String(number), trialStateWord(state), valueWords(this.sweep, value), valueWords(this.sweep, best.get(number)),
      ]),
    };
  }

  /** The best complete value up to each trial. */
  #steps() {
    const isBetter = isMaximized(this.sweep) ? (a, b) => a > b : (a, b) => a < b;
    let best = null;
    return this.valued.map(({ number, state, value }) => {
      if (state === "complete" && (best === null || isBetter(value, best))) best = value;
      return { number, value: best };
    });
  }

  figure(chart) {
    const { sweep, valued } = this;
    if (!valued.length) return null;
    const points = this.groups(valued).map(({ name, trials, colour, opacity }) => ({
      type: "scatter", mode: "markers", name, opacity, cliponaxis: true, x: trials.map(({ number }) => number), y: trials.map(({ value }) => value),
      text: trials.map((trial) => this.hover(trial)), hovertemplate: "%{text}<extra></extra>",
      marker: { color: chart.colour(colour), size: name === "best" ? 11 : 7, symbol: name === "pruned" ? "x-thin-open" : "circle" },
    }));
    const steps = this.#steps();
    const line = {
      type: "scatter", mode: "lines", name: "best so far", hoverinfo: "skip", x: steps.map(({ number }) => number), y: steps.map(({ value }) => value),
      line: { color: chart.colour("var(--test)"), width: 2, shape: "hv" },
    };
    const last = Math.max(sweep.trials_total, sweep.trials.length) - 1;
    return {
      words: `${objectiveLabel(sweep)} of ${plural(valued.length, "trial")}, the best ${valueWords(sweep, sweep.best_value)}`,
      data: [line, ...points],
      xaxis: { range: [-0.5, Math.max(last, 1) + 0.5], title: "trial", ...(last <= 10 ? { dtick: 1 } : {}) },
      yaxis: valueAxis(sweep, valueRange(sweep, valued.map(({ value }) => value))),
      shapes: [],
      annotations: [],
    };
  }
}

customElements.define("history-chart", HistoryChart);
