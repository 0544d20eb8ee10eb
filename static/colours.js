// A run's own colour, the same on every page: from the Okabe–Ito palette (Okabe and Ito 2008,
// "Color Universal Design"), less the two that stand for training and test set.

const RUN_COLOURS = ["#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8f7a00", "#7b61a8"];

/** The colour of the run with this id. */
export function colourOf(id) {
  let hash = 0;
  for (const letter of id) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  return RUN_COLOURS[hash % RUN_COLOURS.length];
}
