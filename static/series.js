// The losses of a run as they come in: kept whole, smoothed once, thinned for drawing.

const FIRST_CAPACITY = 16384;

/**
 * A growing series of (step, loss) with its smoothed line.
 *
 * Smoothing is exponential and debiased: each smoothed value is a weighted mean of all losses so
 * far (Kingma and Ba 2015, "Adam", section 3). Its time constant grows to `span` steps, so that the
 * line does not trail behind the steep beginning.
 */
export class LossSeries {
  #span;
  #sum = 0;
  #weight = 0;

  constructor(span) {
    this.#span = span;
    this.length = 0;
    this.steps = new Uint32Array(FIRST_CAPACITY);
    this.values = new Float32Array(FIRST_CAPACITY);
    this.smooth = new Float32Array(FIRST_CAPACITY);
  }

  /** The last step held, 0 while there is none. */
  get lastStep() {
    return this.length ? this.steps[this.length - 1] : 0;
  }

  /** The first step held: 1, or for a fork the one after its parent's; 0 while there is none. */
  get firstStep() {
    return this.length ? this.steps[0] : 0;
  }

  /** The latest smoothed loss, NaN while there is none. */
  get lastSmooth() {
    return this.length ? this.smooth[this.length - 1] : NaN;
  }

  /** Append consecutive losses from `firstStep` on; null stands for one that is not finite. */
  append(firstStep, values) {
    this.#reserve(values.length);
    for (let i = 0; i < values.length; i += 1) this.#push(firstStep + i, values[i]);
  }

  /** Append losses at the given rising steps, as a thinned series has them. */
  appendAt(steps, values) {
    this.#reserve(values.length);
    for (let i = 0; i < values.length; i += 1) this.#push(steps[i], values[i]);
  }

  /**
   * At most about `limit` points between two steps: `{x, y}` of the raw line, where each bucket
   * keeps its minimum, its maximum and its non-finite values in their order, and both ends; and `{smoothX, smoothY}`.
   */
  thinned(fromStep, toStep, limit) {
    const start = Math.max(0, this.#indexOf(fromStep) - 1);
    const end = Math.min(this.length, this.#indexOf(toStep + 1) + 1);
    if (end - start <= limit) {
      const x = this.steps.slice(start, end);
      return { x, y: this.values.slice(start, end), smoothX: x, smoothY: this.smooth.slice(start, end) };
    }
    // Buckets lie at fixed multiples, so that points drawn once don't move as the series grows.
    const size = 2 ** Math.ceil(Math.log2((2 * (end - start)) / limit));
    const chosen = [start];
    const ends = [];
    for (let i = start; i < end; ) {
      const stop = Math.min(end, i - (i % size) + size);
      chosen.push(...this.#extremes(i, stop));
      ends.push(stop - 1);
      i = stop;
    }
    chosen.push(end - 1);
    const kept = chosen.filter((index, at) => index !== chosen[at - 1]);
    const pick = (array, indices) => Float64Array.from(indices, (index) => array[index]);
    return {
      x: pick(this.steps, kept),
      y: pick(this.values, kept),
      smoothX: pick(this.steps, ends),
      smoothY: pick(this.smooth, ends),
    };
  }

  #extremes(start, stop) {
    let low = start;
    let high = start;
    const broken = [];
    for (let i = start; i < stop; i += 1) {
      const value = this.values[i];
      if (Number.isNaN(value)) broken.push(i);
      else if (value < this.values[low] || Number.isNaN(this.values[low])) low = i;
      if (value > this.values[high] || Number.isNaN(this.values[high])) high = i;
    }
    return [low, high, ...broken].sort((a, b) => a - b);
  }

  #push(step, value) {
    const at = this.length;
    const finite = value !== null;
    if (finite) {
      const gap = at ? step - this.lastStep : 1;
      const elapsed = at ? step - this.firstStep : 0;
      const keep = Math.exp(-gap / Math.min(this.#span, 5 + elapsed / 20));
      this.#sum = keep * this.#sum + (1 - keep) * value;
      this.#weight = keep * this.#weight + (1 - keep);
    }
    this.steps[at] = step;
    this.values[at] = finite ? value : NaN;
    this.smooth[at] = finite ? this.#sum / this.#weight : NaN;
    this.length = at + 1;
  }

  #reserve(extra) {
    let capacity = this.steps.length;
    while (capacity < this.length + extra) capacity *= 2;
    if (capacity === this.steps.length) return;
    for (const name of ["steps", "values", "smooth"]) {
      const larger = new this[name].constructor(capacity);
      larger.set(this[name]);
      this[name] = larger;
    }
  }

  /** Index of the first step that is at least `step`. */
  #indexOf(step) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
