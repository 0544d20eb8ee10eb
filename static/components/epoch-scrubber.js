// The slider over the epochs of a run, with play and pause.

import { LightElement } from "../lib/element.js";
import { preference, setPreference } from "../lib/preferences.js";
import { html, live, svg } from "../vendor/lit-all.min.js";

// Epochs in a second.
const SPEEDS = [1, 2, 5, 10];
const SPEED = "lab-speed";

/**
 * Properties: `first` and `last` of the epochs; `best`, the most accurate one; `epoch`, the chosen one, null to follow the last;
 * `shown`, the one that is on the page; `words` about it. Event: `pick`, with an epoch as detail, null
 * to follow the last.
 */
class EpochScrubber extends LightElement {
  static properties = {
    first: { attribute: false },
    last: { attribute: false },
    best: { attribute: false },
    epoch: { attribute: false },
    shown: { attribute: false },
    words: { attribute: false },
    isPlaying: { state: true },
    speed: { state: true },
  };

  #timer = 0;

  constructor() {
    super();
    this.isPlaying = false;
    this.speed = preference(SPEED, 2);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#pause();
  }

  render() {
    const { first, last, best, epoch, isPlaying } = this;
    const at = epoch ?? last;
    return html`<div class="scrubber" role="group" aria-label="Epochs">
      <button type="button" class="icon" aria-label=${isPlaying ? "Pause" : "Play"} ?disabled=${first === last} @click=${() => (isPlaying ? this.#pause() : this.#play())}>
        <svg viewBox="0 0 24 24" aria-hidden="true">${isPlaying ? PAUSE : PLAY}</svg></button>
      <label for="epoch">Epoch</label>
      <input id="epoch" type="range" min=${first} max=${last} .value=${live(String(at))} aria-valuetext="Epoch ${at} of ${last}" @input=${({ target }) => this.#slide(Number(target.value))}>
      <span class="scrubber-place" aria-hidden="true">${at} of ${last}</span>
      <span class="scrubber-words" id="epoch-words">${this.words}</span>
      <label class="sr-only" for="speed">Speed</label>
      <select id="speed" @change=${({ target }) => this.#setSpeed(Number(target.value))}>
        ${SPEEDS.map((speed) => html`<option value=${speed} .selected=${live(speed === this.speed)}>${speed} a second</option>`)}
      </select>
      <button type="button" class="small quiet" data-shown=${at !== best} title="Epoch ${best}" @click=${() => this.#choose(best)}>Best</button>
      <button type="button" class="small quiet" data-shown=${epoch !== null} @click=${() => this.#choose(null)}>Newest</button>
    </div>`;
  }

  #pick(epoch) {
    this.dispatchEvent(new CustomEvent("pick", { detail: epoch }));
  }

  #slide(epoch) {
    this.#pause();
    this.#pick(epoch);
  }

  async #choose(epoch) {
    this.#pause();
    this.#pick(epoch);
    // The button that was pressed goes.
    await this.updateComplete;
    this.querySelector("#epoch").focus({ preventScroll: true });
  }

  #setSpeed(speed) {
    this.speed = speed;
    setPreference(SPEED, speed);
  }

  #play() {
    this.isPlaying = true;
    if ((this.epoch ?? this.last) >= this.last) this.#pick(this.first);
    this.#next();
  }

  #pause() {
    clearTimeout(this.#timer);
    this.isPlaying = false;
  }

  // An epoch that is not on the page yet is waited for.
  #next() {
    this.#timer = setTimeout(() => {
      if (this.shown === this.epoch && this.epoch < this.last) this.#pick(this.epoch + 1);
      if (this.epoch >= this.last) this.#pause();
      else this.#next();
    }, 1000 / this.speed);
  }
}

const PLAY = svg`<path class="fill" d="M7 4.5v15l12.5-7.5z"/>`;
const PAUSE = svg`<path class="fill" d="M6 5h4v14H6zM14 5h4v14h-4z"/>`;

customElements.define("epoch-scrubber", EpochScrubber);
