// Signed numbers as colours: blue negative, paper zero, vermilion positive (--negative, --zero and
// --positive in base.css).

import { pageColour } from "../page/page-colour.js";

const INK = { negative: "var(--negative)", zero: "var(--zero)", positive: "var(--positive)" };

/** The largest magnitude of finite numbers: what the strongest colour stands for; 0 for none. */
export function largest(values) {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}

/** A number as a share of the largest magnitude, from -1 to 1; NaN is 0. */
export function signedShare(value, most) {
  if (Number.isNaN(value) || most === 0) return 0;
  return Math.max(-1, Math.min(1, value / most));
}

/** A style for an element of class `signed`, which is filled with the colour of a number. */
export function signedStyle(value, most) {
  const share = signedShare(value, most);
  return { "--share": Math.abs(share).toFixed(3), "--ink-of-sign": share < 0 ? INK.negative : INK.positive };
}

/** The colours of -1, 0 and 1 as they are at an element, for many calls of `paintSigned`. */
export function signedColours(element, positive = INK.positive) {
  return [INK.negative, INK.zero, positive].map((colour) => channels(pageColour(element, colour, { isKept: true })));
}

/** Paint numbers, row by row, onto a canvas with a pixel for each. */
export function paintSigned(canvas, values, { most = largest(values), positive, colours = signedColours(canvas.parentElement, positive) } = {}) {
  const [low, middle, high] = colours;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, place) => {
    const share = signedShare(value, most);
    const end = share < 0 ? low : high;
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * place + channel] = middle[channel] + (end[channel] - middle[channel]) * Math.abs(share);
    }
    image.data[4 * place + 3] = 255;
  });
  context.putImageData(image, 0, 0);
}

// "rgb(0, 114, 178)" → [0, 114, 178]
function channels(colour) {
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}
