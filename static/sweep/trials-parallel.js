// Parallel coordinates of the trials: an axis for each searched field and one for the result. Dragging
// along an axis, or its sliders, select trials.

import { axesFigure, axis } from "../lib/charts/parallel-axes.js";
import { plural } from "../lib/format.js";
import { objectiveLabel, parameterWords, searchedFields, valueWords } from "../lib/runs/sweep-words.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { linesTrace, TrialChart } from "./trial-chart.js";

const LEAST_DRAG = 0.02;
const NEAR = 0.25;

/** Axes of a sweep's trials, each with its `name`; the last one is "value". */
export function trialAxes(sweep, trials) {
  const fields = searchedFields(sweep).map((field) => ({
    name: field.name, ...axis(field.label, trials, ({ parameters }) => parameters[field.name], (trial) => parameterWords(field, sweep, trial)),
  }));
  return [...fields, { name: "value", ...axis(objectiveLabel(sweep), trials, ({ value }) => value, ({ value }) => valueWords(sweep, value)) }];
}

/** Properties beside those of `TrialChart`: `brush` as in brush.js. Event: `brush`, with another one as detail. */
class TrialsParallel extends TrialChart {
  static properties = { brush: { attribute: false } };

  title = "All settings";
  part = "trials-parallel";
  key = "parallel";
  empty = "A line for each trial through the values of its settings to its result.";
  #drag = null;
  #listening = null;

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#listening?.abort();
    this.#listening = null;
  }

  updated(...changes) {
    super.updated(...changes);
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const plot = this.querySelector(".plot");
    // Before Plotly's own listeners, which stop the events of a drag.
    const on = (name, handler) => plot.addEventListener(name, handler, { signal, capture: true });
    on("pointerdown", (event) => this.#down(event, plot));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", () => { this.#drag = null; });
    on("pointercancel", () => { this.#drag = null; });
  }

  /** Place of an event: x in axes, y in 0..1. */
  #at({ clientX, clientY }) {
    const { area } = this;
    const { left, top } = this.querySelector(".plot").getBoundingClientRect();
    const along = (share, [from, to]) => from + share * (to - from);
    return {
      x: along((clientX - left - area.left) / area.width, area.x),
      y: Math.min(1, Math.max(0, along(1 - (clientY - top - area.top) / area.height, area.y))),
    };
  }

  #down(event, plot) {
    // A finger scrolls the page; it has the sliders.
    if (!this.area || event.button !== 0 || event.pointerType === "touch") return;
    const { x, y } = this.#at(event);
    const place = Math.round(x);
    const found = trialAxes(this.sweep, this.valued)[place];
    if (!found || Math.abs(x - place) > NEAR) return;
    plot.setPointerCapture(event.pointerId);
    this.#drag = { name: found.name, y };
    this.#change(found.name, null);
  }

  #move(event) {
    if (!this.#drag) return;
    const { name, y } = this.#drag;
    const to = this.#at(event).y;
    if (Math.abs(to - y) > LEAST_DRAG) this.#change(name, [Math.min(y, to), Math.max(y, to)]);
  }

  #change(name, range) {
    const { [name]: before, ...others } = this.brush;
    if (!before && !range) return;
    this.dispatchEvent(new CustomEvent("brush", { detail: range ? { ...others, [name]: range } : others }));
  }

  legend() {
    const isBrushed = Object.keys(this.brush).length > 0;
    return html`<li class="for-mouse">drag along an axis to select trials</li>${super.legend()}
      ${isBrushed ? html`<li><button type="button" class="small" @click=${() => this.dispatchEvent(new CustomEvent("brush", { detail: {} }))}>Select all</button></li>` : nothing}`;
  }

  // The same with the keyboard.
  below() {
    const trials = this.valued;
    if (trials.length < 2) return nothing;
    return html`<details class="brush-sliders"><summary>Select by values</summary><div>${trialAxes(this.sweep, trials).map(({ name, label, ticks }) => {
      const range = this.brush[name] ?? [0, 1];
      const slide = (end) => ({ target }) => {
        const next = range.with(end, Number(target.value)).sort((a, b) => a - b);
        this.#change(name, next[0] <= 0 && next[1] >= 1 ? null : next);
      };
      return html`<fieldset><legend>${label}</legend>
        <label>from <input type="range" min="0" max="1" step="0.02" aria-label="${label}, lowest" .value=${String(range[0])} @input=${slide(0)}></label>
        <label>to <input type="range" min="0" max="1" step="0.02" aria-label="${label}, highest" .value=${String(range[1])} @input=${slide(1)}></label>
        <span class="about">${ticks[0].text} to ${ticks.at(-1).text}</span></fieldset>`;
    })}</div></details>`;
  }

  table() {
    const axes = trialAxes(this.sweep, this.valued);
    return {
      columns: ["Trial", ...axes.map(({ label }) => label)],
      rows: this.valued.filter(({ number }) => !this.chosen || this.chosen.has(number)).map((trial) => [String(trial.number), ...axes.map(({ words }) => words(trial))]),
    };
  }

  figure(chart) {
    const trials = this.valued;
    if (trials.length < 2) return null;
    const axes = trialAxes(this.sweep, trials);
    const { shapes, ...figure } = axesFigure(chart, axes);
    const brushes = axes.flatMap(({ name }, at) => (name in this.brush ? [{
      type: "rect", x0: at - 0.04, x1: at + 0.04, y0: this.brush[name][0], y1: this.brush[name][1],
      line: { color: chart.colour("var(--accent)"), width: 1.5 }, fillcolor: chart.colour("var(--accent)"), opacity: 0.35,
    }] : []));
    return {
      words: `Settings and results of ${plural(trials.length, "trial")}`,
      data: this.groups(trials).map((group) => linesTrace(chart, group, group.trials.map((trial) => ({
        x: axes.map((_, i) => i), y: axes.map(({ place }) => place(trial)), text: axes.map(() => this.hover(trial)),
      })))),
      ...figure,
      shapes: [...shapes, ...brushes],
    };
  }
}

customElements.define("trials-parallel", TrialsParallel);
