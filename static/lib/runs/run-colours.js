// A run's own colour, the same on every page: assigned in the order in which runs are created.

/**
 * Pairs for the light and the dark theme. Each has a contrast of at least 3:1 with its panel. Any
 * two of a theme, and any one and the colours of training and test set, differ by at least 15 in
 * CIE Lab (ΔE 1976) as seen with protanopia and deuteranopia (simulated by Machado, Oliveira and
 * Fernandes 2009) and by at least 24 in normal sight. A test measures both.
 */
export const PALETTE = [
  ["#49a34b", "#b9e6c2"],
  ["#c077ac", "#f595c1"],
  ["#6611d4", "#8349f9"],
  ["#884a02", "#9b670f"],
  ["#32767f", "#33e2f2"],
  ["#da1982", "#b14a72"],
  ["#778661", "#90e186"],
  ["#442455", "#8161b2"],
  ["#923f35", "#b26f54"],
  ["#9b66f2", "#c84ce5"],
  ["#48220d", "#fd9256"],
  ["#823958", "#ff658b"],
];

/** The colour of a run, for style sheets. */
export function colourOf({ number }) {
  const [light, dark] = PALETTE[number % PALETTE.length];
  return `light-dark(${light}, ${dark})`;
}

/**
 * Colour and dash of each of the runs in one chart, as a map from id to `{colour, dash}`. Runs that
 * have the same colour differ in their dash, the oldest one's line being solid.
 */
export function lineStyles(runs) {
  const uses = new Map();
  const styles = new Map();
  for (const run of runs.toSorted((a, b) => a.number - b.number)) {
    const colour = colourOf(run);
    const use = uses.get(colour) ?? 0;
    uses.set(colour, use + 1);
    styles.set(run.id, { colour, dash: use ? `${4 * use}px,4px` : "solid" });
  }
  return styles;
}
