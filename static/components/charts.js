// The charts. The only module that touches Plotly.

import { count, loss as lossText, percent } from "../lib/format.js";

const MOST_POINTS = 2000;
const MANY_EPOCHS = 60;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
// After a redraw all charts rest this many times as long as it took: an eighth of a core at most.
const REST = 7;
let notBefore = 0;
const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };

const touch = matchMedia("(pointer: coarse)");

/** A colour of the style sheet as the page shows it now. */
function colour(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function palette() {
  const names = ["ink", "muted", "line", "panel", "train", "test", "bad"];
  return Object.fromEntries(names.map((name) => [name, colour(name)]));
}

/** Plotly's script is deferred behind ours, so the page is alive before it is parsed. */
function whenPlotlyIsHere(then) {
  if (window.Plotly) then();
  else document.getElementById("plotly").addEventListener("load", then, { once: true });
}

/**
 * The x axis' end: all of a short run; of a longer one the first power-of-two part that holds what
 * is there, so that the curve fills at least half the width and the axis seldom changes.
 */
function axisEnd(now, total, least) {
  let end = Math.max(total, 1);
  while (end / 2 >= least && end / 2 >= now) end /= 2;
  return end;
}

/** Redraws one Plotly figure when it is due: never too often, in a drag, or out of sight. */
class Chart {
  #figure;
  #node;
  #empty;
  #timer = 0;
  #dragging = false;
  #dirty = false;
  #isDrawn = false;
  colours = null;
  zoom = null;

  constructor(node, figure) {
    this.#node = node;
    this.#figure = figure;
    this.#empty = node.firstElementChild;
    node.addEventListener("pointerdown", () => { this.#dragging = true; });
    for (const name of ["pointerup", "pointercancel"]) {
      addEventListener(name, () => { this.#dragging = false; this.#schedule(); });
    }
    document.addEventListener("visibilitychange", () => this.#schedule());
    document.addEventListener("themechange", () => { this.colours = null; this.refresh(); });
    whenPlotlyIsHere(() => this.#schedule());
  }

  /** Something changed: redraw soon. */
  refresh() {
    this.#dirty = true;
    this.#schedule();
  }

  /** Another run is to be shown: take this one's curves away. */
  clear() {
    this.zoom = null;
    if (this.#isDrawn) window.Plotly.purge(this.#node);
    for (const attribute of ["role", "aria-label"]) this.#node.removeAttribute(attribute);
    this.#node.replaceChildren(this.#empty);
    this.#isDrawn = false;
  }

  #schedule() {
    if (!this.#dirty || this.#timer || !this.#mayDraw()) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (performance.now() < notBefore) this.#schedule();
      else if (this.#mayDraw()) this.#draw();
    }, Math.max(0, Math.ceil(notBefore - performance.now())));
  }

  #mayDraw() {
    return window.Plotly && !this.#dragging && !document.hidden;
  }

  #draw() {
    this.#dirty = false;
    const begun = performance.now();
    const figure = this.#figure();
    if (!figure) return;
    this.colours ??= palette();
    const isFirst = !this.#isDrawn;
    if (isFirst) {
      this.#node.replaceChildren();
      this.#node.setAttribute("role", "img");
    }
    this.#node.setAttribute("aria-label", figure.words);
    window.Plotly.react(this.#node, figure.data, this.#layout(figure.layout), CONFIG);
    if (isFirst) this.#listen();
    this.#isDrawn = true;
    const rest = Math.min(LONGEST_PAUSE_MS, REST * (performance.now() - begun));
    // The first drawing takes several times as long as any other, and nobody is to wait for it.
    notBefore = performance.now() + (isFirst ? 0 : Math.max(SHORTEST_PAUSE_MS, rest));
  }

  // A zoom is kept here too: Plotly forgets it when the axis' own range moves on beneath it.
  #listen() {
    this.#node.on("plotly_relayout", (change) => {
      if ("xaxis.range[0]" in change) this.zoom = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
      else if ("xaxis.range" in change && change["xaxis.range"]) this.zoom = [...change["xaxis.range"]];
      else if ("xaxis.autorange" in change) this.zoom = null;
      else return;
      this.refresh();
    });
  }

  #layout({ xaxis, yaxis, ...rest }) {
    const { ink, muted, line, panel } = this.colours;
    const axis = { color: muted, gridcolor: line, zeroline: false, linecolor: line, automargin: false };
    return {
      font: { family: "system-ui, sans-serif", size: 13, color: ink },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 52, r: 86, t: 8, b: 40 },
      showlegend: false,
      hovermode: "closest",
      hoverlabel: { bgcolor: panel, bordercolor: line, font: { color: ink } },
      dragmode: touch.matches ? false : "zoom",
      xaxis: { ...axis, showgrid: false, showline: true, ticks: "outside", tickcolor: line, tickangle: 0,
        nticks: this.#node.clientWidth < 480 ? 4 : 7, ...xaxis,
        range: this.zoom ?? xaxis.range, fixedrange: touch.matches },
      yaxis: { ...axis, fixedrange: true, ...yaxis },
      ...rest,
    };
  }
}

function line(x, y, color, width, extra = {}) {
  return { type: "scatter", mode: "lines", x, y, line: { color, width, simplify: false }, hoverinfo: "skip", ...extra };
}

function axisTitle(text) {
  return { text, standoff: 4, font: { size: 13 } };
}

/** Words at a line's last point, in the right margin. */
function endLabel(x, y, words, color, yshift = 0) {
  return {
    x, y, xanchor: "left", xshift: 6, yshift, showarrow: false, align: "left",
    text: `<span style="color:${color};font-size:9px">●</span> ${words}`,
  };
}

/**
 * Losses by iteration: each one faint, smoothed firm, the test set's after each epoch as dots.
 *
 * `source()` answers `{id, series, epochs, reached, stepsTotal, firstStep, parent, logarithmic}` or
 * null; `reached` is the step where the run stands, `parent` null or `{series, colour}`, the curve
 * before a fork.
 */
export function lossChart(node, source) {
  const chart = new Chart(node, () => {
    const view = source();
    return view && lossFigure(chart, view);
  });
  return chart;
}

function lossFigure(chart, { id, series, epochs, reached, stepsTotal, firstStep, parent, logarithmic }) {
  chart.colours ??= palette();
  const { train, test, bad, muted } = chart.colours;
  const begin = parent ? 0 : firstStep;
  const end = begin + axisEnd(reached - begin, stepsTotal - begin, 100);
  const [from, to] = chart.zoom ?? [begin, end];
  const points = series.thinned(Math.floor(from), Math.ceil(to), MOST_POINTS);
  const data = [
    line(points.x, points.y, train, 1, { opacity: 0.35, hoverinfo: "all", hovertemplate: "iteration %{x:,}: %{y:.4f}<extra></extra>" }),
    line(points.smoothX, points.smoothY, train, 2),
    {
      type: "scatter", mode: "markers", cliponaxis: false, marker: { color: test, size: epochs.length > MANY_EPOCHS ? 4 : 6 },
      x: epochs.map((row) => row.step), y: epochs.map((row) => row.test_loss),
      customdata: epochs.map((row) => row.epoch),
      hovertemplate: "test set after epoch %{customdata}: %{y:.4f}<extra></extra>",
    },
  ];
  if (parent) {
    const before = parent.series.thinned(Math.floor(from), Math.ceil(to), MOST_POINTS / 2);
    data.unshift(line(before.x, before.y, parent.colour, 1, { opacity: 0.3 }), line(before.smoothX, before.smoothY, parent.colour, 2));
  }
  const annotations = [];
  const shapes = [];
  const last = series.lastStep;
  const broken = series.length > 0 && Number.isNaN(series.lastSmooth);
  if (broken) {
    shapes.push({ type: "line", x0: last, x1: last, y0: 0, y1: 1, yref: "paper", line: { color: bad, width: 1.5, dash: "dot" } });
    annotations.push({ ...endLabel(last, 1, `${count(last)}: not finite`, bad), yref: "paper", yanchor: "top" });
  } else if (series.length && last >= from && last <= to) {
    const y = logarithmic ? Math.log10(series.lastSmooth) : series.lastSmooth;
    annotations.push(endLabel(last, y, lossText(series.lastSmooth), train));
  }
  if (parent) {
    shapes.push({ type: "line", x0: firstStep, x1: firstStep, y0: 0, y1: 1, yref: "paper", line: { color: muted, width: 1, dash: "dot" } });
  }
  const done = epochs.at(-1);
  return {
    words: done ? `Test loss ${lossText(done.test_loss)} after ${count(done.step)} iterations` : "Loss of each iteration",
    data,
    layout: {
      uirevision: id,
      shapes,
      annotations,
      xaxis: { title: axisTitle("iteration"), range: [begin, end], tickformat: ",d" },
      yaxis: logarithmic ? { type: "log", dtick: "D2", tickformat: "~g" } : { type: "linear", rangemode: "tozero", nticks: 6 },
    },
  };
}

/**
 * Accuracies by epoch on training and test set. `source()` answers `{id, epochs, epochsTotal,
 * firstEpoch}` or null.
 */
export function accuracyChart(node, source) {
  const chart = new Chart(node, () => {
    const view = source();
    return view && accuracyFigure(chart, node, view);
  });
  return chart;
}

function accuracyFigure(chart, node, { id, epochs, epochsTotal, firstEpoch }) {
  chart.colours ??= palette();
  const { train, test } = chart.colours;
  const x = epochs.map((row) => row.epoch);
  const last = epochs.at(-1);
  const [trained, tested] = [percent(last.train_accuracy), percent(last.test_accuracy)];
  const worst = Math.min(...epochs.flatMap((row) => [row.train_accuracy, row.test_accuracy]), 0.9);
  const low = Math.max(0, Math.floor((worst - 0.005) * 20) / 20);
  const high = 1 + (1 - low) * 0.03;
  const trace = (name, words, color) => ({
    type: "scatter", mode: epochs.length > MANY_EPOCHS ? "lines" : "lines+markers", cliponaxis: false,
    x, y: epochs.map((row) => row[name]), line: { color, width: 2 }, marker: { color, size: 5 },
    hovertemplate: `epoch %{x}, ${words}: %{y:.2%}<extra></extra>`,
  });
  const annotations = [];
  if (!chart.zoom) {
    const perUnit = Math.max(1, node.clientHeight - 48) / (high - low);
    const apart = (last.train_accuracy - last.test_accuracy) * perUnit;
    const push = Math.max(0, 17 - Math.abs(apart)) / 2;
    const up = apart >= 0 ? push : -push;
    annotations.push(
      endLabel(last.epoch, last.train_accuracy, trained, train, up),
      endLabel(last.epoch, last.test_accuracy, tested, test, -up),
    );
  }
  const begin = firstEpoch;
  const end = begin + axisEnd(last.epoch - begin, epochsTotal - begin, 20);
  return {
    words: `Accuracy ${trained} in training, ${tested} on the test set, after epoch ${last.epoch}`,
    data: [trace("train_accuracy", "training", train), trace("test_accuracy", "test", test)],
    layout: {
      uirevision: id,
      annotations,
      xaxis: { title: axisTitle("epoch"), range: [begin, end], tickformat: "d", dtick: end - begin <= 10 ? 1 : null },
      yaxis: { range: [low, high], tickformat: ".0%", nticks: 6 },
    },
  };
}
