// Measures of a classification: confusion matrix, precision, recall, F1, calibration.

const BINS = 10;

/** Counts of the pictures, rows labels, columns predicted classes; `labels` and `predicted` are bytes. */
export function confusionMatrix(labels, predicted, classes) {
  const matrix = Array.from({ length: classes }, () => new Array(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]][predicted[i]]++;
  return matrix;
}

/** Share of the pictures in the matrix that are predicted as their label; null if there are none. */
export function accuracy(matrix) {
  return share(sum(matrix.map((row, k) => row[k])), sum(matrix.map(sum)));
}

/**
 * Precision, recall, F1 and number of pictures of each class, by its label. A measure is null where it
 * is not defined: precision of a class that is never predicted, recall of one without pictures.
 */
export function classScores(matrix) {
  return matrix.map((row, k) => {
    const right = row[k];
    const count = sum(row);
    const predicted = sum(matrix.map((other) => other[k]));
    return {
      precision: share(right, predicted),
      recall: share(right, count),
      f1: share(2 * right, predicted + count),
      count,
    };
  });
}

/**
 * Confidence against accuracy, in ten bins of equal width: a confidence at an edge belongs to the bin
 * below. `confidence` and `accuracy` of a bin are means over its pictures, null if it has none.
 *
 * `error` is the expected calibration error: the mean over the pictures of the difference between
 * both in their bin (Guo et al. 2017, arXiv:1706.04599); null without pictures.
 */
export function calibration(labels, { predicted, confidence }) {
  const bins = Array.from({ length: BINS }, (_, k) => ({ low: k / BINS, high: (k + 1) / BINS, count: 0, sum: 0, right: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const bin = bins[Math.min(Math.max(Math.ceil(confidence[i] * BINS) - 1, 0), BINS - 1)];
    bin.count++;
    bin.sum += confidence[i];
    if (predicted[i] === labels[i]) bin.right++;
  }
  return {
    bins: bins.map(({ low, high, count, sum, right }) => ({
      low,
      high,
      count,
      confidence: share(sum, count),
      accuracy: share(right, count),
    })),
    error: share(sum(bins.map((bin) => Math.abs(bin.sum - bin.right))), labels.length),
  };
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const share = (part, whole) => (whole ? part / whole : null);
