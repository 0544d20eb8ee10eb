// The host of a Plotly figure. The only module that touches Plotly.

import { pageColour } from "../../lib/page/page-colour.js";

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
// After a redraw all charts rest this many times as long as it took: an eighth of a core at most.
const REST = 7;
// The last redraw of any chart: its end and duration in ms.
let last = { end: 0, took: 0 };
// Sizes are given for this size of the text, and grow with it.
const TEXT_PX = 13;
// Pixels of a saved picture for each of the page's.
const PICTURE_SCALE = 2;

/** Plotly's script is deferred behind ours, so the page is alive before it is parsed. */
function whenPlotlyIsHere(then) {
  if (window.Plotly) then();
  else document.getElementById("plotly").addEventListener("load", then, { once: true });
}

/**
 * Redraws a figure when it is due: at most ten times a second, not while held, not in a hidden page.
 *
 * `figure(chart)` returns `{words, data, xaxis, yaxis, shapes, annotations, margin}` or null while there is
 * nothing to draw: `words` describe the chart, both axes have a `range`. `drawn(isFirst)` is called after
 * each drawing. With `hasHover` Plotly names the points under the mouse.
 */
export class Chart {
  #node;
  #figure;
  #drawn;
  #hasHover;
  #timer = 0;
  #isHeld = false;
  #isDirty = false;
  #isUrgent = false;
  #listening = new AbortController();
  #resizes = new ResizeObserver(() => this.refresh(true));
  #colours = new Map();
  /** Whether the figure is on the page. */
  isDrawn = false;
  /** The plot area of the last drawing in the plot: `{left, top, width, height, x, y}`, x and y being the ranges of the axes. */
  area = null;

  constructor(node, { figure, drawn, hasHover = false }) {
    this.#node = node;
    this.#figure = figure;
    this.#drawn = drawn;
    this.#hasHover = hasHover;
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#schedule(), { signal });
    document.addEventListener("themechange", () => { this.#colours.clear(); this.refresh(); }, { signal });
    this.#resizes.observe(node);
    whenPlotlyIsHere(() => this.#schedule());
  }

  /** The figure changed: redraw soon, and sooner with `isUrgent`, as while the user moves it. */
  refresh(isUrgent = false) {
    this.#isDirty = true;
    this.#isUrgent ||= isUrgent;
    this.#schedule();
  }

  /** Redraw nothing while held. */
  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#schedule();
  }

  /** Take the figure away. */
  clear() {
    if (this.isDrawn) window.Plotly.purge(this.#node);
    for (const attribute of ["role", "aria-label"]) this.#node.removeAttribute(attribute);
    this.isDrawn = false;
    this.area = null;
  }

  /** Take the figure away for good, with all listeners. */
  disconnect() {
    this.clear();
    clearTimeout(this.#timer);
    this.#listening.abort();
    this.#resizes.disconnect();
  }

  /** The figure as a file in "png" or "svg", on the panel's colour: a data URL. */
  picture(format) {
    const { data, layout } = this.#node;
    const { width, height } = layout;
    const paper = { ...layout, paper_bgcolor: this.colour("var(--panel)") };
    return window.Plotly.toImage({ data, layout: paper }, { format, width, height, scale: format === "png" ? PICTURE_SCALE : 1 });
  }

  /** Size of the text, by that for which all other sizes are given. */
  get scale() {
    return parseFloat(getComputedStyle(this.#node).fontSize) / TEXT_PX;
  }

  /** Width of the figure. */
  get width() {
    return this.#node.clientWidth;
  }

  /** A colour of a style sheet, such as "var(--train)", as the theme shows it: Plotly knows no other. */
  colour(value) {
    if (!this.#colours.has(value)) this.#colours.set(value, pageColour(this.#node.parentElement, value));
    return this.#colours.get(value);
  }

  /** Words at a line's last point, in the right margin. */
  endLabel(x, y, words, colour, yshift = 0) {
    return {
      x, y, xanchor: "left", xshift: 6, yshift, showarrow: false, align: "left",
      text: `<span style="color:${this.colour(colour)};font-size:0.7em">●</span> ${words}`,
    };
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (!this.#isDirty || !this.#mayDraw()) return;
    this.#timer = setTimeout(() => {
      // Another chart may have been drawn meanwhile.
      if (performance.now() < this.#due) this.#schedule();
      else if (this.#mayDraw()) this.#draw();
    }, Math.max(0, Math.ceil(this.#due - performance.now())));
  }

  /** Time of the next redraw. */
  get #due() {
    const { end, took } = last;
    return end + (this.#isUrgent ? took : Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, REST * took)));
  }

  #mayDraw() {
    return window.Plotly && !this.#isHeld && !document.hidden && !this.#listening.signal.aborted;
  }

  #draw() {
    this.#isDirty = false;
    this.#isUrgent = false;
    const begun = performance.now();
    const figure = this.#figure(this);
    if (!figure) return;
    const isFirst = !this.isDrawn;
    this.#node.setAttribute("role", "img");
    this.#node.setAttribute("aria-label", figure.words);
    const config = { displayModeBar: false, doubleClick: false, showTips: false, staticPlot: !this.#hasHover };
    const layout = this.#layout(figure);
    window.Plotly.react(this.#node, figure.data.map((trace) => grown(trace, this.scale)), layout, config);
    this.isDrawn = true;
    const { l, r, t, b } = layout.margin;
    this.area = {
      left: l, top: t, width: layout.width - l - r, height: layout.height - t - b,
      x: layout.xaxis.range, y: layout.yaxis.range,
    };
    this.#drawn(isFirst);
    // The first drawing takes several times as long as any other, and nobody is to wait for it.
    last = isFirst ? { end: 0, took: 0 } : { end: performance.now(), took: performance.now() - begun };
  }

  #layout({ xaxis, yaxis, shapes, annotations, margin }) {
    const [ink, muted, line, panel] = ["ink", "muted", "line", "panel"].map((name) => this.colour(`var(--${name})`));
    const { scale } = this;
    const size = scale * TEXT_PX;
    const axis = { color: muted, gridcolor: line, zeroline: false, linecolor: line, automargin: false, fixedrange: true };
    return {
      width: this.#node.clientWidth,
      height: this.#node.clientHeight,
      font: { family: "system-ui, sans-serif", size, color: ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 52 * scale, r: 86 * scale, t: 8, b: 40 * scale, ...margin },
      showlegend: false,
      hovermode: this.#hasHover ? "closest" : false,
      hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
      dragmode: false,
      xaxis: { ...axis, showgrid: false, showline: true, ticks: "outside", tickcolor: line, tickangle: 0,
        nticks: this.#node.clientWidth < 480 ? 4 : 7, ...xaxis, title: { text: xaxis.title, standoff: 4, font: { size } } },
      yaxis: { ...axis, ...yaxis },
      shapes,
      annotations,
    };
  }
}

/** A trace whose lines and markers grow with the text. */
function grown({ line, marker, ...trace }, scale) {
  return {
    ...trace,
    ...(line && { line: { ...line, width: line.width * scale } }),
    ...(marker && { marker: { ...marker, size: marker.size * scale } }),
  };
}
