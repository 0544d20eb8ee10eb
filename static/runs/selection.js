// The runs that are selected in the table.

/** A set of ids for an element, which renders again at every change. */
export class Selection {
  #host;
  #last = null;
  /** Ids of the selected runs. */
  ids = new Set();

  constructor(host) {
    this.#host = host;
  }

  /**
   * Select a run, or take it out.
   *
   * @param order ids of all shown runs, in their order
   * @param extend true to do the same to all runs between this one and the one before
   */
  set(id, selected, order, extend) {
    const from = extend ? order.indexOf(this.#last) : -1;
    const to = order.indexOf(id);
    const changed = from < 0 ? [id] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.#last = id;
    this.setAll(changed, selected);
  }

  /** Select runs, or take them out. */
  setAll(ids, selected) {
    for (const id of ids) {
      if (selected) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.#host.requestUpdate();
  }

  /** Take all out. */
  clear() {
    this.ids.clear();
    this.#host.requestUpdate();
  }
}
