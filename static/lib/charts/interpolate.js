// Values between the points of a curve.

/** The value at `x` of a curve through rising places, on the straight line between its neighbours; at most the last one. */
export function valueAt(places, values, x) {
  let high = 0;
  let end = places.length - 1;
  while (high < end) {
    const middle = (high + end) >> 1;
    if (places[middle] < x) high = middle + 1;
    else end = middle;
  }
  if (places[high] <= x || high === 0) return values[high];
  const part = (x - places[high - 1]) / (places[high] - places[high - 1]);
  return values[high - 1] + part * (values[high] - values[high - 1]);
}
