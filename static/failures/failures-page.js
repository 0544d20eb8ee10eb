// The failures lab: what networks get right and wrong, after each epoch.

import { bestRun, trained } from "../components/network-picker.js";
import { address } from "../lib/api.js";
import { accuracy, confusionMatrix } from "../lib/test-set/classification.js";
import { LightElement } from "../lib/element.js";
import { count, percent } from "../lib/format.js";
import { classNames, pictureNoun } from "../lib/page-data.js";
import { RunListController } from "../lib/runs/run-list.js";
import { setUrlValuesSoon, urlValue } from "../lib/url-state.js";
import { html, live, nothing } from "../vendor/lit-all.min.js";
import "./calibration-chart.js";
import "./class-scores.js";
import "./embedding-map.js";
import "../components/epoch-scrubber.js";
import { firstEpoch, LabData } from "./lab-data.js";
import { modeOf, MODES } from "./matrix-cells.js";
import "./label-panel.js";
import { lassoFrom, lassoText } from "./lasso.js";
import "./learning-chart.js";
import "./matrix-panel.js";
import "./picture-dialog.js";
import "./picture-gallery.js";
import { hasNeeds, inPlace, orderOf, ORDERS, selectPictures, viewOf, VIEWS } from "./views.js";

const ANY = { true: null, predicted: null };

// A parameter that is a number from 0 on, else null.
function numberOf(name) {
  const number = Number(urlValue(name) ?? "none");
  return Number.isInteger(number) && number >= 0 ? number : null;
}

class FailuresPage extends LightElement {
  static properties = {
    run: { state: true },
    epoch: { state: true },
    others: { state: true },
    filters: { state: true },
    matrix: { state: true },
    lasso: { state: true },
    inside: { state: true },
    isMapShown: { state: true },
    picture: { state: true },
    notice: { state: true },
  };

  #list = new RunListController(this);
  #data = new LabData(this);
  // Name of the chosen run, for when it is gone.
  #name = null;
  #selection = { pictures: [], total: 0 };
  // Frame, filters and matrix that the page shows.
  #shown = [];
  // Confusion matrix of the frame, and the one that it is compared with.
  #matrix = null;
  #base = null;
  // On a narrow screen the pictures come first.
  #isWide = matchMedia("(min-width: 1001px)").matches;

  constructor() {
    super();
    this.run = urlValue("run");
    this.epoch = numberOf("epoch");
    this.others = [...new Set(urlValue("with", "").split(",").filter(Boolean))];
    this.filters = {
      view: viewOf(urlValue("view")).name,
      order: orderOf(urlValue("sort")).name,
      true: numberOf("true"),
      predicted: numberOf("predicted"),
    };
    this.matrix = { mode: modeOf(urlValue("matrix")).name, from: numberOf("from") };
    this.lasso = lassoFrom(urlValue("lasso"));
    // The pictures in the lasso; null while there is none.
    this.inside = null;
    this.isMapShown = this.lasso !== null;
    this.picture = numberOf("picture");
    this.notice = "";
  }

  willUpdate() {
    const runs = trained(this.#list.runs ?? []);
    if (runs.length === 0) return;
    const run = runs.find(({ id }) => id === this.run) ?? this.#another(bestRun(runs));
    this.#name = run.name;
    if (this.epoch > run.epoch || this.epoch < firstEpoch(run)) this.epoch = null;
    const comparable = comparableWith(run, runs);
    const others = this.others.map((id) => comparable.find((other) => other.id === id)).filter(Boolean);
    if (others.length < this.others.length) this.others = others.map(({ id }) => id);
    const classes = classNames(run.config.dataset).length;
    if (this.filters.true >= classes || this.filters.predicted >= classes) this.filters = { ...this.filters, ...ANY };
    const { view, order } = this.filters;
    if (viewOf(view).needs === "others" && !others.length) this.filters = { ...this.filters, view: VIEWS[0].name };
    if (modeOf(this.matrix.mode).hasOthers && !others.length) this.matrix = { ...this.matrix, mode: MODES[0].name };
    const needs = [viewOf(view).needs, orderOf(order).needs].filter(Boolean);
    this.#data.show({ run, epoch: this.epoch, others, from: this.matrix.mode === "epochs" ? this.#from(run) : null, needs });
    this.#compute(run);
    setUrlValuesSoon(this.#parameters());
  }

  // No run was asked for, or it is not, or no longer, there.
  #another(best) {
    if (this.run) {
      this.notice = this.#name
        ? `The run “${this.#name}” was deleted. This is the best of the others.`
        : "The run that was asked for is not here or has no complete epoch yet. This is another.";
      this.epoch = null;
      this.lasso = null;
    }
    this.run = best.id;
    return best;
  }

  // The epoch that the matrix is compared with.
  #from(run) {
    return Math.min(Math.max(this.matrix.from ?? 0, firstEpoch(run)), run.epoch);
  }

