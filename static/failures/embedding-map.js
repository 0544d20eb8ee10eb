// The embedding of the test set in two dimensions, as a map of points.

import * as api from "../lib/api.js";
import { ByteCache } from "../lib/byte-cache.js";
import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { pageColour } from "../lib/page/page-colour.js";
import { pageData } from "../lib/page-data.js";
import { PALETTE } from "../lib/runs/run-colours.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { lassoOf, pointsInside } from "./lasso.js";

const MAX_BYTES = 16_000_000;
// The map's edges are where this share of the points ends, computed from one point in five.
const WITHIN = 0.999;
const SAMPLED = 5;
const POINT_PX = 2;
const RING_PX = 3.5;
const NEAR_PX = 10;
const LEAST_LINE = 3;

/**
 * Properties: `run`; `frame` as in lab-data.js; `testSet`, and its `arrivals`; names of the `classes`;
 * `lasso` as in lasso.js, null for none; `isShown`, false to load and draw nothing. Events: `lasso`,
 * with a lasso or null as detail; `inside`, with the pictures in the lasso as a set, null for none;
 * `open`, with an index.
 */
class EmbeddingMap extends LightElement {
  static properties = {
    run: { attribute: false },
    frame: { attribute: false },
    testSet: { attribute: false },
    arrivals: { attribute: false },
    classes: { attribute: false },
    lasso: { attribute: false },
    isShown: { attribute: false },
    drawn: { state: true },
    near: { state: true },
    problem: { state: true },
  };

  #cache = new ByteCache(MAX_BYTES, (points) => points.byteLength);
  #isLoading = false;
  #resolved = null;
  // Places of the pointer, in pixels, while it draws a lasso.
  #line = null;
  #resizes = new ResizeObserver(() => this.#draw());

