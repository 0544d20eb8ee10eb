// The sheet of misclassified pictures.

import { address } from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { percent } from "../lib/format.js";
import { html, repeat } from "../vendor/lit-all.min.js";

const PICTURE_SIZE = 28;

/** Properties: `items` of the failures; `shown`, the run and epoch they are of; names of the `classes`. */
class PictureSheet extends LightElement {
  static properties = { items: { attribute: false }, shown: { attribute: false }, classes: { attribute: false } };

  #place = -1;

  willUpdate() {
    this.#place = [...this.querySelectorAll("li")].findIndex((tile) => tile.contains(document.activeElement));
  }

  // The focus stays with its picture, else at its place.
  updated() {
    if (this.#place < 0 || this.contains(document.activeElement)) return;
    const tiles = this.querySelectorAll("#sheet a");
    (tiles[this.#place] ?? tiles[tiles.length - 1])?.focus({ preventScroll: true });
  }

  render() {
    const isLong = this.classes.some((name) => name.length > 8);
    return html`<ul class="sheet" id="sheet" data-long=${isLong} ?hidden=${this.items.length === 0}>${repeat(this.items, ({ index }) => index, (item) => this.#tile(item))}</ul>`;
  }

  // A link into the pad, where the picture can be changed until the prediction flips.
  #tile({ index, true: label, predicted, confidence, image }) {
    const { run, epoch } = this.shown;
    return html`<li data-index=${index}><a href=${address("/draw", { run, epoch, true: label, predicted, index })} title="Test picture ${index}: change it in the pad">
      <img src=${image} alt="" width=${PICTURE_SIZE} height=${PICTURE_SIZE}>
      <span>${this.classes[label]}, read as <strong>${this.classes[predicted]}</strong> <span class="whole">· ${percent(confidence, 0)} sure</span></span></a></li>`;
  }
}

customElements.define("picture-sheet", PictureSheet);
