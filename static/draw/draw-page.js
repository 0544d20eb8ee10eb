// The page to draw on: a pad, a network, its prediction, and what explains the prediction.

import { bestRun, trained } from "../components/network-picker.js";
import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { LatestRequest } from "../lib/latest-request.js";
import { classNames, pageData, pictureNoun } from "../lib/page-data.js";
import { RunListController } from "../lib/runs/run-list.js";
import { setUrlValues, urlValue } from "../lib/url-state.js";
import { html, nothing } from "../vendor/lit-all.min.js";
import "./drawing-pad.js";
import "./epoch-history.js";
import { predictionPanel } from "./prediction-panel.js";
import { changeWords, linesOf } from "./reading.js";
import { stageList } from "./stage-list.js";
import { loadTestPicture } from "./test-picture.js";

/** Words for a picture from outside that the server can't use, by the status of its response. */
const PICTURE_PROBLEMS = {
  413: () => `The picture is over ${pageData.upload.max_bytes / 1e6} MB or ${pageData.upload.max_pixels / 1e6} megapixels.`,
  415: () => "This file can't be read as a picture.",
  422: ({ type, fields: { image = "" } }) =>
    type === "blank"
      ? "Nothing is drawn on this picture. Try one with darker ink."
      : `This picture is too much to read at once: ${image}.`,
};

class DrawPage extends LightElement {
  static properties = {
    // The chosen run, null for none, and its chosen epoch, null for the last one.
    run: { state: true },
    epoch: { state: true },
    // Detail of the pad's last `drawing` event.
    drawing: { state: true },
    // The last response, and the last one that a screen reader is told.
    prediction: { state: true },
    announced: { state: true },
    // The last response with stages and history.
    explanation: { state: true },
    // Place of the digit that was chosen among several; null for the surest.
    place: { state: true },
    // Sentence about the chosen network, or about how the last epoch changed the prediction.
    notice: { state: true },
    change: { state: true },
    problem: { state: true },
    testPicture: { state: true },
  };

  #list = new RunListController(this);
  #predictions = new LatestRequest((value) => this.#received(value), (error) => this.#failed(error));
  // Explanations take longer: requested apart, so that the prediction never waits for them. An error
  // of the same picture is shown by the other request.
  #explanations = new LatestRequest((response) => { this.explanation = response; }, () => {});
  // The network that was asked last, and the last prediction for the complete drawing.
  #requested = null;
  #settled = null;

  constructor() {
    super();
    this.run = null;
    this.epoch = Number(urlValue("epoch")) || null;
    this.#forget();
    this.notice = "";
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#predictions.cancel();
    this.#explanations.cancel();
  }

  willUpdate() {
    if (this.#list.runs) this.#resolve(trained(this.#list.runs));
  }

  updated() {
    if (!this.#list.runs) return;
    setUrlValues({ run: this.run?.id, epoch: this.epoch });
    const network = this.run && `${this.run.id} ${this.#epoch}`;
    if (network === this.#requested) return;
    const first = this.#requested === null;
    this.#requested = network;
    this.#predict();
    if (first && network) this.#openTestPicture();
  }

  get #epoch() { return this.epoch ?? this.run.epoch; }

  get #classes() { return classNames(this.run?.config.dataset); }

  // Follow the chosen run in a new list of runs; choose the best one where it is not there.
  #resolve(runs) {
    const wanted = this.run?.id ?? urlValue("run");
    const found = runs.find(({ id }) => id === wanted);
    const next = found ?? bestRun(runs) ?? null;
    if (wanted && !found) {
      const lost = this.run ? `The run “${this.run.name}” was deleted.` : "The network of this address was deleted or has no complete epoch yet.";
      this.notice = next ? `${lost} “${next.name}” predicts instead.` : lost;
      this.change = "";
      this.epoch = null;
    }
    this.run = next;
    if (next && this.epoch !== null && (this.epoch > next.epoch || this.epoch <= (next.parent?.epoch ?? 0))) {
      this.notice = `Epoch ${this.epoch} isn't there. The last one predicts instead.`;
      this.epoch = null;
    }
  }

  #pick({ run, epoch }) {
    this.run = this.#list.runs.find(({ id }) => id === run);
    this.epoch = epoch;
    this.notice = "";
    this.change = "";
  }

  #drawn(drawing) {
    this.drawing = drawing;
    this.problem = "";
    this.change = "";
    this.place = null;
    this.#settled = null;
    if (drawing.blank) this.#forget();
    else this.#predict();
  }

