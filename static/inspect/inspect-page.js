// The page of the inside of a network: one picture forward, and its gradient back.

import { bestRun, trained } from "../components/network-picker.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { withArticle } from "../lib/format.js";
import { LatestRequest } from "../lib/latest-request.js";
import { classNames } from "../lib/page-data.js";
import { RunListController } from "../lib/runs/run-list.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import { decodeInspection, figure, strongest } from "../components/passes/arrays.js";
import "./gradient-check.js";
import "./gradient-sheet.js";
import "./network-columns.js";
import "./one-step.js";
import { pictureOfAddress, pictureParameters, pictureRequest, pictureWords, wholeNumber } from "./picture-choice.js";
import { arrayTable, formulaPanel, sourcePanel, valueTable } from "./place-panel.js";
import { columnOf, columnsAt, placesOf } from "../components/passes/places.js";
import "./unit-panel.js";
import "./why-panel.js";

class InspectPage extends LightElement {
  static properties = {
    // The chosen run, null for none, and its chosen epoch, null for the last one.
    run: { state: true },
    epoch: { state: true },
    // The picture as picture-choice.js has it, and the index of the place in the walk.
    picture: { state: true },
    at: { state: true },
    // The chosen unit, null for the strongest one of the place.
    unit: { state: true },
    // The last response, decoded; the kinds of layers.
    inspection: { state: true },
    kinds: { state: true },
    isWhole: { state: true },
    isTableOpen: { state: true },
    notice: { state: true },
    problem: { state: true },
  };

  #list = new RunListController(this);
  #requests = new LatestRequest((value) => this.#received(value), (error) => { this.problem = problemWords(error); });
  #kindRequests = new LatestRequest((kinds) => { this.kinds = kinds; }, (error) => { this.problem = error.message; });
  #requested = null;
  #onKey = (event) => this.#key(event);

