// The host of a Plotly figure. The only module that touches Plotly.

const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
// After a redraw all charts rest this many times as long as it took: an eighth of a core at most.
const REST = 7;
let notBefore = 0;
const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false };
// Sizes are given for this size of the text, and grow with it.
const TEXT_PX = 13;

const touch = matchMedia("(pointer: coarse)");

/** Plotly's script is deferred behind ours, so the page is alive before it is parsed. */
function whenPlotlyIsHere(then) {
  if (window.Plotly) then();
  else document.getElementById("plotly").addEventListener("load", then, { once: true });
}

/**
 * Redraws a figure when it is due: at most ten times a second, not in a drag, not in a hidden page.
 *
 * `figure(chart)` returns `{words, data, range, yaxis, xaxis, shapes, annotations}` or null while
 * there is nothing to draw: `words` describe the chart, `range` is that of x unless the user zoomed
 * in. `changed()` is called after the first drawing and after each change of the zoom.
 */
export class Chart {
  #node;
  #figure;
  #changed;
  #timer = 0;
  #isDragging = false;
  #isDirty = false;
  #listening = new AbortController();
  #resizes = new ResizeObserver(() => this.refresh());
  #colours = new Map();
  /** Whether the figure is on the page. */
  isDrawn = false;
  /** The x range that the user chose, null for the whole. */
  zoom = null;

  constructor(node, figure, changed) {
    this.#node = node;
    this.#figure = figure;
    this.#changed = changed;
    const { signal } = this.#listening;
    node.addEventListener("pointerdown", () => { this.#isDragging = true; }, { signal });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => { this.#isDragging = false; this.#schedule(); }, { signal });
    }
    document.addEventListener("visibilitychange", () => this.#schedule(), { signal });
    document.addEventListener("themechange", () => { this.#colours.clear(); this.refresh(); }, { signal });
    this.#resizes.observe(node);
    whenPlotlyIsHere(() => this.#schedule());
  }

  /** The figure changed: redraw soon. */
  refresh() {
    this.#isDirty = true;
    this.#schedule();
  }

  /** Show the whole again, after a zoom. */
  reset() {
    this.#zoomTo(null);
  }

  /** Take the figure and its zoom away. */
  clear() {
    this.zoom = null;
    if (this.isDrawn) window.Plotly.purge(this.#node);
    for (const attribute of ["role", "aria-label"]) this.#node.removeAttribute(attribute);
    this.isDrawn = false;
  }

  /** Take the figure away for good, with all listeners. */
  disconnect() {
    this.clear();
    clearTimeout(this.#timer);
    this.#listening.abort();
    this.#resizes.disconnect();
  }

  /** A colour of a style sheet, such as "var(--train)", as the theme shows it: Plotly knows no other. */
  colour(value) {
    if (!this.#colours.has(value)) {
      const probe = document.createElement("span");
      probe.style.color = value;
      this.#node.parentElement.append(probe);
      this.#colours.set(value, getComputedStyle(probe).color);
      probe.remove();
    }
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
    if (!this.#isDirty || this.#timer || !this.#mayDraw()) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (performance.now() < notBefore) this.#schedule();
      else if (this.#mayDraw()) this.#draw();
    }, Math.max(0, Math.ceil(notBefore - performance.now())));
  }

  #mayDraw() {
    return window.Plotly && !this.#isDragging && !document.hidden && !this.#listening.signal.aborted;
  }

  #draw() {
    this.#isDirty = false;
    const begun = performance.now();
    const figure = this.#figure(this);
    if (!figure) return;
    const isFirst = !this.isDrawn;
    this.#node.setAttribute("role", "img");
    this.#node.setAttribute("aria-label", figure.words);
    window.Plotly.react(this.#node, figure.data, this.#layout(figure), CONFIG);
    this.isDrawn = true;
    if (isFirst) {
      this.#listen();
      this.#changed();
    }
    const rest = Math.min(LONGEST_PAUSE_MS, REST * (performance.now() - begun));
    // The first drawing takes several times as long as any other, and nobody is to wait for it.
    notBefore = performance.now() + (isFirst ? 0 : Math.max(SHORTEST_PAUSE_MS, rest));
  }

  #listen() {
    this.#node.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) this.#zoomTo([change["xaxis.range[0]"], change["xaxis.range[1]"]]);
      else if (change["xaxis.range"]) this.#zoomTo([...change["xaxis.range"]]);
    });
    this.#node.on("plotly_doubleclick", () => this.reset());
  }

  #zoomTo(range) {
    this.zoom = range;
    this.refresh();
    this.#changed();
  }

  // The ranges given here always hold: the zoom is kept in this object, not by Plotly.
  #layout({ range, xaxis, yaxis, shapes, annotations }) {
    const [ink, muted, line, panel] = ["ink", "muted", "line", "panel"].map((name) => this.colour(`var(--${name})`));
    const size = parseFloat(getComputedStyle(this.#node).fontSize);
    const scale = size / TEXT_PX;
    const axis = { color: muted, gridcolor: line, zeroline: false, linecolor: line, automargin: false };
    return {
      width: this.#node.clientWidth,
      height: this.#node.clientHeight,
      font: { family: "system-ui, sans-serif", size, color: ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 52 * scale, r: 86 * scale, t: 8, b: 40 * scale },
      showlegend: false,
      hovermode: "closest",
      hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
      dragmode: touch.matches ? false : "zoom",
      xaxis: { ...axis, showgrid: false, showline: true, ticks: "outside", tickcolor: line, tickangle: 0,
        nticks: this.#node.clientWidth < 480 ? 4 : 7, ...xaxis,
        title: { text: xaxis.title, standoff: 4, font: { size } }, range: this.zoom ?? range, fixedrange: touch.matches },
      yaxis: { ...axis, fixedrange: true, ...yaxis },
      shapes,
      annotations,
    };
  }
}