  // The frame may lack what new filters ask for until the next one is there.
  #compute(run) {
    const { frame } = this.#data;
    const { filters } = this;
    const { view, order } = filters;
    if (!frame || !hasNeeds(frame, viewOf(view)) || !hasNeeds(frame, orderOf(order))) return;
    const { matrix, inside } = this;
    const [lastFrame, lastFilters, lastMatrix, lastInside] = this.#shown;
    this.#shown = [frame, filters, matrix, inside];
    if (frame !== lastFrame || matrix !== lastMatrix) this.#count(frame, classNames(run.config.dataset).length);
    if (frame === lastFrame && filters === lastFilters && inside === lastInside) return;
    const { pictures, total } = selectPictures(frame, { view, order, label: filters.true, predicted: filters.predicted, inside });
    // While a run trains, its pictures keep their places.
    const follows = this.epoch === null && run.active && order === ORDERS[0].name && filters === lastFilters && frame.run === lastFrame.run;
    this.#selection = { pictures: follows ? inPlace(this.#selection.pictures, pictures) : pictures, total };
  }

  #count({ labels, now, from, others }, classes) {
    const base = this.matrix.mode === "runs" ? others[0] : from;
    this.#matrix = confusionMatrix(labels, now.predicted, classes);
    this.#base = base ? confusionMatrix(labels, base.predicted, classes) : null;
  }

  #parameters() {
    const { view, order, true: label, predicted } = this.filters;
    const { mode, from } = this.matrix;
    return {
      run: this.run,
      epoch: this.epoch,
      with: this.others.join(","),
      view: view === VIEWS[0].name ? null : view,
      true: label,
      predicted,
      sort: order === ORDERS[0].name ? null : order,
      matrix: mode === MODES[0].name ? null : mode,
      from: mode === "epochs" ? from : null,
      lasso: lassoText(this.lasso),
      picture: this.picture,
    };
  }

  #pick(run) {
    this.run = run;
    this.epoch = null;
    this.lasso = null;
    this.notice = "";
  }

  // The button that was pressed goes.
  async #showAll() {
    this.lasso = null;
    this.#filter(ANY);
    await this.updateComplete;
    this.querySelector("#true").focus({ preventScroll: true });
  }

  async #filter(changes) {
    this.filters = { ...this.filters, ...changes };
    await this.updateComplete;
    this.querySelector("picture-gallery")?.toTop();
  }

  // Exactly the pictures of a cell of the matrix.
  #chooseCell(pair) {
    if (pair.true === null) return this.#filter(ANY);
    const isRight = pair.true === pair.predicted;
    return this.#filter({ ...pair, view: isRight || this.filters.view === "all" ? "all" : "wrong" });
  }

  get #isFiltered() {
    return this.filters.true !== null || this.filters.predicted !== null || this.lasso !== null;
  }

  render() {
    const runs = this.#list.runs && trained(this.#list.runs);
    if (!runs?.length) return html`<header class="page-head"><h1>Failures</h1></header>${runs ? EMPTY : nothing}`;
    const run = runs.find(({ id }) => id === this.run);
    const classes = classNames(run.config.dataset);
    return html`
      <header class="page-head">
        <h1>Failures</h1>
        <p class="count" id="count" aria-live=${run.active && this.epoch === null ? "off" : "polite"}>${this.#countWords(classes)}</p>
      </header>
      <p class="problem" role="alert">${this.notice}</p>
      ${this.#form(runs, run, classes)}
      <div class="failures-columns">
        <div class="side">${this.#side(runs, run, classes)}</div>
        ${this.#pictures(classes)}
      </div>
      <footer class="lab-foot">
        <epoch-scrubber .first=${firstEpoch(run)} .last=${run.epoch} .best=${run.best_epoch} .epoch=${this.epoch} .shown=${this.#data.frame?.epoch}
          .words=${this.#matrix ? `${percent(accuracy(this.#matrix))} right` : ""} @pick=${({ detail }) => { this.epoch = detail; }}></epoch-scrubber>
      </footer>
      ${this.#data.frame ? this.#dialog(run, classes) : nothing}`;
  }

  #dialog(run, classes) {
    const { frame, testSet } = this.#data;
    const { pictures } = this.#selection;
    const place = pictures.indexOf(this.picture);
    return html`<picture-dialog .run=${run} .epoch=${frame.epoch} .index=${this.picture} .testSet=${testSet} .arrivals=${testSet.arrivals} .classes=${classes}
      .mark=${frame.marks.get(this.picture) ?? null} @mark=${({ detail }) => this.#data.mark(this.picture, detail)}
      .before=${pictures[place - 1] ?? null} .after=${place < 0 ? null : (pictures[place + 1] ?? null)}
      @open=${({ detail }) => { this.picture = detail; }} @leave=${() => this.#close()}></picture-dialog>`;
  }

  // The focus goes back to the picture.
  async #close() {
    const index = this.picture;
    this.picture = null;
    await this.updateComplete;
    this.querySelector("picture-gallery").focusPicture(index);
  }

  #countWords(classes) {
    const { frame } = this.#data;
    if (!frame) return "\u00a0";
    const { pictures, total } = this.#selection;
    const whole = this.#isFiltered ? total : frame.labels.length;
    const noun = pictureNoun(classes);
    return html`<strong>${count(pictures.length)}</strong> of ${count(whole)}\u00a0${whole === 1 ? noun : `${noun}s`} ${viewOf(this.filters.view).phrase}`;
  }

  #form(runs, run, classes) {
    const names = [["", "any"], ...classes.map((name, place) => [String(place), name])];
    const views = VIEWS.filter(({ needs }) => needs !== "others" || this.others.length).map(({ name, label }) => [name, label]);
    const toClass = (value) => (value === "" ? null : Number(value));
    return html`
      <form class="filters panel" aria-label="Choice of pictures" @submit=${(event) => event.preventDefault()}>
        <network-picker .runs=${runs} .run=${this.run} withoutEpoch @pick=${({ detail }) => this.#pick(detail.run)}></network-picker>
        ${this.#choice("view", "Show", views, this.filters.view, (view) => ({ view }))}
        <details class="more-filters" ?open=${this.#isWide || this.#isFiltered}>
          <summary>More</summary>
          <div>
            ${this.#choice("true", "It was", names, String(this.filters.true ?? ""), (value) => ({ true: toClass(value) }))}
            ${this.#choice("predicted", "Read as", names, String(this.filters.predicted ?? ""), (value) => ({ predicted: toClass(value) }))}
            ${this.#choice("sort", "Order", ORDERS.map(({ name, label }) => [name, label]), this.filters.order, (order) => ({ order }))}
            ${this.#with(run, runs)}
            <button type="button" class="quiet" id="reset-filters" data-shown=${this.#isFiltered} @click=${() => this.#showAll()}>Show all</button>
          </div>
        </details>
      </form>`;
  }

  // Other runs, each with a button that takes it away.
  #with(run, runs) {
    const comparable = comparableWith(run, runs);
    const left = comparable.filter(({ id }) => !this.others.includes(id));
    if (!comparable.length) return nothing;
    return html`<div><label for="with">Beside it</label>
      <select id="with" ?disabled=${!left.length} @change=${({ target }) => { this.others = [...this.others, target.value]; }}>
        <option value="" .selected=${live(true)}>add a run…</option>
        ${left.map(({ id, name }) => html`<option value=${id} .selected=${live(false)}>${name}</option>`)}
      </select></div>
      ${this.others.length ? html`<ul class="others" aria-label="Other runs">${this.others.map((id) => html`<li>
        ${this.#without(comparable.find((other) => other.id === id))}</li>`)}</ul>` : nothing}`;
  }

  #without({ id, name }) {
    return html`<button type="button" class="small" aria-label="Take away ${name}" @click=${() => { this.others = this.others.filter((other) => other !== id); }}
      >${name} <span aria-hidden="true">×</span></button>`;
  }

  #choice(name, label, choices, chosen, changes) {
    return html`<div><label for=${name}>${label}</label>
      <select id=${name} name=${name} @change=${({ target }) => this.#filter(changes(target.value))}>
        ${choices.map(([value, words]) => html`<option value=${value} .selected=${live(value === chosen)}>${words}</option>`)}
      </select></div>`;
  }

  #side(runs, run, classes) {
    const kind = pictureNoun(classes) === "digit" ? "digit" : "class";
    const matrix = this.#matrix;
    const { frame } = this.#data;
    if (!frame || !matrix) return nothing;
    const { mode } = this.matrix;
    const other = runs.find(({ id }) => id === this.others[0])?.name ?? null;
    const subject = `${run.name}, epoch ${frame.epoch}`;
    return html`
      <details class="panel confusion-panel" ?open=${this.#isWide}>
        <summary>Confusion matrix<span class="rest">: which ${kind} is taken for which</span></summary>
        <matrix-panel .matrix=${matrix} .base=${this.#base} .classes=${classes} .chosen=${this.filters} .mode=${mode} .from=${this.#from(run)}
          .first=${firstEpoch(run)} .last=${run.epoch} .other=${other} .subject=${subject}
          @choose=${({ detail }) => this.#chooseCell(detail)}
          @change-mode=${({ detail }) => { this.matrix = { ...this.matrix, ...detail }; }}></matrix-panel>
      </details>
      <details class="panel" ?open=${this.#isWide}>
        <summary>Each ${kind}<span class="rest">: precision, recall and F1</span></summary>
        <class-scores .matrix=${matrix} .classes=${classes} .subject=${subject}></class-scores>
      </details>
      <details class="panel" ?open=${this.#isWide}>
        <summary>Learned and forgotten</summary>
        <learning-chart .run=${run} .epoch=${frame.epoch} .size=${frame.labels.length} @pick=${({ detail }) => { this.epoch = detail; }}></learning-chart>
      </details>
      <details class="panel" ?open=${this.#isWide}>
        <summary>Labels<span class="rest"> that may be wrong</span></summary>
        <label-panel .frame=${frame} .file=${this.#data.testSet.marksFile} .noun=${pictureNoun(classes)}
          @show=${({ detail }) => this.#filter({ ...ANY, ...detail })}></label-panel>
      </details>
      <details class="panel" ?open=${this.isMapShown} @toggle=${({ currentTarget }) => { this.isMapShown = currentTarget.open; }}>
        <summary>Map<span class="rest">: pictures that the network finds alike</span></summary>
        <embedding-map .run=${run} .frame=${frame} .testSet=${this.#data.testSet} .arrivals=${this.#data.testSet.arrivals} .classes=${classes}
          .lasso=${this.lasso} .isShown=${this.isMapShown} @lasso=${({ detail }) => { this.lasso = detail; }}
          @inside=${({ detail }) => { this.inside = detail; }} @open=${({ detail }) => { this.picture = detail; }}></embedding-map>
      </details>
      <details class="panel">
        <summary>Calibration<span class="rest">: right as often as it is sure</span></summary>
        <calibration-chart .labels=${frame.labels} .predictions=${frame.now} .subject=${subject}></calibration-chart>
      </details>`;
  }

  #pictures(classes) {
    const { frame, testSet, problem } = this.#data;
    const { pictures } = this.#selection;
    return html`<section aria-label="Pictures" id="pictures" data-epoch=${frame?.epoch ?? nothing}>
      <p class="problem" role="alert">${problem}</p>
      ${frame ? html`<picture-gallery .pictures=${pictures} .frame=${frame} .testSet=${testSet} .arrivals=${testSet.arrivals} .classes=${classes}
        .addressOf=${(index) => this.#addressOf(index)} @open=${({ detail }) => { this.picture = detail; }}></picture-gallery>` : nothing}
      ${frame && pictures.length === 0 ? html`<p class="nothing" id="nothing">${this.#nothingWords(pictureNoun(classes))}
        ${this.#isFiltered ? html`<button type="button" @click=${() => this.#showAll()}>Show all</button>` : nothing}</p>` : nothing}
    </section>`;
  }

  #nothingWords(noun) {
    if (!this.#isFiltered && this.filters.view === "wrong") return `Every ${noun} was read right.`;
    const { phrase } = viewOf(this.filters.view);
    return this.#isFiltered ? `None of these ${noun}s was ${phrase}.` : `No ${noun} was ${phrase}.`;
  }

  #addressOf(index) {
    return address("/failures", { ...this.#parameters(), picture: index });
  }
}

/** The other runs that were tested on the same pictures. */
function comparableWith(run, runs) {
  return runs.filter((other) => other.id !== run.id && other.dataset_sha256 === run.dataset_sha256);
}

const EMPTY = html`<section class="panel empty-page">
  <h2>Nothing read wrong yet</h2>
  <p>After its first epoch a run is asked about pictures it has never seen. The ones it gets wrong are laid out here.</p>
  <a class="button primary" href="/">Train a network</a>
</section>`;

customElements.define("failures-page", FailuresPage);