  constructor() {
    super();
    this.run = null;
    this.epoch = wholeNumber(urlValue("epoch")) || null;
    this.picture = pictureOfAddress();
    this.at = wholeNumber(urlValue("at")) ?? 0;
    this.unit = null;
    this.inspection = null;
    this.kinds = [];
    this.isWhole = false;
    this.isTableOpen = false;
    this.notice = "";
    this.problem = "";
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("keydown", this.#onKey);
    this.#kindRequests.send(api.layerKinds);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#onKey);
    this.#requests.cancel();
    this.#kindRequests.cancel();
  }

  willUpdate() {
    if (this.#list.runs) this.#resolve(trained(this.#list.runs));
  }

  updated() {
    if (!this.#list.runs) return;
    setUrlValues({ run: this.run?.id, epoch: this.epoch, ...(this.run && pictureParameters(this.picture)), at: this.at || null });
    if (this.run) this.#request();
  }

  // Follow the chosen run in a new list of runs; choose the best one where it is not there.
  #resolve(runs) {
    const wanted = this.run?.id ?? urlValue("run");
    const found = runs.find(({ id }) => id === wanted);
    const next = found ?? bestRun(runs) ?? null;
    if (wanted && !found) {
      const lost = this.run ? `The run “${this.run.name}” was deleted.` : "The network of this address was deleted or has no complete epoch yet.";
      this.notice = next ? `${lost} This is “${next.name}” instead.` : lost;
      this.epoch = null;
      this.inspection = null;
    }
    this.run = next;
    if (next && this.epoch !== null && (this.epoch > next.epoch || this.epoch <= (next.parent?.epoch ?? 0))) {
      this.notice = `Epoch ${this.epoch} isn't there. This is the last one instead.`;
      this.epoch = null;
    }
  }

  get #isLabelMissing() {
    return this.picture.source === "pad" && this.picture.label === null;
  }

  #request() {
    const { run, picture } = this;
    const network = { run: run.id, epoch: this.epoch ?? run.epoch };
    const key = JSON.stringify({ ...network, picture });
    if (key === this.#requested) return;
    this.#requested = key;
    if (this.#isLabelMissing) {
      this.#requests.cancel();
      this.inspection = null;
      this.problem = "";
      return;
    }
    this.#requests.send(async () => {
      const body = { ...network, ...(await pictureRequest(picture)) };
      return { key, body, picture, inspection: decodeInspection(await api.inspect(body), run.config.loss) };
    });
  }

  #received({ key, body, picture, inspection }) {
    if (key !== this.#requested) return;
    this.problem = "";
    this.inspection = { ...inspection, body, picture };
    this.at = Math.min(this.at, placesOf(inspection.layers).length - 1);
  }

  #pick({ run, epoch }) {
    if (run !== this.run.id) this.inspection = null;
    this.run = this.#list.runs.find(({ id }) => id === run);
    this.epoch = epoch;
    this.unit = null;
    this.notice = "";
  }

  #walk(by) {
    if (!this.inspection) return;
    const to = this.at + by;
    if (to < 0 || to >= placesOf(this.inspection.layers).length) return;
    this.at = to;
    this.unit = null;
  }

  #key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const isTaken = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("input, select, pre, .scroll-table");
    if (!by || isTaken) return;
    event.preventDefault();
    this.#walk(by);
  }

  render() {
    const runs = this.#list.runs && trained(this.#list.runs);
    if (!runs?.length) return html`<header class="page-head"><h1>Inspect</h1></header>${runs ? this.#empty() : nothing}`;
    const classes = classNames(this.run.config.dataset);
    return html`
      <header class="page-head">
        <h1>Inspect</h1>
        <p class="muted" id="subject" aria-live=${this.run.active && this.epoch === null ? "off" : "polite"}>${this.inspection ? subjectWords(this.inspection, classes) : "\u00a0"}</p>
      </header>
      <p class="problem" role="alert">${[this.notice, this.problem].filter(Boolean).join(" ")}</p>
      ${this.#form(runs, classes)}
      ${this.run.active && this.epoch === null ? html`<p class="muted">This network is still training. Choose an epoch to keep it still.</p>` : nothing}
      ${this.#isLabelMissing ? html`<p class="muted">Choose what the drawing is meant as: the loss is measured against it.</p>` : nothing}
      ${this.inspection ? this.#passes(this.inspection, classes) : nothing}`;
  }

  #form(runs, classes) {
    return html`<form class="inspect-form panel" aria-label="Network and picture" @submit=${(event) => event.preventDefault()}>
      <network-picker .runs=${runs} .run=${this.run.id} .epoch=${this.epoch} @pick=${({ detail }) => this.#pick(detail)}></network-picker>
      <picture-choice .picture=${this.picture} .classes=${classes} @pick=${({ detail }) => { this.picture = detail; }}></picture-choice>
    </form>`;
  }

  #passes(inspection, classes) {
    const { layers, label } = inspection;
    const places = placesOf(layers);
    const at = Math.min(this.at, places.length - 1);
    const place = places[at];
    const current = columnOf(place);
    const columns = columnsAt(layers, place);
    const unit = this.unit ?? { column: current, index: strongest(columns[current].values, 1)[0] };
    const layer = layers[place.layer] ?? null;
    const kind = layer && this.kinds.find((known) => known.kind === layer.kind && known.loss === layer.loss);
    const step = { pass: place.pass, layer, kind };
    return html`
      <div class="walk">
        <button type="button" aria-disabled=${at === 0 ? "true" : nothing} @click=${() => this.#walk(-1)}><span aria-hidden="true">←</span> Back</button>
        <p id="place" aria-live="polite"><strong>${layer ? `${layer.name}, ${place.pass}` : "The picture"}</strong> <span class="about">step ${at + 1} of ${places.length}</span></p>
        <button type="button" class="primary" aria-disabled=${at === places.length - 1 ? "true" : nothing} @click=${() => this.#walk(1)}>Next <span aria-hidden="true">→</span></button>
      </div>
      <div class="panel network-panel">
        <network-columns .columns=${columns} .current=${current} .unit=${unit} .classes=${classes} .label=${label} .loss=${inspection.loss} .isWhole=${this.isWhole}
          @choose=${({ detail }) => { this.unit = detail; }} @toggle-whole=${() => { this.isWhole = !this.isWhole; }}></network-columns>
        <p class="legend about"><span>negative</span><span class="legend-bar" aria-hidden="true"></span><span>positive</span>
          <span class="legend-words">Each column has its own scale: the strongest number has the full colour. Columns with a double line show gradients.</span></p>
      </div>
      <div class="inspect-panels">
        <section class="panel" aria-label="Formula">${formulaPanel(step)}${layer ? arrayTable(step) : nothing}
          ${valueTable(columns[current], { isWhole: this.isWhole, isOpen: this.isTableOpen, onToggle: (isOpen) => { this.isTableOpen = isOpen; } })}</section>
        <section class="panel unit-panel" aria-label="One number">
          <unit-panel .body=${inspection.body} .layers=${layers} .columns=${columns} .unit=${unit} .classes=${classes} .label=${label}></unit-panel>
        </section>
        ${kind ? html`<section class="panel sources" aria-labelledby="sources-title"><h2 id="sources-title">The code that computes it</h2>${sourcePanel(step)}</section>` : nothing}
        ${columns[0].isGradient ? html`<section class="panel sheet-panel" aria-labelledby="sheet-title">
          <h2 id="sheet-title">Which pixels each unit learns from</h2>
          <gradient-sheet .layer=${layers[0]} .isWhole=${this.isWhole} .chosen=${unit.column === 1 ? unit.index : null} @choose=${({ detail }) => { this.unit = { column: 1, index: detail }; }}></gradient-sheet>
        </section>` : nothing}
        <section class="panel why" aria-labelledby="why-title">
          <h2 id="why-title">Why this prediction</h2>
          <why-panel .body=${inspection.body} .picture=${layers[0].x.values} .predicted=${predictedOf(inspection)} .classes=${classes}></why-panel>
        </section>
        <section class="panel" aria-labelledby="check-title">
          <h2 id="check-title">Check it</h2>
          <gradient-check .body=${inspection.body} .layers=${layers}></gradient-check>
        </section>
        <section class="panel" aria-labelledby="step-title">
          <h2 id="step-title">Take a step</h2>
          <one-step .body=${inspection.body} .config=${this.run.config} .layers=${layers} .classes=${classes} .label=${label}></one-step>
        </section>
      </div>`;
  }

  #empty() {
    return html`<section class="panel empty-page">
      ${this.notice ? html`<p>${this.notice}</p>` : nothing}
      <h2>No network to look into yet</h2>
      <p>After its first epoch a network can be opened here: every number of a picture's way through it, and of the gradient's way back.</p>
      <a class="button primary" href="/">Train a network</a>
    </section>`;
  }
}

function predictedOf({ probabilities }) {
  return probabilities.indexOf(Math.max(...probabilities));
}

function subjectWords(inspection, classes) {
  const { picture, label, loss, epoch } = inspection;
  const predicted = predictedOf(inspection);
  const reading = predicted === label ? "read right" : `read as ${classes[predicted]}`;
  return `${pictureWords(picture, classes)}, ${withArticle(classes[label])}, ${reading} after epoch ${epoch}. Loss ${figure(loss)}`;
}

function problemWords({ message, fields = {} }) {
  const missing = fields.test_index ?? fields.train_index;
  if (missing) return `There is no such picture: ${missing}.`;
  return fields.image ? `The drawing can't be used: ${fields.image}.` : message;
}

customElements.define("inspect-page", InspectPage);
