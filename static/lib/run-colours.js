// A run's own colour, the same on every page. The first two are of the Okabe–Ito palette (Okabe and
// Ito 2008, "Color Universal Design"), whose others stand for training and test set or are too pale.
// All have a contrast of 3:1 with the panels of both themes.

const RUN_COLOURS = ["#009e73", "#cc79a7", "#8f7a00", "#7b61a8", "#5f9a2e", "#7d8590"];

/** The colour of the run with this id. */
export function colourOf(id) {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  return RUN_COLOURS[hash % RUN_COLOURS.length];
}
