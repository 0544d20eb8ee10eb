// Base of the charts of a sweep's trials.

import { ChartPanel, legendItem } from "../components/charts/chart-panel.js";
import { csvText } from "../lib/saved-file.js";
import { trialStateWord, trialWords, valueWords } from "../lib/runs/sweep-words.js";
import { html } from "../vendor/lit-all.min.js";

/**
 * Base of the charts of a sweep.
 *
 * Properties beside those of `ChartPanel`: `sweep`, with its trials; `chosen`, the set of the numbers
 * of the trials that the reader has selected, or null for all.
 */
export class TrialChart extends ChartPanel {
  static properties = {
    sweep: { attribute: false },
    chosen: { attribute: false },
  };

  offers = [];
  hasHover = true;

  /** Trials that have a value. */
  get valued() {
    return this.sweep.trials.filter(({ value }) => value !== null);
  }

  /** Lists of trials that are drawn alike, `{name, trials, colour, opacity}`, the best one last. */
  groups(trials) {
    const { best } = this.sweep;
    const isChosen = ({ number }) => !this.chosen || this.chosen.has(number);
    const whole = ({ state }) => state !== "pruned" && state !== "failed";
    const others = trials.filter(({ number }) => number !== best);
    return [
      { name: "not selected", trials: others.filter((trial) => !isChosen(trial)), colour: "var(--muted)", opacity: 0.15 },
      { name: "pruned", trials: others.filter((trial) => isChosen(trial) && !whole(trial)), colour: "var(--muted)", opacity: 0.6 },
      { name: "trial", trials: others.filter((trial) => isChosen(trial) && whole(trial)), colour: "var(--train)", opacity: 0.8 },
      { name: "best", trials: trials.filter(({ number }) => number === best), colour: "var(--test)", opacity: 1 },
    ].filter((group) => group.trials.length);
  }

  legend() {
    return html`${legendItem("trained to the end", "var(--train)")}${legendItem("stopped early", "var(--muted)", "thin")}
      ${legendItem("best", "var(--test)")}`;
  }

  /** Text at the pointer for a trial. */
  hover(trial) {
    return `trial ${trial.number}, ${trialStateWord(trial.state).toLowerCase()}: ${valueWords(this.sweep, trial.value)}<br>${
      trialWords(this.sweep, trial).replaceAll(" · ", "<br>")}`;
  }

  async csv() {
    const { columns, rows } = this.table();
    return csvText([columns, ...rows]);
  }
}

/** One trace for many lines: `lines` are `{x, y, text}`, with a gap between each two. */
export function linesTrace(chart, { name, colour, opacity }, lines) {
  const joined = (key, gap) => lines.flatMap((line) => [...line[key], gap]);
  const color = chart.colour(colour);
  const isBest = name === "best";
  return {
    type: "scatter", mode: "lines+markers", name, opacity, connectgaps: false, cliponaxis: false,
    x: joined("x", null), y: joined("y", null), text: joined("text", ""), hovertemplate: "%{text}<extra></extra>",
    line: { color, width: isBest ? 3 : 1.5 }, marker: { color, size: isBest ? 7 : 4 },
  };
}

// Share of the values, the worst ones, that may lie outside the y axis.
const OUTLIERS = 0.25;

/** The values of trials that make out the y axis: those that are far worse than most lie outside. */
export function valueRange(sweep, values) {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  if (!sorted.length) return [0, 1];
  const isLoss = sweep.objective.endsWith("loss");
  const edge = sorted[Math.floor((isLoss ? 1 - OUTLIERS : OUTLIERS) * (sorted.length - 1))];
  const [low, high] = isLoss ? [sorted[0], edge] : [edge, sorted.at(-1)];
  const room = Math.max(high - low, isLoss ? 0.01 : 0.002) * 0.1;
  return [Math.max(0, low - room), isLoss ? high + room : Math.min(1, high + room)];
}

/** The y axis of a sweep's objective. */
export function valueAxis(sweep, range) {
  const isLoss = sweep.objective.endsWith("loss");
  const span = range[1] - range[0];
  return { range, nticks: 6, ...(isLoss ? {} : { tickformat: span < 0.004 ? ".2%" : span < 0.04 ? ".1%" : ".0%" }) };
}
