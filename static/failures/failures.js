// The misclassified pictures of one network, and its confusion matrix, as the server has them.

import * as api from "../lib/api.js";

const PAGE = 60;
const NEXT_PAGE = 240;
const LARGEST_PAGE = 1000;

/**
 * Loads what an element shows, and lets it render again; one request at a time, the latest choice
 * next. What was loaded before stays until then.
 */
export class Failures {
  #host;
  // The choice that is loaded or being loaded, as JSON.
  #wanted = null;
  #choice = null;
  #follows = false;
  #isLoading = false;

  /** The choice that `items`, `total` and `matrix` belong to; null before the first is loaded. */
  shown = null;
  items = [];
  total = 0;
  matrix = null;
  problem = "";
  /** Number of pictures that `more` adds at most. */
  nextPage = NEXT_PAGE;

  constructor(host) {
    this.#host = host;
  }

  /**
   * Show a choice: `{run, epoch, true, predicted, sort}`, the filters empty for any. If `follows`, the
   * epoch is the last one of a run that may go on: pictures of the epoch before keep their places.
   */
  show(choice, { follows = false } = {}) {
    const wanted = JSON.stringify(choice);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    this.#choice = choice;
    this.#follows = follows;
    if (!this.#isLoading) this.#load();
  }

  async #load() {
    this.#isLoading = true;
    let choice;
    while (choice !== this.#choice) {
      choice = this.#choice;
      // Another epoch or filter of the same run shows as many as before.
      const limit = this.shown?.run === choice.run ? Math.min(LARGEST_PAGE, Math.max(PAGE, this.items.length)) : PAGE;
      const { run, ...filters } = choice;
      await this.#take(async () => {
        const [page, { matrix }] = await Promise.all([
          api.failures(run, { ...filters, limit }),
          this.shown?.run === run && this.shown.epoch === choice.epoch ? this : api.confusion(run, choice.epoch),
        ]);
        if (choice !== this.#choice) return;
        const items = this.#follows && hasSameFilters(this.shown, choice) ? inPlace(this.items, page.items) : page.items;
        Object.assign(this, { shown: choice, items, total: page.total, matrix });
      });
    }
    this.#isLoading = false;
  }

  /** Load more pictures of the shown choice. */
  async more() {
    const { shown, items } = this;
    const { run, ...filters } = shown;
    await this.#take(async () => {
      const page = await api.failures(run, { ...filters, offset: items.length, limit: NEXT_PAGE });
      if (this.items === items) this.items = [...items, ...page.items];
    });
  }

  async #take(load) {
    try {
      await load();
      this.problem = "";
    } catch (problem) {
      this.problem = problem.message;
    }
    this.#host.requestUpdate();
  }
}

// In the other orders, the place of a picture is its rank.
function hasSameFilters(shown, choice) {
  return choice.sort === "index" && ["run", "true", "predicted", "sort"].every((name) => shown?.[name] === choice[name]);
}

/**
 * The items `after`, each that was there `before` at its place of then, as far as there are as many.
 * The others fill the places that became free.
 */
export function inPlace(before, after) {
  const left = new Map(after.map((item) => [item.index, item]));
  const places = before.slice(0, after.length).map(({ index }) => {
    const item = left.get(index);
    left.delete(index);
    return item;
  });
  const others = left.values();
  return Array.from(after, (_, place) => places[place] ?? others.next().value);
}
