// Mouse, fingers and keys on a chart: zoom, pan and crosshair.

const CLICK_PX = 6;
// A drag is sideways, upright or both by the longer and the shorter of its sides.
const LEAST_HEIGHT_PX = 20;
const SLANT = 0.35;
// Fingers that lie closer to each other pan, and don't zoom.
const LEAST_SPREAD_PX = 24;
const KEY_PART = 1 / 100;
const KEY_ZOOM = 2;

/**
 * Wires a plot.
 *
 * `chart` has `area()`, null or the place of the plot area in the plot, `{left, top, width,
 * height}`; `xRange()` as drawn, in places of the x axis; and takes `zoomX([from, to])`,
 * `zoomY([bottom, top])` in shares of the height, `reset()`, `point(x or null, isSpoken)`,
 * `showBox(null or {left, top, width, height})`, `hold(isHeld)`, true while nothing may be redrawn, and
 * `move(isMoving)`, true while the user pans or pinches.
 */
export class ChartGestures {
  #node;
  #chart;
  #fingers = new Map();
  #drag = null;
  #pinch = null;
  #key = null;
  #listening = new AbortController();

  constructor(node, chart) {
    this.#node = node;
    this.#chart = chart;
    const { signal } = this.#listening;
    const on = (name, handler) => node.addEventListener(name, handler, { signal });
    on("pointerdown", (event) => this.#down(event));
    on("pointermove", (event) => this.#move(event));
    on("pointerup", (event) => this.#up(event));
    on("pointercancel", (event) => this.#cancel(event));
    on("pointerleave", ({ pointerType }) => {
      if (pointerType === "mouse" && !this.#drag) chart.point(null);
    });
    on("dblclick", () => chart.reset());
    on("keydown", (event) => this.#press(event));
    on("blur", () => { this.#key = null; chart.point(null); });
  }

  disconnect() {
    this.#listening.abort();
  }

  /** Place of an event in the plot area, in pixels. */
  #at({ clientX, clientY }) {
    const { left, top } = this.#node.getBoundingClientRect();
    const area = this.#chart.area();
    return { x: clientX - left - area.left, y: clientY - top - area.top };
  }

  #place(x, [from, to] = this.#chart.xRange()) {
    return from + (x / this.#chart.area().width) * (to - from);
  }

  #down(event) {
    if (!this.#chart.area()) return;
    if (event.pointerType === "touch") {
      this.#fingers.set(event.pointerId, this.#at(event));
      if (this.#fingers.size === 2) this.#beginPinch();
      else this.#point(event);
      return;
    }
    if (event.button !== 0) return;
    this.#node.setPointerCapture(event.pointerId);
    this.#drag = { ...this.#at(event), isPan: event.shiftKey, range: this.#chart.xRange() };
    if (event.shiftKey) this.#chart.move(true);
    else this.#chart.hold(true);
    this.#chart.point(null);
  }

  #move(event) {
    if (!this.#chart.area()) return;
    if (event.pointerType === "touch") {
      if (!this.#fingers.has(event.pointerId)) return;
      this.#fingers.set(event.pointerId, this.#at(event));
      if (this.#pinch) this.#movePinch();
      else this.#point(event);
    } else if (this.#drag?.isPan) {
      const { x, range } = this.#drag;
      const shift = this.#place(this.#at(event).x, range) - this.#place(x, range);
      this.#chart.zoomX(range.map((end) => end - shift));
    } else if (this.#drag) {
      this.#chart.showBox(this.#box(this.#at(event)));
    } else {
      this.#point(event);
    }
  }

  #up(event) {
    if (this.#drag && !this.#drag.isPan) {
      const { left, top, width, height, isX, isY } = this.#box(this.#at(event));
      const area = this.#chart.area();
      this.#cancel(event);
      if (isX) this.#chart.zoomX([left, left + width].map((x) => this.#place(x)));
      if (isY) this.#chart.zoomY([top + height, top].map((y) => 1 - y / area.height));
    } else {
      this.#cancel(event);
    }
  }

  #cancel({ pointerId }) {
    this.#fingers.delete(pointerId);
    if (this.#pinch || this.#drag?.isPan) this.#chart.move(false);
    this.#pinch = null;
    if (!this.#drag) return;
    this.#drag = null;
    this.#chart.showBox(null);
    this.#chart.hold(false);
  }

  /** The box from the begin of the drag to a place, over the whole of a side that was not chosen. */
  #box(to) {
    const { width, height } = this.#chart.area();
    const [left, right] = ends(this.#drag.x, to.x, width);
    const [top, bottom] = ends(this.#drag.y, to.y, height);
    const [across, down] = [right - left, bottom - top];
    const isX = across >= CLICK_PX && across > SLANT * down;
    const isY = down >= LEAST_HEIGHT_PX && down > SLANT * across;
    return {
      isX, isY,
      left: isX ? left : 0, width: isX ? across : width,
      top: isY ? top : 0, height: isY ? down : height,
    };
  }

  #point(event) {
    const { x, y } = this.#at(event);
    const { width, height } = this.#chart.area();
    const isInside = x >= -CLICK_PX && x <= width + CLICK_PX && y >= 0 && y <= height;
    this.#chart.point(isInside ? this.#place(Math.min(Math.max(x, 0), width)) : null);
  }

  // The places under both fingers stay under them.
  #beginPinch() {
    const [a, b] = [...this.#fingers.values()].map(({ x }) => x);
    this.#chart.point(null);
    this.#chart.move(true);
    this.#pinch = { a: this.#place(a), b: this.#place(b), isZoom: Math.abs(b - a) >= LEAST_SPREAD_PX, range: this.#chart.xRange() };
  }

  #movePinch() {
    const { a, b, isZoom, range } = this.#pinch;
    const [x1, x2] = [...this.#fingers.values()].map(({ x }) => x);
    const { width } = this.#chart.area();
    const isSpread = isZoom && Math.abs(x2 - x1) >= LEAST_SPREAD_PX && (x2 - x1) * (b - a) > 0;
    const perPixel = isSpread ? (b - a) / (x2 - x1) : (range[1] - range[0]) / width;
    const from = (a + b) / 2 - ((x1 + x2) / 2) * perPixel;
    this.#chart.zoomX([from, from + width * perPixel]);
  }

  #press(event) {
    if (!this.#chart.area() || event.ctrlKey || event.metaKey || event.altKey) return;
    const [from, to] = this.#chart.xRange();
    const at = Math.min(Math.max(this.#key ?? (from + to) / 2, from), to);
    const point = (x) => {
      this.#key = Math.min(Math.max(x, from), to);
      this.#chart.point(this.#key, true);
    };
    const move = (parts) => point(at + parts * KEY_PART * (to - from));
    const zoom = (factor) => this.#chart.zoomX([at - (at - from) / factor, at + (to - at) / factor]);
    const far = event.shiftKey ? 10 : 1;
    const actions = {
      ArrowLeft: () => move(-far),
      ArrowRight: () => move(far),
      Home: () => point(from),
      End: () => point(to),
      "+": () => zoom(KEY_ZOOM),
      "=": () => zoom(KEY_ZOOM),
      "-": () => zoom(1 / KEY_ZOOM),
      0: () => this.#chart.reset(),
      Escape: () => { this.#key = null; this.#chart.point(null); },
    };
    const action = actions[event.key];
    if (!action) return;
    if (event.key !== "Escape") event.preventDefault();
    action();
  }
}

/** Two places in rising order, within a size. */
function ends(a, b, size) {
  return [Math.min(a, b), Math.max(a, b)].map((end) => Math.min(Math.max(end, 0), size));
}
