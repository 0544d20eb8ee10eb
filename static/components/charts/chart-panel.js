// Panel around each chart: title, legend, options, zoom, crosshair, and the table behind the chart.

import { chartSettings, ChartSettingsController } from "../../lib/charts/chart-settings.js";
import { LightElement } from "../../lib/element.js";
import { count } from "../../lib/format.js";
import { isPresenting, present } from "../../lib/page/presenting.js";
import { csvText, saveAddress, saveText } from "../../lib/saved-file.js";
import { StepScale, UNITS } from "../../lib/charts/step-scale.js";
import { html, nothing, styleMap } from "../../vendor/lit-all.min.js";
import { ChartGestures } from "./chart-gestures.js";
import "./chart-options.js";
import "./chart-overlay.js";
import { Chart } from "./chart.js";
import "../term-help.js";

const MARGINS_PX = 48;
const LABEL_PX = 17;
const LABEL_WIDTH_PX = 48;
// The part of a curve that "ignore the beginning" leaves out of the y range.
const BEGINNING = 0.02;
const LEAST_LOGARITHM = 1e-12;

/**
 * Base of the charts.
 *
 * A curve is `{id, name, colour, dash, steps, values, scale}`, its steps being iterations and its
 * `scale` a `StepScale`; one with a value for each iteration has a `series`, a `LossSeries`, in
 * place of `steps` and `values`. Colours are those of a style sheet, dashes those of Plotly.
 *
 * Properties: `subject`, the id of what is shown; another one drops the drawing; `curves`; `view`, a
 * `ChartView` that charts share, without which there is neither zoom nor crosshair; `scale`, that of
 * the zoom and of curves without their own; `epochs`, rows of the table. A subclass has `title`;
 * `part`, the `data-part` of its plot; `key`, its name in addresses; `empty`, the words while there
 * is nothing to draw; `offers`, names of the settings that make a difference; `usualUnit` of the x
 * axis; `figure(chart)` as `Chart` takes it; `legend()`, its items; `readings(step)`, the rows at a
 * crosshair, `{id, name, colour, words}`, of which those of a curve's id become one; `table()`, which
 * returns `{columns, rows}`, if it has one; and `below()`, a template below the plot, if it has one.
 */
export class ChartPanel extends LightElement {
  static properties = {
    subject: { attribute: false },
    curves: { attribute: false },
    epochs: { attribute: false },
    view: { attribute: false },
    scale: { attribute: false },
    isTableShown: { state: true },
    problem: { state: true },
  };

  offers = ["skip", "x"];
  usualUnit = "iteration";
  hasHover = false;
  /** Whether a crosshair on another chart of the view lists the values of this one too. */
  sharesReading = true;
  level = 2;
  #chart = null;
  #gestures = null;
  #stopWatching = null;
  #bounds = [0, 1];
  #filled = 0;

  constructor() {
    super();
    new ChartSettingsController(this);
    this.curves = [];
    this.epochs = [];
    this.view = null;
    this.scale = new StepScale([], Infinity);
    this.isTableShown = false;
    this.problem = "";
  }

  /** Whether the rows have numbers of a validation set. */
  get isValidated() {
    return this.epochs.some((row) => "validation_accuracy" in row);
  }

  connectedCallback() {
    super.connectedCallback();
    this.requestUpdate();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#gestures?.disconnect();
    this.#chart?.disconnect();
    this.#stopWatching?.();
    this.#chart = this.#gestures = this.#stopWatching = null;
  }

  /** The values of a curve changed: draw them soon. */
  refresh() {
    this.#chart?.refresh();
  }

  willUpdate(changed) {
    if (changed.has("subject")) this.#chart?.clear();
    if (changed.has("view")) {
      this.#stopWatching?.();
      this.#stopWatching = null;
    }
  }

