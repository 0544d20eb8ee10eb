// The losses of a run as they come in: kept whole, smoothed once, thinned for drawing.

import { Smoothing, smoothingSpan } from "./smoothing.js";

const FIRST_CAPACITY = 16384;
// Points of a part of a thinned series serve a view as long as it has this share of their steps.
const LEAST_SHARE = 1 / 4;

/** A growing series of (step, loss) with its smoothed line, which forgets over `span` steps. */
export class LossSeries {
  #span;
  #factor = null;
  #smoothing;
  // Means of the thinned beginning, `{end, value}`, and the number of losses kept of it.
  #means = [];
  #thinned = 0;
  // More points of a part of the thinned beginning, `{from, to, isWhole, series}`.
  #detail = null;

  constructor(span) {
    this.#span = span;
    this.#smoothing = new Smoothing(span, null);
    this.length = 0;
    this.steps = new Uint32Array(FIRST_CAPACITY);
    this.values = new Float32Array(FIRST_CAPACITY);
    this.smooth = new Float32Array(FIRST_CAPACITY);
  }

  /** An empty series with the smoothing for a run. */
  static of(run) {
    return new LossSeries(smoothingSpan(run));
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

  /** Smooth the whole line anew, with another factor of `Smoothing`. */
  smoothWith(factor) {
    if (factor === this.#factor) return;
    this.#factor = factor;
    this.#smoothing = new Smoothing(this.#span, factor);
    let at = 0;
    for (const { end, value } of this.#means) {
      this.#blend(end, value);
      for (; at < this.#thinned && this.steps[at] <= end; at += 1) this.#smoothAt(at);
    }
    for (; at < this.length; at += 1) {
      this.#blend(this.steps[at], this.values[at]);
      this.#smoothAt(at);
    }
  }

  /** Append consecutive losses from `firstStep` on; null stands for one that is not finite. */
  append(firstStep, values) {
    this.#reserve(values.length);
    values.forEach((value, i) => {
      this.#blend(firstStep + i, value ?? NaN);
      this.#keep(firstStep + i, value);
    });
  }

  /**
   * Append a thinned series up to a step: losses at rising steps, and the mean of each bucket that
   * they were chosen from, at its last step. The line is smoothed over the means, since the
   * extremes say nothing of what lies between them.
   */
  appendThinned({ steps, values, means }, upTo = Infinity) {
    this.#reserve(values.length);
    let next = 0;
    for (let bucket = 0; bucket < means.steps.length && this.#smoothing.lastStep < upTo; bucket += 1) {
      const end = Math.min(means.steps[bucket], upTo);
      const value = means.values[bucket] ?? NaN;
      this.#means.push({ end, value });
      this.#blend(end, value);
      for (; steps[next] <= end; next += 1) this.#keep(steps[next], values[next]);
    }
    this.#thinned = this.length;
  }

  /** The last step of the beginning that does not hold all losses, 0 if all are held. */
  get #thinnedEnd() {
    const last = this.#thinned && this.steps[this.#thinned - 1];
    return last - this.firstStep + 1 > this.#thinned ? last : 0;
  }

  /**
   * The steps `[from, to]` of which more points are wanted to show a part of the series, with some on
   * either side; null where there are enough.
   */
  missing(fromStep, toStep) {
    const [from, to] = [Math.max(fromStep, this.firstStep), Math.min(toStep, this.#thinnedEnd)];
    const size = to - from;
    const isEnough = (part) => part.from <= from && part.to >= to && (part.isWhole || size >= LEAST_SHARE * (part.to - part.from));
    const all = { from: this.firstStep, to: this.#thinnedEnd };
    if (size <= 0 || isEnough(all) || (this.#detail && isEnough(this.#detail))) return null;
    const more = Math.ceil(size / 2);
    return [Math.max(all.from, from - more), Math.min(all.to, to + more)];
  }

  /** Take the points of the steps `[from, to]` that `missing` named; the smoothed line stays as it is. */
  addDetail([from, to], { steps, values }) {
    const series = new LossSeries(this.#span);
    steps.forEach((step, i) => series.append(step, [values[i]]));
    this.#detail = { from, to, isWhole: steps.length === to - from + 1, series };
  }

  /** The loss nearest to a step, `{step, value, smooth}`, or null where there is none. */
  nearest(step) {
    if (!this.length) return null;
    const after = Math.min(this.#indexOf(step), this.length - 1);
    const at = after > 0 && step - this.steps[after - 1] < this.steps[after] - step ? after - 1 : after;
    const smooth = this.smooth[at];
    const detail = this.#detail;
    if (detail && step >= detail.from && step <= detail.to) return { ...detail.series.nearest(step), smooth };
    return { step: this.steps[at], value: this.values[at], smooth };
  }

  /**
   * At most about `limit` points of the raw line between two steps, `{x, y}`: each bucket keeps its
   * minimum, its maximum and its non-finite values in their order, and both ends are kept.
   */
  thinned(fromStep, toStep, limit) {
    const detail = this.#detail;
    const isDetailed = detail && detail.from <= Math.max(fromStep, this.firstStep) && detail.to >= Math.min(toStep, this.#thinnedEnd);
    if (!isDetailed) return this.#thinnedPart(fromStep, toStep, limit);
    const points = detail.series.thinned(fromStep, toStep, limit);
    if (toStep <= detail.to) return points;
    const rest = this.#thinnedPart(detail.to + 1, toStep, limit);
    const first = rest.x.findIndex((step) => step > detail.to);
    if (first < 0) return points;
    const joined = (name) => Float64Array.of(...points[name], ...rest[name].subarray(first));
    return { x: joined("x"), y: joined("y") };
  }

  #thinnedPart(fromStep, toStep, limit) {
    const { start, end, stops } = this.#buckets(fromStep, toStep, limit);
    if (!stops) return { x: this.steps.slice(start, end), y: this.values.slice(start, end) };
    const chosen = [start, ...stops.flatMap((stop, i) => this.#extremes(i ? stops[i - 1] : start, stop)), end - 1];
    const kept = chosen.filter((index, at) => index !== chosen[at - 1]);
    return { x: picked(this.steps, kept), y: picked(this.values, kept) };
  }

  /** At most about `limit` points of the smoothed line between two steps, `{x, y}`. */
  smoothed(fromStep, toStep, limit) {
    const { start, end, stops } = this.#buckets(fromStep, toStep, limit);
    if (!stops) return { x: this.steps.slice(start, end), y: this.smooth.slice(start, end) };
    const ends = stops.map((stop) => stop - 1);
    return { x: picked(this.steps, ends), y: picked(this.smooth, ends) };
  }

  /** The indices from `start` to before `end` that show two steps, and where each bucket stops; null for none. */
  #buckets(fromStep, toStep, limit) {
    const start = Math.max(0, this.#indexOf(fromStep) - 1);
    const end = Math.min(this.length, this.#indexOf(toStep + 1) + 1);
    if (end - start <= limit) return { start, end, stops: null };
    // Buckets lie at fixed multiples, so that points drawn once don't move as the series grows.
    const size = 2 ** Math.ceil(Math.log2((2 * (end - start)) / limit));
    const stops = [];
    for (let stop = start - (start % size) + size; stop < end; stop += size) stops.push(stop);
    return { start, end, stops: [...stops, end] };
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

  /** Let the smoothed line follow a loss, or the mean of all since the last one. */
  #blend(step, loss) {
    this.#smoothing.add(step, loss, step - this.firstStep);
  }

  #keep(step, loss) {
    const at = this.length;
    this.steps[at] = step;
    this.values[at] = loss ?? NaN;
    this.length = at + 1;
    this.#smoothAt(at);
  }

  #smoothAt(at) {
    this.smooth[at] = Number.isNaN(this.values[at]) ? NaN : this.#smoothing.value;
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

function picked(array, indices) {
  return Float64Array.from(indices, (index) => array[index]);
}
