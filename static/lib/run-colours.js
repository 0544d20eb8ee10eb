// A run's own colour, the same on every page: assigned in the order in which runs are created.

// The first two are of the Okabe–Ito palette (Okabe and Ito 2008, "Color Universal Design"), whose
// others stand for training and test set or are too pale. All have a contrast of 3:1 with the panels
// of both themes.
const PALETTE = ["#009e73", "#cc79a7", "#8f7a00", "#7b61a8", "#5f9a2e", "#7d8590"];

/** The colour of a run. */
export function colourOf({ number }) {
  return PALETTE[number % PALETTE.length];
}
