// A line around points of the embedding, and its form in the page's address.

const MOST_CORNERS = 40;
const DIGITS = 4;

/**
 * A lasso is `{epoch, corners}`: `[x, y]` pairs in the coordinates of the embedding after that epoch.
 *
 * @param line pairs along the line, from which corners are taken evenly if there are too many
 */
export function lassoOf(epoch, line) {
  const step = Math.max(1, line.length / MOST_CORNERS);
  const corners = [];
  for (let at = 0; at < line.length; at += step) corners.push(line[Math.floor(at)].map((value) => Number(value.toPrecision(DIGITS))));
  return { epoch, corners };
}

/** The text of a lasso, null for none. */
export function lassoText(lasso) {
  return lasso && [lasso.epoch, ...lasso.corners.flat()].join(",");
}

/** The lasso of a text, null for one that is not its text. */
export function lassoFrom(text) {
  const [epoch, ...numbers] = (text ?? "").split(",").map((part) => (part === "" ? NaN : Number(part)));
  const isValid = Number.isInteger(epoch) && numbers.length >= 6 && numbers.length % 2 === 0 && numbers.every(Number.isFinite);
  if (!isValid) return null;
  return { epoch, corners: Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]) };
}

/** Indices of the points inside a polygon, as a set; `points` are x and y in turn. */
export function pointsInside(points, corners) {
  const inside = new Set();
  for (let i = 0; i < points.length / 2; i++) {
    if (isInside(points[2 * i], points[2 * i + 1], corners)) inside.add(i);
  }
  return inside;
}

// A ray to the right crosses the border of a polygon that it starts in an odd number of times.
function isInside(x, y, corners) {
  let result = false;
  for (let i = 0, j = corners.length - 1; i < corners.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [corners[i], corners[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) result = !result;
  }
  return result;
}
