// View that the charts of one run or comparison share: the part of the x axis that they show, the y
// ranges that the user chose, and the place of the crosshair.

import { setUrlValuesSoon, urlValue } from "../url-state.js";

const LEAST_STEPS = 2;
const Y = "y-";

/**
 * The view of several charts. `zoom` is null or the iterations `[from, to]` that are shown;
 * `cross` null or `{step, source, isSpoken}`, `source` being the chart that the user is at;
 * `isMoving` true while the user pans or pinches.
 */
export class ChartView {
  #y = new Map();
  /** The charts that show this view. */
  charts = new Set();
  zoom = null;
  cross = null;
  isMoving = false;

  /** The view that the page's address asks for. */
  static ofAddress() {
    const view = new ChartView();
    view.zoom = rangeOf(urlValue("zoom"));
    for (const name of new URLSearchParams(location.search).keys()) {
      const range = name.startsWith(Y) ? rangeOf(urlValue(name)) : null;
      if (range) view.#y.set(name.slice(Y.length), range);
    }
    return view;
  }

  /** The chosen y range of a chart, null for the automatic one. */
  yRange(chart) {
    return this.#y.get(chart) ?? null;
  }

  /** Whether a chart shows anything but the whole. */
  isZoomed(chart) {
    return this.zoom !== null || this.#y.has(chart);
  }

  /** Show iterations `[from, to]` within `bounds`, as far apart as asked for. */
  zoomTo([from, to], [least, most]) {
    const size = Math.min(Math.max(to - from, LEAST_STEPS), most - least);
    const begin = Math.min(Math.max((from + to - size) / 2, least), most - size);
    this.zoom = [begin, begin + size];
    setUrlValuesSoon({ zoom: textOf(this.zoom) });
    this.#tell("zoom");
  }

  /** Choose the y range `[low, high]` of a chart. */
  setYRange(chart, range) {
    this.#y.set(chart, range);
    setUrlValuesSoon({ [Y + chart]: textOf(range) });
    this.#tell("zoom");
  }

  /** Show the whole again, and all that follows. */
  reset() {
    if (this.zoom === null && this.#y.size === 0) return;
    setUrlValuesSoon({ zoom: null, ...Object.fromEntries([...this.#y.keys()].map((chart) => [Y + chart, null])) });
    this.zoom = null;
    this.#y.clear();
    this.#tell("zoom");
  }

  /** The user begins or ends to pan or pinch. */
  move(isMoving) {
    this.isMoving = isMoving;
    this.#tell("zoom");
  }

  /** Put the crosshair at an iteration of a chart; null takes it away. */
  pointAt(step, source = null, isSpoken = false) {
    if (step === null && this.cross === null) return;
    this.cross = step === null ? null : { step, source, isSpoken };
    this.#tell("cross");
  }

  /** Call `chart.viewChanged("zoom" or "cross")` at each change; returns a function that ends this. */
  watch(chart) {
    this.charts.add(chart);
    return () => this.charts.delete(chart);
  }

  #tell(what) {
    for (const chart of this.charts) chart.viewChanged(what);
  }
}

/** A range as text: both ends to a thousandth of their distance. */
function textOf([low, high]) {
  const digits = Math.max(0, Math.ceil(3 - Math.log10(high - low)));
  return [low, high].map((end) => String(Number(end.toFixed(Math.min(digits, 12))))).join("~");
}

function rangeOf(text) {
  const [low, high] = (text ?? "").split("~").map(Number.parseFloat);
  return high > low ? [low, high] : null;
}