  // Nothing is drawn: what was said of an earlier drawing goes.
  #forget() {
    this.#predictions.cancel();
    this.#explanations.cancel();
    this.#clear();
  }

  #clear() {
    this.prediction = null;
    this.announced = null;
    this.explanation = null;
    this.place = null;
    this.change = "";
    this.problem = "";
    this.#settled = null;
  }

  #options() {
    return { run: this.run.id, epoch: this.#epoch, framed: this.drawing.framed ? 1 : null };
  }

  #predict() {
    if (!this.run || !this.drawing || this.drawing.blank) return;
    const { drawing } = this;
    const options = this.#options();
    this.#predictions.send(async () => ({ drawing, response: await api.predict(await drawing.picture(), options) }));
    if (drawing.complete) this.#explain();
  }

  #explain() {
    const { drawing } = this;
    const options = { ...this.#options(), stages: 1, history: 1, digit: this.place };
    this.#explanations.send(async () => api.predict(await drawing.picture(), options));
  }

  #received({ drawing, response }) {
    this.problem = "";
    this.prediction = response;
    if (drawing !== this.drawing || !drawing.complete) return;
    const before = this.#settled;
    const sameRun = before?.run === response.run;
    this.#settled = response;
    if (sameRun && this.epoch === null && before.epoch !== response.epoch) this.change = changeWords(before, response, this.#classes);
    // While a run goes on, a screen reader is told of another prediction, not of each epoch.
    const reading = (prediction) => linesOf(prediction, this.#classes).join();
    if (!sameRun || !this.run.active || this.epoch !== null || reading(before) !== reading(response)) this.announced = response;
  }

  #failed(error) {
    const words = this.drawing.given ? PICTURE_PROBLEMS[error.status]?.(error) : undefined;
    if (words) {
      this.querySelector("drawing-pad").dropPicture();
      this.problem = words;
      return;
    }
    this.#clear();
    if (error.status === 422) {
      // All that was drawn was erased again.
      this.drawing = { ...this.drawing, blank: true };
      return;
    }
    this.problem = error.message;
  }

  async #openTestPicture() {
    try {
      this.testPicture = await loadTestPicture(this.run, this.#epoch);
    } catch (error) {
      this.problem = error.message;
    }
  }

  #choose(place) {
    this.place = place;
    this.#explain();
  }

  // A response, unless it is another network's.
  #ofNetwork(response) {
    if (!response || response.run !== this.run.id) return null;
    return this.epoch === null || response.epoch === this.epoch ? response : null;
  }

  render() {
    if (!this.#list.runs) return heading("digit");
    if (!this.run) return this.#empty();
    const classes = this.#classes;
    const prediction = this.#ofNetwork(this.prediction);
    const place = prediction?.digits[this.place] ? this.place : prediction?.place;
    const explained = this.#ofNetwork(this.explanation);
    const explanation = explained?.place === place ? explained : null;
    const panel = {
      prediction,
      place,
      classes,
      announced: this.#ofNetwork(this.announced),
      blank: !this.problem && (this.drawing?.blank ?? true),
      source: `${this.run.name}, epoch ${prediction?.epoch}`,
      inside: prediction?.digits.length === 1 ? inspectAddress(prediction) : null,
      news: this.notice || this.change,
      problem: this.problem,
    };
    return html`${heading(pictureNoun(classes), this.drawing?.origin)}
      <div class="draw">
        <drawing-pad .prediction=${prediction} .place=${place} .classes=${classes} .preview=${explanation?.stages[0].image} .testPicture=${this.testPicture}
          @drawing=${({ detail }) => this.#drawn(detail)} @choose=${({ detail }) => this.#choose(detail)}></drawing-pad>
        <div class="prediction-column">
          <network-picker .runs=${trained(this.#list.runs)} .run=${this.run.id} .epoch=${this.epoch} @pick=${({ detail }) => this.#pick(detail)}></network-picker>
          ${predictionPanel(panel)}
        </div>
        <div class="explanation-column">
          <section class="panel history-panel" aria-labelledby="history-title">
            <h2 id="history-title">What each epoch would have said</h2>
            <epoch-history .history=${explanation?.history} .complete=${explanation?.history_complete} .classes=${classes}></epoch-history>
          </section>
          <section class="panel stages-panel" aria-labelledby="stages-title">
            <h2 id="stages-title">How the picture was prepared</h2>
            ${explained?.stages.length === 1 ? html`<p class="about">It wasn't: this picture has 28 × 28 pixels already.</p>` : stageList(explanation?.stages, classes)}
          </section>
        </div>
      </div>`;
  }

  #empty() {
    const training = this.#list.runs.find(({ status }) => status === "running");
    return html`${heading("digit")}
      <section class="panel empty-page">
        ${this.notice ? html`<p>${this.notice}</p>` : nothing}
        ${training ? html`
          <h2>Waiting for the first epoch</h2>
          <p>“${training.name}” is training. You can draw here as soon as its first epoch is complete.</p>
          <a class="button primary" href="/runs/${training.id}">Watch it</a>` : html`
          <h2>No network to ask yet</h2>
          <p>Train one first: its first epoch takes about a second, and then it can read what you draw.</p>
          <a class="button primary" href="/">Train a network</a>`}
      </section>`;
  }
}

// The label is the prediction at first; the other page lets one correct it.
function inspectAddress({ run, epoch, digits }) {
  return api.address("/inspect", { run, epoch, picture: "pad", label: digits[0].digit });
}

function heading(noun, origin = "") {
  return html`<header class="page-head"><h1>Draw a ${noun}</h1><p class="muted" id="origin" aria-live="polite">${origin}</p></header>`;
}

customElements.define("draw-page", DrawPage);
