// Ranges of parallel axes that the reader selects trials by, and their form in the page's address.

const DIGITS = 3;

/** Ranges by the name of their axis, `{name: [low, high]}` in 0..1, from a text; a bad text is none. */
export function brushFrom(text) {
  const found = {};
  for (const part of (text ?? "").split(",").filter(Boolean)) {
    const [name, low, high] = part.split(":");
    const range = [low, high].map(Number);
    if (range.every((end) => end >= 0 && end <= 1) && range[0] <= range[1]) found[name] = range;
  }
  return found;
}

/** The text of ranges; null for none. */
export function brushText(brush) {
  const parts = Object.entries(brush).map(([name, range]) => [name, ...range.map((end) => Number(end.toFixed(DIGITS)))].join(":"));
  return parts.join(",") || null;
}

/** The numbers of the trials that lie within all ranges, as a set; null without ranges. */
export function brushed(axes, brush, trials) {
  const wanted = axes.filter(({ name }) => name in brush);
  if (!wanted.length) return null;
  const isIn = (trial) => wanted.every(({ name, place }) => place(trial) >= brush[name][0] - 1e-9 && place(trial) <= brush[name][1] + 1e-9);
  return new Set(trials.filter(isIn).map(({ number }) => number));
}
