// Boxes around the digits of a picture that has several, to choose one of them.

import { placeWords } from "./reading.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

// Size of a label, as a share of the picture's longer side or of its box's height.
const LABEL = 1 / 18;
const LABEL_OF_BOX = 0.6;

/**
 * Render the boxes over a square in which the picture lies as large as fits, in the middle.
 *
 * @param place of the chosen digit
 * @param solid true if the whole box takes a press; false if the label alone does, because strokes
 *   may go through the box
 * @param choose called with the place of a pressed box
 */
export function digitBoxes(prediction, place, classes, solid, choose) {
  if (!prediction || prediction.digits.length < 2) return nothing;
  const { digits, size } = prediction;
  const side = Math.max(...size);
  const [left, top] = size.map((length) => (side - length) / 2);
  const percent = (length) => `${(100 * length) / side}%`;
  return html`<div class="boxes" id="boxes" role="group" aria-label="Digits found" data-solid=${solid}>${digits.map((digit, index) => {
    const [x, y, width, height] = digit.box;
    const text = Math.min(LABEL * side, LABEL_OF_BOX * height);
    const above = y + top > 1.3 * text;
    const style = { left: percent(x + left), top: percent(y + top), width: percent(width), height: percent(height), "--text": text / side };
    return html`<button type="button" class="box" style=${styleMap(style)} data-above=${above} aria-pressed=${index === place}
      aria-label=${placeWords(prediction, index, classes)} @click=${() => choose(index)}><span class="box-label">${classes[digit.digit]}</span></button>`;
  })}</div>`;
}
