// Histograms of a layer over epochs, brought to common bins. Each has equal bins from -limit to
// limit, and limits are powers of two: neighbouring bins of one are exactly a bin of the next.

// Bins with fewer of the numbers in every epoch are cut off at the ends.
const LEAST_SHARE = 0.0005;

/** At most `most` epochs from the first to the last, evenly; as the last grows the same ones stay. */
export function spacedEpochs(first, last, most) {
  let stride = 1;
  while ((last - first) / stride >= most) stride *= 2;
  const found = [];
  for (let epoch = first; epoch < last; epoch += stride) found.push(epoch);
  return [...found, last];
}

/**
 * Histograms of one layer, `{limit, counts}` each, as `{low, high, columns}`: for each of them the
 * share of its numbers in each common bin, from low to high.
 */
export function commonColumns(histograms) {
  const limit = Math.max(...histograms.map((histogram) => histogram.limit));
  const bins = histograms[0].counts.length;
  const whole = histograms.map((histogram) => {
    const total = histogram.counts.reduce((sum, n) => sum + n, 0) || 1;
    const shares = new Array(bins).fill(0);
    histogram.counts.forEach((n, bin) => { shares[bins / 2 + Math.floor(((bin - bins / 2) * histogram.limit) / limit)] += n / total; });
    return shares;
  });
  const used = Array.from({ length: bins }, (_, bin) => whole.some((shares) => shares[bin] > LEAST_SHARE));
  const [begin, end] = [Math.max(0, used.indexOf(true)), used.lastIndexOf(true) + 1 || bins];
  const edge = (bin) => (2 * limit * bin) / bins - limit;
  return { low: edge(begin), high: edge(end), columns: whole.map((shares) => shares.slice(begin, end)) };
}

/** The number below which a share of a histogram's numbers lies, to half a bin. */
export function quantile({ limit, counts }, share) {
  const wanted = share * counts.reduce((sum, n) => sum + n, 0);
  let sum = 0;
  const bin = counts.findIndex((n) => (sum += n) >= wanted);
  return ((2 * bin + 1) * limit) / counts.length - limit;
}
