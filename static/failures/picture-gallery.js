// The gallery of test pictures: of many, only those in view exist.

import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { pageData } from "../lib/page-data.js";
import { html, nothing, repeat, styleMap } from "../vendor/lit-all.min.js";

const GAP_PX = 8;
// Rows on each side of those in view.
const MORE = 3;
const LONG_NAME = 8;

const markLabel = (mark) => pageData.marks.find(({ name }) => name === mark)?.label;

/**
 * Pictures as tiles in a grid, each a link.
 *
 * Properties: `pictures`, their indices in order; `frame` as in lab-data.js; `testSet`, and its
 * `arrivals`; names of the `classes`; `addressOf(index)` of a picture. Event: `open`, with an index as detail.
 */
class PictureGallery extends LightElement {
  static properties = {
    pictures: { attribute: false },
    frame: { attribute: false },
    testSet: { attribute: false },
    arrivals: { attribute: false },
    classes: { attribute: false },
    addressOf: { attribute: false },
  };

  // Of the grid, in pixels and tiles; one tile is rendered to measure it.
  #grid = { columns: 1, step: 0, height: 0, first: 0, end: 1 };
  // Tiles by picture: those of pictures that leave are taken for others, because new ones cost more.
  #tiles = new Map();
  #newTile = 0;
  #frame = 0;
  #resizes = new ResizeObserver(() => this.#measure());
  // The picture that Tab leads to, and its place in the last rendering that had it.
  #current = null;
  #place = 0;
  #hadFocus = false;

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("themechange", this.#redraw);
    addEventListener("scroll", this.#scrolled, { passive: true });
    addEventListener("resize", this.#scrolled);
    this.#resizes.observe(this);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    document.removeEventListener("themechange", this.#redraw);
    removeEventListener("scroll", this.#scrolled);
    removeEventListener("resize", this.#scrolled);
    cancelAnimationFrame(this.#frame);
    this.#resizes.disconnect();
  }

  /** Move the focus to a picture, or to the one that took its place. */
  async focusPicture(index) {
    const place = this.pictures.indexOf(index);
    await this.#focusPlace(place < 0 ? Math.min(this.#place, this.pictures.length - 1) : place);
  }

  /** Scroll to the first picture, if that is above the view. */
  toTop() {
    if (this.getBoundingClientRect().top < 0) this.scrollIntoView();
  }

  willUpdate() {
    this.#hadFocus = this.contains(document.activeElement);
  }

  updated() {
    for (const canvas of this.querySelectorAll("canvas")) {
      if (canvas.drawn !== canvas.index || canvas.testSet !== this.testSet) this.#draw(canvas);
    }
    this.#scrolled();
    // A tile that is moved loses the focus; one that goes leaves it to the one that takes its place.
    if (this.#hadFocus && !this.contains(document.activeElement)) this.focusPicture(this.#current);
  }

  #redraw = () => {
    for (const canvas of this.querySelectorAll("canvas")) this.#draw(canvas);
  };

  // One that is reused is blank until its picture is here.
  #draw(canvas) {
    canvas.drawn = null;
    if (!this.testSet.draw(canvas, canvas.index)) return;
    Object.assign(canvas, { drawn: canvas.index, testSet: this.testSet });
  }

  render() {
    const { pictures } = this;
    const { columns, height } = this.#grid;
    const rows = Math.ceil(pictures.length / columns);
    const isLong = this.classes.some((name) => name.length > LONG_NAME);
    return html`<ul class="sheet" id="sheet" data-long=${isLong} aria-label="Test pictures" ?hidden=${pictures.length === 0}
      style=${styleMap({ height: `${Math.max(0, rows * height - GAP_PX)}px` })} @keydown=${this.#key} @focusin=${this.#focusIn} @click=${this.#click}
      >${this.#tilesOf(this.#places())}</ul>`;
  }

  #tilesOf(places) {
    const { pictures } = this;
    const shown = new Set(places.map((place) => pictures[place]));
    const free = [];
    for (const [picture, tile] of this.#tiles) {
      if (shown.has(picture)) continue;
      free.push(tile);
      this.#tiles.delete(picture);
    }
    for (const picture of shown) {
      if (!this.#tiles.has(picture)) this.#tiles.set(picture, free.pop() ?? this.#newTile++);
    }
    return repeat(places, (place) => this.#tiles.get(pictures[place]), (place) => this.#tile(place));
  }

  // Those in view, and the one with the focus.
  #places() {
    const { columns, first, end } = this.#grid;
    const { length } = this.pictures;
    const from = Math.min(first * columns, Math.max(0, length - 1));
    const to = Math.min(end * columns, length);
    const places = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
    const current = this.pictures.indexOf(this.#current);
    if (current < 0) this.#place = Math.min(this.#place, Math.max(0, length - 1));
    else this.#place = current;
    if (current >= 0 && current < from) places.unshift(current);
    if (current >= to) places.push(current);
    return places;
  }

  #tile(place) {
    const { pictures, frame, classes } = this;
    const { columns, step, height } = this.#grid;
    const index = pictures[place];
    const [label, predicted] = [frame.labels[index], frame.now.predicted[index]];
    const sure = `${percent(frame.now.confidence[index], 0)} sure`;
    const mark = frame.marks.get(index);
    const { side } = pageData.sheets;
    const isCurrent = place === this.#place || pictures.length === 1;
    return html`<li data-index=${index} aria-setsize=${pictures.length} aria-posinset=${place + 1}
      style=${styleMap({ left: `${(place % columns) * step}px`, top: `${Math.floor(place / columns) * height}px` })}>
      <a href=${this.addressOf(index)} tabindex=${isCurrent ? 0 : -1} title="Test picture ${index}">
        <canvas width=${side} height=${side} .index=${index}></canvas>
        ${mark ? html`<span class="mark">${markLabel(mark)}</span>` : nothing}
        <span>${classes[label]}${label === predicted ? "" : html`, read as <strong>${classes[predicted]}</strong>`}, <span class="sure">${sure}</span></span></a></li>`;
  }

  #scrolled = () => {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#measure());
  };

  #measure() {
    const tile = this.querySelector("li");
    if (!tile) return;
    const width = this.clientWidth;
    const columns = Math.max(1, Math.floor((width + GAP_PX) / (tile.offsetWidth + GAP_PX)));
    const step = columns > 1 ? (width - tile.offsetWidth) / (columns - 1) : 0;
    const height = tile.offsetHeight + GAP_PX;
    const { top } = this.getBoundingClientRect();
    const first = Math.max(0, Math.floor(-top / height) - MORE);
    const end = Math.max(first + 1, Math.ceil((innerHeight - top) / height) + MORE);
    const grid = { columns, step, height, first, end };
    if (Object.keys(grid).every((name) => grid[name] === this.#grid[name])) return;
    this.#grid = grid;
    this.requestUpdate();
  }

  #focusIn = ({ target }) => {
    const index = Number(target.closest("li").dataset.index);
    if (index === this.#current) return;
    this.#current = index;
    this.requestUpdate();
  };

  #click = (event) => {
    const tile = event.target.closest("li");
    if (!tile || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("open", { detail: Number(tile.dataset.index) }));
  };

  #key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const { columns } = this.#grid;
    const last = this.pictures.length - 1;
    const to = {
      ArrowLeft: this.#place - 1,
      ArrowRight: this.#place + 1,
      ArrowUp: this.#place - columns,
      ArrowDown: this.#place + columns,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to <= last) this.#focusPlace(to);
  };

  // The tile may not exist yet.
  async #focusPlace(place) {
    if (place < 0) return;
    this.#current = this.pictures[place];
    this.requestUpdate();
    await this.updateComplete;
    const link = this.querySelector(`li[data-index="${this.#current}"] a`);
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("picture-gallery", PictureGallery);
