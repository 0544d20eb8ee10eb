// The value of each trial by one of the searched fields.

import { plural } from "../lib/format.js";
import { objectiveLabel, parameterWords, searchedFields, valueWords } from "../lib/runs/sweep-words.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html } from "../vendor/lit-all.min.js";
import { TrialChart, valueAxis, valueRange } from "./trial-chart.js";

class SliceChart extends TrialChart {
  static properties = { name: { state: true } };

  title = "One setting";
  part = "slice-chart";
  key = "slice";
  empty = "The result of each trial by the value of a setting.";

  constructor() {
    super();
    this.name = urlValue("slice");
  }

  get #field() {
    const fields = searchedFields(this.sweep);
    return fields.find(({ name }) => name === this.name) ?? fields[0];
  }

  legend() {
    const choose = ({ target }) => {
      this.name = target.value;
      setUrlValues({ slice: target.value });
    };
    return html`<li class="slice-field"><label for="slice-field">by</label><select id="slice-field" @change=${choose}>
      ${searchedFields(this.sweep).map(({ name, label }) => html`<option value=${name} .selected=${name === this.#field.name}>${label.toLowerCase()}</option>`)}
    </select></li>${super.legend()}`;
  }

  table() {
    return {
      columns: ["Trial", this.#field.label, objectiveLabel(this.sweep)],
      rows: this.valued.map((trial) => [String(trial.number), parameterWords(this.#field, this.sweep, trial), valueWords(this.sweep, trial.value)]),
    };
  }

  figure(chart) {
    const { sweep, valued } = this;
    if (!valued.length) return null;
    const field = this.#field;
    const places = placesOf(field, sweep, valued);
    return {
      words: `${objectiveLabel(sweep)} of ${plural(valued.length, "trial")} by ${field.label.toLowerCase()}`,
      data: this.groups(valued).map(({ name, trials, colour, opacity }) => ({
        type: "scatter", mode: "markers", name, opacity, cliponaxis: true, x: trials.map(places.of), y: trials.map(({ value }) => value),
        text: trials.map((trial) => this.hover(trial)), hovertemplate: "%{text}<extra></extra>",
        marker: { color: chart.colour(colour), size: name === "best" ? 11 : 7, symbol: name === "pruned" ? "x-thin-open" : "circle" },
      })),
      xaxis: { title: field.label.toLowerCase(), ...places.axis },
      yaxis: valueAxis(sweep, valueRange(sweep, valued.map(({ value }) => value))),
      shapes: [],
      annotations: [],
    };
  }
}

/** The place of a trial on the x axis, and the axis: numbers to scale, all else evenly. */
function placesOf(field, sweep, trials) {
  const of = ({ parameters }) => parameters[field.name];
  const values = trials.map(of);
  if (values.every((value) => typeof value === "number")) {
    const { low = Math.min(...values), high = Math.max(...values), log } = sweep.space[field.name];
    const ends = log ? [Math.log10(low), Math.log10(high)] : [low, high];
    const room = 0.04 * (ends[1] - ends[0] || 1);
    return { of, axis: { range: [ends[0] - room, ends[1] + room], ...(log ? { type: "log", dtick: 1, tickformat: "~g" } : { type: "linear" }) } };
  }
  const words = (trial) => parameterWords(field, sweep, trial);
  const names = [...new Set(trials.map(words))].sort();
  return {
    of: (trial) => names.indexOf(words(trial)),
    axis: { type: "linear", range: [-0.5, names.length - 0.5], tickvals: names.map((_, i) => i), ticktext: names },
  };
}

customElements.define("slice-chart", SliceChart);
