// The ranges of chart axes, chosen so that they seldom change while data streams in.

/**
 * The end of an x axis that begins at 0: all of a run of which most has passed; else the first
 * power-of-two part of it that holds `reached`, so that the curve fills at least half the width.
 */
export function axisEnd(reached, total, least) {
  let end = Math.max(total, 1);
  while (end / 2 >= least && end / 2 >= reached) end /= 2;
  return end;
}

/** The y range that holds losses from `low` to `high`; one of exponents of ten if logarithmic. */
export function lossRange(low, high, { logarithmic, fromZero }) {
  if (!(high >= low)) return logarithmic ? [-2, 1] : [0, 1];
  if (logarithmic) {
    // Tenths of a decade, with room below the lowest and above the highest line.
    const [bottom, top] = [low, high].map((value) => Math.log10(Math.max(value, 1e-12)));
    return outward(bottom - 0.02, top + 0.02, 0.1);
  }
  const room = 0.03 * (high - low) || 0.03 * high || 0.01;
  const step = niceStep((fromZero ? high : high - low) || high || 1);
  const [bottom, top] = outward(low - room, high + room, step);
  return [fromZero ? 0 : Math.max(0, bottom), top];
}

/** The y range that holds accuracies from `low` to `high`, between 0 and just above 1. */
export function accuracyRange(low, high) {
  const spread = Math.max(high - low, 0.01);
  const [bottom, top] = outward(low - 0.08 * spread, high + 0.08 * spread, niceStep(spread));
  return [Math.max(0, bottom), Math.min(top, 1 + 0.04 * spread)];
}

/** The least and the greatest value of traces in a part of the x axis; on a log scale only of those above 0. */
export function extremes(traces, from, to, isLogarithmic) {
  let [low, high] = [Infinity, -Infinity];
  for (const { x, y } of traces) {
    for (let i = 0; i < x.length; i += 1) {
      if (x[i] < from || x[i] > to || y[i] === null || (isLogarithmic && y[i] <= 0)) continue;
      if (y[i] < low) low = y[i];
      if (y[i] > high) high = y[i];
    }
  }
  return [low, high];
}

function outward(low, high, step) {
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

/** A round tenth, or so, of a size. */
function niceStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  const share = size / power;
  return (power * (share < 2 ? 1 : share < 5 ? 2.5 : 5)) / 10;
}
