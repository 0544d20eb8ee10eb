// Rows of a long table that are in view, so that only those exist.

const MORE = 6;
// Until a row is there to be measured.
const ROW_HEIGHT = 60;
const AT_FIRST = 30;

/**
 * The rows in view and a few on each side, for an element with a `.table-scroll` around a table
 * whose body's rows with a `data-id` are all of one height. The element renders again when they
 * change.
 */
export class VisibleRows {
  #host;
  #frame = 0;
  /** Height of a row in pixels. */
  height = ROW_HEIGHT;
  /** Places of the first row and of the one behind the last. */
  first = 0;
  end = AT_FIRST;

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected() {
    // Captured, because either the table or the whole page may scroll.
    addEventListener("scroll", this.#measure, { capture: true, passive: true });
    addEventListener("resize", this.#measure);
  }

  hostDisconnected() {
    removeEventListener("scroll", this.#measure, { capture: true });
    removeEventListener("resize", this.#measure);
    cancelAnimationFrame(this.#frame);
  }

  // In the next frame, because elements inside the rows render after their table.
  hostUpdated() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#measure);
  }

  /** Of `count` rows those to render, in order: those in view, and the one at `also` if that is not -1. */
  places(count, also) {
    const end = Math.min(this.end, count);
    const first = Math.min(this.first, Math.max(0, end - 1));
    const places = Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);
    if (also >= 0 && also < first) places.unshift(also);
    if (also >= end) places.push(also);
    return places;
  }

  #measure = () => {
    const row = this.#host.querySelector("tbody tr[data-id]");
    if (!row) return;
    const body = row.parentElement.getBoundingClientRect();
    const box = row.closest(".table-scroll").getBoundingClientRect();
    const height = row.getBoundingClientRect().height || ROW_HEIGHT;
    const first = Math.max(0, Math.floor((Math.max(0, box.top) - body.top) / height) - MORE);
    const end = Math.max(first + 1, Math.ceil((Math.min(innerHeight, box.bottom) - body.top) / height) + MORE);
    if (first === this.first && end === this.end && Math.abs(height - this.height) < 0.5) return;
    Object.assign(this, { first, end, height });
    this.#host.requestUpdate();
  };
}
