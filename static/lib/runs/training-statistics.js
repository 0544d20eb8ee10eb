// Statistics of a training by layer, as they come in from the list of earlier rows and the stream.

// The quantities of a row that have a number for each layer.
const BY_LAYER = ["weight_norm", "gradient_norm", "update_norm", "update_ratio", "silent_share"];

/** Rows of statistics, each step once and in order, as columns. */
export class TrainingStatistics {
  #rows = new Map();
  /** Rising steps of the rows. */
  steps = [];
  /** By quantity a list of columns: one for each layer, or a single one. */
  columns = {};

  /** Add rows; those of a known step replace it. */
  add(rows) {
    const last = this.steps.at(-1) ?? 0;
    const isNext = rows.every(({ step }, i) => step > (rows[i - 1]?.step ?? last));
    for (const row of rows) this.#rows.set(row.step, row);
    if (isNext) {
      for (const row of rows) this.#append(row);
      return;
    }
    this.steps = [];
    this.columns = {};
    for (const row of [...this.#rows.values()].sort((a, b) => a.step - b.step)) this.#append(row);
  }

  #append(row) {
    this.steps.push(row.step);
    for (const name of [...BY_LAYER, "learning_rate"]) {
      const values = [row[name]].flat();
      this.columns[name] ??= values.map(() => []);
      values.forEach((value, i) => this.columns[name][i].push(value));
    }
  }
}

/** At most about `limit` of the points between two places: minimum and maximum of each bucket, in order. */
export function thinned(x, y, [from, to], limit) {
  const seen = x.map((_, i) => i).filter((i) => (x[i + 1] ?? Infinity) >= from && (x[i - 1] ?? -Infinity) <= to);
  const size = Math.ceil((2 * seen.length) / limit);
  if (size <= 2) return { x: seen.map((i) => x[i]), y: seen.map((i) => y[i]) };
  const kept = [];
  for (let start = 0; start < seen.length; start += size) {
    const bucket = seen.slice(start, start + size);
    const low = bucket.reduce((best, i) => (y[i] < y[best] ? i : best));
    const high = bucket.reduce((best, i) => (y[i] > y[best] ? i : best));
    kept.push(...new Set([low, high].sort((a, b) => a - b)));
  }
  return { x: kept.map((i) => x[i]), y: kept.map((i) => y[i]) };
}
