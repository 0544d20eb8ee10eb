// A cache bounded in bytes.

/**
 * Values by key; the ones used longest ago go when all together are larger than `maxBytes`.
 * `sizeOf(value)` is in bytes; `drop(value)` is called for each value that goes.
 */
export class ByteCache {
  #maxBytes;
  #sizeOf;
  #drop;
  // In the order of their last use.
  #values = new Map();
  #loads = new Map();
  /** Bytes of all values. */
  size = 0;

  constructor(maxBytes, sizeOf, drop = () => {}) {
    this.#maxBytes = maxBytes;
    this.#sizeOf = sizeOf;
    this.#drop = drop;
  }

  /** The value of a key, undefined if it is not here. */
  get(key) {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  /** A promise of the value of a key: `load()` is called if it is neither here nor being loaded. */
  async load(key, load) {
    const value = this.get(key);
    if (value !== undefined) return value;
    if (!this.#loads.has(key)) {
      this.#loads.set(key, load().then((loaded) => this.#keep(key, loaded)).finally(() => this.#loads.delete(key)));
    }
    return this.#loads.get(key);
  }

  /** Drop all values. */
  clear() {
    for (const value of this.#values.values()) this.#drop(value);
    this.#values.clear();
    this.size = 0;
  }

  #keep(key, value) {
    this.#values.set(key, value);
    this.size += this.#sizeOf(value);
    for (const [oldest, old] of this.#values) {
      if (this.size <= this.#maxBytes || oldest === key) break;
      this.#values.delete(oldest);
      this.size -= this.#sizeOf(old);
      this.#drop(old);
    }
    return value;
  }
}
