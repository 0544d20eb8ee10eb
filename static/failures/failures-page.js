// The page of misclassified pictures: filters, the sheet of pictures, and the confusion matrix.

import { bestRun, trained } from "../components/network-picker.js";
import { LightElement } from "../lib/element.js";
import { count, plural } from "../lib/format.js";
import { classNames, pictureNoun } from "../lib/page-data.js";
import { RunListController } from "../lib/run-list.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import "./confusion-matrix.js";
import { Failures } from "./failures.js";
import "./picture-sheet.js";

const SORTS = [["index", "as in the test set"], ["confidence", "surest mistakes first"], ["loss", "worst mistakes first"]];
const NO_FILTER = { true: "", predicted: "" };

class FailuresPage extends LightElement {
  static properties = {
    run: { state: true },
    epoch: { state: true },
    filters: { state: true },
    notice: { state: true },
  };

  #list = new RunListController(this);
  #failures = new Failures(this);
  // Name of the chosen run, for when it is gone.
  #name = null;
  // On a narrow screen the pictures come first.
  #isWide = matchMedia("(min-width: 1001px)").matches;

  constructor() {
    super();
    this.run = urlValue("run");
    this.epoch = Number(urlValue("epoch")) || null;
    this.filters = { true: urlValue("true", ""), predicted: urlValue("predicted", ""), sort: urlValue("sort", "index") };
    this.notice = "";
  }

  willUpdate() {
    const runs = trained(this.#list.runs ?? []);
    if (runs.length === 0) return;
    const chosen = runs.find(({ id }) => id === this.run) ?? this.#another(bestRun(runs));
    if (this.epoch > chosen.epoch || this.epoch < (chosen.parent?.epoch ?? 1)) this.epoch = null;
    this.#name = chosen.name;
    const { sort, ...pair } = this.filters;
    setUrlValues({ run: this.run, epoch: this.epoch, ...pair, sort: sort === "index" ? null : sort });
    this.#failures.show({ run: this.run, epoch: this.epoch ?? chosen.epoch, ...this.filters }, { follows: this.epoch === null });
  }

  // The chosen run is not, or no longer, there.
  #another(best) {
    if (this.#name) this.notice = `The run “${this.#name}” was deleted. This is the best of the others.`;
    else if (this.run) this.notice = "The run that was asked for is not here or has no complete epoch yet. This is another.";
    this.run = best.id;
    this.epoch = null;
    return best;
  }

  #pick({ run, epoch }) {
    this.run = run;
    this.epoch = epoch;
    this.notice = "";
  }

  // The button that was pressed goes.
  async #showAll() {
    this.#filter(NO_FILTER);
    await this.updateComplete;
    this.querySelector("#true").focus({ preventScroll: true });
  }

  #filter(changes) {
    this.filters = { ...this.filters, ...changes };
  }

  render() {
    const runs = this.#list.runs && trained(this.#list.runs);
    if (!runs?.length) return html`<header class="page-head"><h1>Failures</h1></header>${runs ? EMPTY : nothing}`;
    const classes = classNames(runs.find(({ id }) => id === this.run).config.dataset);
    return html`
      <header class="page-head">
        <h1>Failures</h1>
        <p class="count" id="count" aria-live="polite">${this.#countWords(classes)}</p>
      </header>
      <p class="problem" role="alert">${this.notice}</p>
      ${this.#form(runs, classes)}
      <div class="failures-columns">
        ${this.#confusion(classes)}
        ${this.#pictures(classes)}
      </div>`;
  }

  get #isFiltered() {
    return this.filters.true !== "" || this.filters.predicted !== "";
  }

  #countWords(classes) {
    const { matrix, total } = this.#failures;
    if (!matrix) return "\u00a0";
    const all = matrix.flat().reduce((sum, number) => sum + number, 0);
    const wrong = all - matrix.reduce((sum, row, place) => sum + row[place], 0);
    if (this.#isFiltered) return html`<strong>${count(total)}</strong> of <strong>${count(wrong)}</strong> ${wrong === 1 ? "mistake" : "mistakes"}`;
    return html`<strong>${count(wrong)}</strong> of ${plural(all, pictureNoun(classes))} read wrong`;
  }

  #form(runs, classes) {
    const names = [["", "any"], ...classes.map((name, place) => [String(place), name])];
    return html`
      <form class="filters panel" aria-label="Choice of failures" @submit=${(event) => event.preventDefault()}>
        <network-picker .runs=${runs} .run=${this.run} .epoch=${this.epoch} @pick=${({ detail }) => this.#pick(detail)}></network-picker>
        ${this.#select("true", "It was", names)}
        ${this.#select("predicted", "Read as", names)}
        ${this.#select("sort", "Order", SORTS)}
        <button type="button" class="quiet" id="reset-filters" data-shown=${this.#isFiltered} @click=${() => this.#showAll()}>Show all</button>
      </form>`;
  }

  #select(name, label, choices) {
    return html`<div><label for=${name}>${label}</label>
      <select id=${name} name=${name} @change=${({ target }) => this.#filter({ [name]: target.value })}>
        ${choices.map(([value, words]) => html`<option value=${value} .selected=${live(value === this.filters[name])}>${words}</option>`)}
      </select></div>`;
  }

  #confusion(classes) {
    const { matrix } = this.#failures;
    const kind = pictureNoun(classes) === "digit" ? "digit" : "class";
    return html`<details class="panel confusion-panel" ?open=${this.#isWide}>
      <summary>Confusion matrix: which ${kind} is taken for which</summary>
      ${matrix ? html`<confusion-matrix .matrix=${matrix} .classes=${classes} .chosen=${this.filters}
        @choose=${({ detail }) => this.#filter(detail ?? NO_FILTER)}></confusion-matrix>` : nothing}
    </details>`;
  }

  #pictures(classes) {
    const { items, total, shown, problem } = this.#failures;
    const left = total - items.length;
    const nothingWords = this.#isFiltered ? `No ${pictureNoun(classes)} was read that way.` : `Every ${pictureNoun(classes)} was read right.`;
    return html`<section aria-label="Pictures read wrong">
      <picture-sheet .items=${items} .shown=${shown} .classes=${classes}></picture-sheet>
      ${shown && total === 0 ? html`<p class="nothing" id="nothing">${nothingWords}
        ${this.#isFiltered ? html`<button type="button" @click=${() => this.#showAll()}>Show all</button>` : nothing}</p>` : nothing}
      <p class="problem" role="alert">${problem}</p>
      ${left > 0 ? html`<p class="show-more"><button type="button" @click=${() => this.#more()}>Show ${count(Math.min(left, this.#failures.nextPage))} more</button></p>` : nothing}
    </section>`;
  }

  async #more() {
    const before = this.#failures.items.length;
    await this.#failures.more();
    await this.updateComplete;
    await this.querySelector("picture-sheet").updateComplete;
    this.querySelectorAll("#sheet a")[before]?.focus({ preventScroll: true });
  }
}

const EMPTY = html`<section class="panel empty-page">
  <h2>Nothing read wrong yet</h2>
  <p>After its first epoch a run is asked about pictures it has never seen. The ones it gets wrong are laid out here.</p>
  <a class="button primary" href="/">Train a network</a>
</section>`;

customElements.define("failures-page", FailuresPage);
