// Axes of parallel coordinates: the place of each row on each axis, and its ticks.

// Axes that are closer have each word of their names on a line of its own, and then smaller ones.
const AXIS_PX = 140;
const LABEL_PX = 96;
const SMALL_PX = 10;
// Margins of a chart without a scale at its left: half a name there, and lines of names below.
const LEFT_PX = 40;
const LINE_PX = 17;
const BELOW_PX = 12;

/**
 * An axis `{label, words, place, ticks}` for rows: `words(row)`; `place(row)` in 0..1; ticks `{y, text}`.
 *
 * @param value gives what a row has on the axis: numbers lie to scale, on a logarithmic one where they
 *   span decades; all else evenly, in order of appearance
 */
export function axis(label, rows, value, words) {
  const values = rows.map(value);
  if (values.every((each) => typeof each === "number")) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = low > 0 && high / low >= 20 ? Math.log : Number;
    const span = scale(high) - scale(low) || 1;
    const ends = [low, high].map((end) => ({ y: end === high ? 1 : 0, text: words(rows[values.indexOf(end)]) }));
    return { label, words, place: (row) => (scale(value(row)) - scale(low)) / span, ticks: ends };
  }
  const names = [...new Set(rows.map(words))];
  const place = (name) => (names.length > 1 ? names.indexOf(name) / (names.length - 1) : 0.5);
  return { label, words, place: (row) => place(words(row)), ticks: names.map((name) => ({ y: place(name), text: name })) };
}

/** The part of a figure that shows axes: `{xaxis, yaxis, shapes, annotations, margin}`. */
export function axesFigure(chart, axes) {
  const x = axes.map((_, i) => i);
  const width = chart.width / axes.length;
  const font = width < LABEL_PX ? { size: SMALL_PX } : {};
  const names = axes.map(({ label }) => (width < AXIS_PX ? label.replaceAll(" ", "<br>") : label));
  const lines = Math.max(...names.map((name) => name.split("<br>").length));
  return {
    margin: { l: LEFT_PX * chart.scale, b: (BELOW_PX + LINE_PX * lines) * chart.scale },
    xaxis: { tickfont: font, range: [-0.2, axes.length - 0.8], title: "", tickvals: x, ticktext: names },
    yaxis: { range: [-0.08, 1.08], visible: false },
    shapes: x.map((at) => ({ type: "line", x0: at, x1: at, y0: 0, y1: 1, line: { color: chart.colour("var(--edge)"), width: 1 } })),
    annotations: axes.flatMap(({ ticks }, at) => ticks.map(({ y, text }) => ({
      x: at, y, text, font, xanchor: "left", xshift: 5, showarrow: false, bgcolor: chart.colour("var(--panel)"),
    }))),
  };
}