  constructor() {
    super();
    // The points on the map, `{run, epoch, points, reach}`.
    this.drawn = null;
    this.near = null;
    this.problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("themechange", this.#redraw);
    this.#resizes.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("themechange", this.#redraw);
    this.#resizes.disconnect();
  }

  willUpdate() {
    if (this.lasso !== this.#resolved) this.#resolve();
    if (this.isShown && !this.#isLoading) this.#load();
  }

  updated(changed) {
    if (["drawn", "frame", "lasso"].some((name) => changed.has(name))) this.#draw();
    const canvas = this.querySelector(".map-hint canvas");
    if (canvas) this.testSet.draw(canvas, this.near.index);
  }

  // One request at a time, the latest epoch next; the next one ahead.
  async #load() {
    this.#isLoading = true;
    const isHere = () => this.drawn?.run === this.run.id && this.drawn.epoch === this.frame.epoch;
    while (this.isShown && !isHere()) {
      const { run, frame } = this;
      try {
        const points = await this.#points(run.id, frame.epoch);
        this.drawn = { run: run.id, epoch: frame.epoch, points, reach: reachOf(points) };
        this.problem = "";
      } catch (problem) {
        this.problem = problem.message;
        break;
      }
    }
    this.#isLoading = false;
    const next = this.frame.epoch + 1;
    if (this.isShown && next <= this.run.epoch) this.#points(this.run.id, next).catch(() => {});
  }

  #points(run, epoch) {
    return this.#cache.load(`${run} ${epoch}`, async () => new Float32Array(await api.embedding(run, epoch)));
  }

  // The pictures in the lasso are those that it was drawn around, at its own epoch.
  async #resolve() {
    const { lasso, run } = this;
    this.#resolved = lasso;
    let inside = null;
    try {
      if (lasso) inside = pointsInside(await this.#points(run.id, lasso.epoch), lasso.corners);
    } catch (problem) {
      this.problem = problem.message;
    }
    if (lasso === this.lasso) this.#send("inside", inside);
  }

  render() {
    const { lasso, near, classes, frame } = this;
    return html`
      <p class="about">What the last hidden layer makes of each picture, on its two main axes: a point for each, coloured by label,
        with a ring if it is read wrong. Draw a line around some to see only those.</p>
      <p class="problem" role="alert">${this.problem}</p>
      <div class="map">
        <canvas id="map" role="img" data-epoch=${this.drawn?.epoch ?? nothing} aria-label="Map of ${frame.labels.length} test pictures after epoch ${this.drawn?.epoch ?? frame.epoch}"
          @pointerdown=${this.#down} @pointermove=${this.#move} @pointerup=${this.#up} @pointercancel=${this.#cancel} @pointerleave=${() => { this.near = null; }}></canvas>
        ${near ? html`<div class="map-hint" style=${styleMap({ left: `${near.x}px`, top: `${near.y}px` })} data-left=${near.isLeft}>
          <canvas width=${pageData.sheets.side} height=${pageData.sheets.side}></canvas>
          <span>${this.#words(near.index)}</span></div>` : nothing}
      </div>
      <p class="map-tools"><span class="map-classes">${classes.map((name, k) => html`<span><i style=${styleMap({ background: colourOfClass(k) })}></i>${name}</span>`)}</span>
        <button type="button" class="small" ?hidden=${!lasso} @click=${() => this.#send("lasso", null)}>Clear the line</button></p>`;
  }

  #words(index) {
    const { frame, classes } = this;
    const [label, predicted] = [frame.labels[index], frame.now.predicted[index]];
    return `${classes[label]}${label === predicted ? "" : `, read as ${classes[predicted]}`} · ${percent(frame.now.confidence[index], 0)} sure`;
  }

  #redraw = () => this.#draw();

  #draw() {
    const canvas = this.querySelector("#map");
    const width = canvas?.clientWidth;
    if (!this.drawn || !width) return;
    const { labels, now } = this.frame;
    const { points } = this.drawn;
    const side = Math.round(width * devicePixelRatio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const context = canvas.getContext("2d");
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, width);
    const { x, y } = this.#scale();
    const sums = this.classes.map(() => [0, 0, 0]);
    this.classes.forEach((_, k) => {
      context.fillStyle = pageColour(this, colourOfClass(k));
      for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== k) continue;
        context.fillRect(x(points[2 * i]) - POINT_PX / 2, y(points[2 * i + 1]) - POINT_PX / 2, POINT_PX, POINT_PX);
        sums[k][0] += points[2 * i];
        sums[k][1] += points[2 * i + 1];
        sums[k][2]++;
      }
    });
    context.strokeStyle = pageColour(this, "var(--ink)");
    context.lineWidth = 1;
    context.beginPath();
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === now.predicted[i]) continue;
      const [cx, cy] = [x(points[2 * i]), y(points[2 * i + 1])];
      context.moveTo(cx + RING_PX, cy);
      context.arc(cx, cy, RING_PX, 0, 2 * Math.PI);
    }
    context.stroke();
    this.#drawNames(context, sums, x, y);
    this.#drawLine(context, x, y);
  }

  // Names at the middle of each class, so that colours are not all that tells them apart.
  #drawNames(context, sums, x, y) {
    const [ink, panel] = ["var(--ink)", "var(--panel)"].map((value) => pageColour(this, value));
    Object.assign(context, { font: "700 15px system-ui, sans-serif", textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4, strokeStyle: panel, fillStyle: ink });
    sums.forEach(([sx, sy, number], k) => {
      if (!number) return;
      context.strokeText(this.classes[k], x(sx / number), y(sy / number));
      context.fillText(this.classes[k], x(sx / number), y(sy / number));
    });
  }

  #drawLine(context, x, y) {
    const isOfThis = this.lasso && this.lasso.epoch === this.drawn.epoch;
    const line = this.#line ?? (isOfThis ? this.lasso.corners.map(([px, py]) => [x(px), y(py)]) : []);
    if (!line.length) return;
    Object.assign(context, { lineWidth: 2, strokeStyle: pageColour(this, "var(--accent)") });
    context.beginPath();
    for (const [px, py] of line) context.lineTo(px, py);
    context.closePath();
    context.stroke();
  }

  // From coordinates to pixels, the same for both axes; far points stand at the edge.
  #scale() {
    const half = this.querySelector("#map").clientWidth / 2;
    const factor = half / this.drawn.reach;
    const clamp = (pixels) => Math.min(Math.max(pixels, RING_PX), 2 * half - RING_PX);
    return {
      x: (value) => clamp(half + factor * value),
      y: (value) => clamp(half - factor * value),
      back: ([px, py]) => [(px - half) / factor, (half - py) / factor],
    };
  }

  #down = (event) => {
    if (!this.drawn || event.button) return;
    event.target.setPointerCapture(event.pointerId);
    this.#line = [[event.offsetX, event.offsetY]];
    this.near = null;
  };

  #move = ({ offsetX, offsetY }) => {
    if (!this.drawn) return;
    if (this.#line) {
      this.#line.push([offsetX, offsetY]);
      this.#draw();
    } else {
      this.near = this.#nearest(offsetX, offsetY);
    }
  };

  // A press without a line opens the picture there.
  #up = ({ offsetX, offsetY }) => {
    const line = this.#line;
    this.#line = null;
    if (!line) return;
    if (line.length > LEAST_LINE) {
      const { back } = this.#scale();
      this.#send("lasso", lassoOf(this.drawn.epoch, line.map(back)));
    } else {
      const near = this.#nearest(offsetX, offsetY);
      if (near) this.#send("open", near.index);
    }
    this.#draw();
  };

  #cancel = () => {
    this.#line = null;
    this.#draw();
  };

  #nearest(atX, atY) {
    const { points } = this.drawn;
    const { x, y } = this.#scale();
    let [index, least] = [-1, NEAR_PX ** 2];
    for (let i = 0; i < points.length / 2; i++) {
      const distance = (x(points[2 * i]) - atX) ** 2 + (y(points[2 * i + 1]) - atY) ** 2;
      if (distance < least) [index, least] = [i, distance];
    }
    return index < 0 ? null : { index, x: atX, y: atY, isLeft: atX > this.querySelector("#map").clientWidth / 2 };
  }

  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// Largest distance of most points from the centre, along either axis.
function reachOf(points) {
  const sizes = points.filter((_, i) => Math.floor(i / 2) % SAMPLED === 0).map(Math.abs).sort();
  return sizes[Math.floor(WITHIN * (sizes.length - 1))] || 1;
}

const colourOfClass = (k) => `light-dark(${PALETTE[k % PALETTE.length]})`;

customElements.define("embedding-map", EmbeddingMap);