  updated() {
    if (!this.#chart) this.#begin();
    this.#stopWatching ??= this.view?.watch(this) ?? null;
    // Curves that were empty before are waited for.
    const filled = this.curves.filter(({ series, steps }) => (series ?? steps)?.length).length;
    this.#chart.refresh(filled > this.#filled);
    this.#filled = filled;
  }

  #begin() {
    const plot = this.querySelector(".plot");
    this.#chart = new Chart(plot, {
      figure: (chart) => this.figure(chart),
      drawn: (isFirst) => {
        if (isFirst) this.requestUpdate();
        this.#showCross();
      },
      hasHover: this.hasHover,
    });
    if (this.hasHover) return;
    this.#gestures = new ChartGestures(plot, {
      area: () => this.#chart?.area,
      xRange: () => this.#chart.area.x,
      zoomX: (places) => this.view?.zoomTo(places.map((place) => this.#reference.stepAt(place, this.unit)), this.#bounds),
      zoomY: ([bottom, top]) => this.#zoomY(bottom, top),
      reset: () => this.view?.reset(),
      point: (place, isSpoken) => this.#point(place, isSpoken),
      showBox: (box) => this.#showBox(box),
      hold: (isHeld) => this.#chart.hold(isHeld),
      move: (isMoving) => this.view?.move(isMoving),
    });
  }

  /** The view changed: its "zoom" or its "cross". */
  viewChanged(what) {
    if (what === "cross") {
      this.#showCross();
    } else {
      this.requestUpdate();
      this.#chart?.refresh(true);
    }
  }

  /** Name of the region. */
  get label() {
    return this.title;
  }

  /** Unit of the x axis. */
  get unit() {
    return (this.offers.includes("x") ? chartSettings.values.x : null) ?? this.usualUnit;
  }

  /** Whether the y axis is logarithmic. */
  get isLogarithmic() {
    return this.offers.includes("log") && chartSettings.values.log;
  }

  scaleOf(curve) {
    return curve.scale ?? this.scale;
  }

  // The scale of the zoom: in a comparison by time it must be one that has times already.
  get #reference() {
    return [this.scale, ...this.curves.map((curve) => this.scaleOf(curve))].find((scale) => scale.knows(this.unit)) ?? this.scale;
  }

  /** The plot area of the last drawing, as `Chart` has it; null before. */
  get area() {
    return this.#chart?.area ?? null;
  }

  /** The curves that have places on the x axis. */
  get placedCurves() {
    return this.curves.filter((curve) => this.scaleOf(curve).knows(this.unit));
  }

  /** The x axis for iterations from `begin` to `end` of at most `total`, or for those that the user zoomed to. */
  xAxis(begin, end, total) {
    const { unit } = this;
    const reference = this.#reference;
    const scales = this.placedCurves.map((curve) => this.scaleOf(curve));
    const whole = [
      Math.min(...scales.map((scale) => scale.place(begin, unit))),
      Math.max(...scales.map((scale) => scale.place(Math.min(end, scale.total), unit))),
    ];
    // In a comparison the axis may end beyond the last iteration of the run that zooms are kept in.
    this.#bounds = [begin, Math.max(total, reference.stepAt(whole[1], unit) || 0)];
    const zoom = this.view?.zoom;
    const range = zoom ? zoom.map((step) => reference.place(step, unit)) : whole;
    const span = range[1] - range[0];
    const isWhole = unit === "epoch" && span <= 10 && (span > 2 || !zoom);
    return { ...UNITS[unit], ...(isWhole ? { dtick: 1 } : {}), range };
  }

  /** The iterations of a curve in a range of the x axis. */
  seen(curve, range) {
    return range.map((place) => this.scaleOf(curve).stepAt(place, this.unit));
  }

  /** The iteration of a curve at the crosshair, which stands at an iteration of the zoom's scale. */
  stepAtCross(curve, step) {
    return this.scaleOf(curve).stepAt(this.#reference.place(step, this.unit), this.unit);
  }

  /** The first iteration that has a say in the y range, of a curve that has come so far. */
  countsFrom(begin, reached) {
    return chartSettings.values.skip ? begin + BEGINNING * (reached - begin) : -Infinity;
  }

  /** The y range that the user chose, as the axis takes it, or the one given. */
  yRange(automatic) {
    const chosen = this.view?.yRange(this.key);
    if (!chosen) return automatic;
    return this.isLogarithmic ? chosen.map((value) => Math.log10(Math.max(value, LEAST_LOGARITHM))) : chosen;
  }

  #zoomY(bottom, top) {
    const [low, high] = this.#chart.area.y;
    const range = [bottom, top].map((share) => low + share * (high - low));
    this.view?.setYRange(this.key, this.isLogarithmic ? range.map((exponent) => 10 ** exponent) : range);
  }

  #point(place, isSpoken) {
    if (!this.view) return;
    const step = place === null ? null : this.#reference.stepAt(place, this.unit);
    const [begin, total] = this.#bounds;
    this.view.pointAt(step === null ? null : Math.round(Math.min(Math.max(step, begin + 1), total)), this, isSpoken);
  }

  #showBox(box) {
    const { left, top } = this.#chart.area;
    this.querySelector("chart-overlay").box = box && { ...box, left: left + box.left, top: top + box.top };
  }

  #showCross() {
    const overlay = this.querySelector("chart-overlay");
    const cross = this.view?.cross;
    const area = this.#chart?.area;
    if (!overlay) return;
    overlay.cross = overlay.reading = null;
    if (!cross || !area) return;
    const [from, to] = area.x;
    const share = (this.#reference.place(cross.step, this.unit) - from) / (to - from);
    if (!(share >= 0 && share <= 1)) return;
    overlay.cross = { x: area.left + share * area.width, top: area.top, height: area.height };
    if (cross.source !== this) return;
    const charts = this.sharesReading ? [...this.view.charts].filter((chart) => chart === this || chart.sharesReading) : [this];
    overlay.reading = {
      title: this.#placeWords(cross.step), height: area.height, rows: joined(charts.flatMap((chart) => chart.readings(cross.step))),
      isLeft: share > 0.5, isSpoken: cross.isSpoken,
    };
  }

  #placeWords(step) {
    const [epoch, seconds] = ["epoch", "time"].map((unit) => this.#reference.place(step, unit));
    const words = [`iteration ${count(step)}`];
    if (Number.isFinite(epoch)) words.push(`epoch ${epoch.toFixed(2)}`);
    if (Number.isFinite(seconds)) words.push(`${seconds.toFixed(seconds < 100 ? 2 : 0)} s`);
    return words.join(" · ");
  }

  render() {
    const { isDrawn } = this.#chart ?? {};
    const heading = this.level === 2 ? html`<h2>${this.title}</h2>` : html`<h3>${this.title}</h3>`;
    return html`<section class="panel chart-panel" aria-label=${this.label} @keydown=${this.#press}>
      <header>
        ${heading}<term-help term=${this.title.toLowerCase()}></term-help>
        <div class="chart-tools">
          ${this.view ? html`<button type="button" class="small quiet" aria-label="Reset zoom: ${this.title}"
            style=${styleMap({ visibility: this.view.isZoomed(this.key) ? "visible" : "hidden" })}
            @click=${this.#reset}><span>Reset<span class="wide-only"> zoom</span></span></button>` : nothing}
          <chart-options .name=${this.title} .offers=${this.offers} .hasPicture=${Boolean(isDrawn)}
            @save=${({ detail }) => this.#save(detail)} @fullscreen=${this.#toggleFullScreen} @present=${() => present(!isPresenting())}></chart-options>
          ${this.table ? html`<button type="button" class="small quiet" aria-label="Table: ${this.title}" aria-expanded=${this.isTableShown}
            @click=${() => { this.isTableShown = !this.isTableShown; }}>Table</button>` : nothing}
        </div>
        <ul class="legend">${this.legend()}</ul>
      </header>
      <p class="problem" role="alert">${this.problem}</p>
      <div class="chart">
        <div class="plot" data-part=${this.part} tabindex=${isDrawn && this.view ? "0" : nothing}
          aria-description=${isDrawn && this.view ? "Arrow keys move the crosshair, plus and minus zoom, 0 shows the whole." : nothing}></div>
        <chart-overlay></chart-overlay>
        ${isDrawn ? nothing : html`<p class="empty">${this.empty}</p>`}
      </div>
      ${this.below?.() ?? nothing}
      ${this.isTableShown ? this.#table() : nothing}
    </section>`;
  }

  #press(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key.toLowerCase() !== "p" || ctrlKey || metaKey || altKey || target.closest("input, select")) return;
    present(!isPresenting());
  }

  // The button that was pressed is hidden.
  #reset() {
    this.view.reset();
    this.querySelector(".plot").focus({ preventScroll: true });
  }

  #toggleFullScreen() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.querySelector("section").requestFullscreen();
  }

  async #save(format) {
    const name = `${document.title.split(" · ")[0]}, ${this.title.toLowerCase()}.${format}`;
    this.problem = "";
    try {
      if (format === "csv") saveText(await this.csv(), name);
      else saveAddress(await this.#chart.picture(format), name);
    } catch (problem) {
      this.problem = problem.message;
    }
  }

  /** Columns of the CSV, `{name, steps, values}`: those of the curves. */
  async columns() {
    return this.curves.map(({ name, steps, values }) => ({ name, steps, values }));
  }

  /** A table of all values in view, with full precision: a row for each iteration. */
  async csv() {
    const range = [...this.#chart.area.x];
    const [from, to] = range.map((place) => this.#reference.stepAt(place, this.unit));
    const columns = await this.columns(Math.max(1, Math.ceil(from)), Math.floor(to));
    const rows = new Map();
    columns.forEach(({ steps, values }, column) => steps.forEach((step, i) => {
      if (step < from || step > to) return;
      if (!rows.has(step)) rows.set(step, [step, ...columns.map(() => null)]);
      rows.get(step)[1 + column] = values[i];
    }));
    return csvText([["iteration", ...columns.map(({ name }) => name)], ...[...rows.values()].sort((a, b) => a[0] - b[0])]);
  }

  /** Annotations at the ends of curves, `{x, y, words, colour}`, in view: those that would cover each other move apart. */
  endLabels(chart, ends, [from, to], [low, high]) {
    const plot = this.querySelector(".plot");
    const perPlace = plot.clientWidth / (to - from);
    const height = Math.max(1, plot.clientHeight - MARGINS_PX * chart.scale);
    const perUnit = height / (high - low);
    const seen = ends.filter(({ x, y }) => x >= from && (x - to) * perPlace < 1 && y >= low && y <= high).sort((a, b) => a.x - b.x);
    const groups = [];
    for (const end of seen) {
      const group = groups.at(-1);
      if (group && (end.x - group.at(-1).x) * perPlace < LABEL_WIDTH_PX * chart.scale) group.push(end);
      else groups.push([end]);
    }
    return groups.flatMap((group) => {
      const sorted = group.toSorted((a, b) => a.y - b.y);
      const places = sorted.map(({ y }) => (y - low) * perUnit);
      const least = Math.min(LABEL_PX * chart.scale, height / Math.max(1, sorted.length - 1));
      const heights = apart(places, least, height);
      return sorted.map(({ x, y, words, colour }, i) => chart.endLabel(x, y, words, colour, heights[i] - places[i]));
    });
  }

  #table() {
    const { columns, rows } = this.table();
    return html`<div class="chart-table" tabindex="0" role="region" aria-label="${this.title} as a table">
      <table class="epochs">
        <thead><tr>${columns.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
        <tbody>${rows.map(([first, ...others]) => html`<tr>
          <th scope="row" class="number">${first}</th>${others.map((words) => html`<td class="number">${words}</td>`)}
        </tr>`)}</tbody>
      </table>
      ${rows.length ? nothing : html`<p class="muted">One line for each complete epoch.</p>`}
    </div>`;
  }
}

/** Rising places moved apart by `least`, around their middle as far as 0 to `height` allows. */
function apart(places, least, height) {
  const rise = (rising, floor) => rising.map((place) => {
    const risen = Math.max(place, floor);
    floor = risen + least;
    return risen;
  });
  const risen = rise(places, -Infinity);
  const lift = risen.reduce((sum, place, i) => sum + place - places[i], 0) / places.length;
  const fromTop = rise(risen.map((place) => height - place + lift).reverse(), 0);
  return rise(fromTop.map((place) => height - place).reverse(), 0);
}

/** Rows of a reading, with the words of all charts in one row for each id. */
function joined(rows) {
  const byId = new Map();
  for (const row of rows) {
    const first = byId.get(row.id);
    byId.set(row.id, first ? { ...first, words: `${first.words} · ${row.words}` } : row);
  }
  return [...byId.values()];
}

/** A line of the legend, drawn as the curve is. */
export function legendItem(words, colour, style = "solid") {
  return html`<li><span class="key ${style}" style=${styleMap({ color: colour })}></span>${words}</li>`;
}

/**
 * Index of the rising steps that is nearest to one, -1 where it lies farther beyond the ends than
 * half the way between two steps.
 */
export function nearestIndex(steps, step) {
  let best = steps.length - 1;
  for (let i = best - 1; i >= 0 && Math.abs(steps[i] - step) <= Math.abs(steps[best] - step); i -= 1) best = i;
  const isInside = step >= steps[0] && step <= steps.at(-1);
  const pause = steps.length > 1 ? steps[1] - steps[0] : Infinity;
  return isInside || Math.abs(steps[best] - step) <= pause / 2 ? best : -1;
}

/** Traces of a curve of means at places `x`, in a band from `low` to `high`. */
export function bandTraces(chart, { name, colour, dash = "solid", values, low, high }, x) {
  const color = chart.colour(colour);
  const edge = { type: "scatter", mode: "lines", x, line: { width: 0 } };
  return [
    { ...edge, y: low },
    { ...edge, y: high, fill: "tonexty", fillcolor: color.replace("rgb(", "rgba(").replace(")", ", 0.25)") },
    { type: "scatter", mode: "lines", name, x, y: values, line: { color, width: 2, dash } },
  ];
}
