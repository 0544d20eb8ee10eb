// The numbers of a confusion matrix as they are shown, and as files.

import { csvText } from "../lib/saved-file.js";
import { percent, plural } from "../lib/format.js";

const MINUS = "\u2212";
const CELL_PX = 48;
const NAMES_PX = 160;
const LINE_PX = 28;
const MARGIN_PX = 16;

const signed = (n) => (n > 0 ? `+${n}` : n < 0 ? `${MINUS}${-n}` : "0");
const percentWords = (share) => percent(share, share >= 0.0995 ? 0 : 1).replace(/\s%$/, "");

/**
 * Ways to show a matrix, the first one the usual: each has `name`, `label`, `value(number, {total, base})`
 * with the row's sum and the cell to compare with, and `words(value)`; `isDifference` if it needs a
 * matrix to compare with.
 */
export const MODES = [
  { name: "counts", label: "counts", value: (number) => number, words: String },
  { name: "shares", label: "percent of each row", value: (number, { total }) => (total ? number / total : 0), words: percentWords },
  { name: "epochs", label: "change since an epoch", isDifference: true, value: (number, { base }) => number - base, words: signed },
  { name: "runs", label: "difference to another run", isDifference: true, hasOthers: true, value: (number, { base }) => number - base, words: signed },
];

/** The mode of a name; the first one for a name that there is not. */
export const modeOf = (name) => MODES.find((mode) => mode.name === name) ?? MODES[0];

/**
 * Rows of cells `{label, predicted, number, value, words, name, strength}` of a matrix: `number` is
 * the count, `value` and `words` are shown, `name` says all of it, and `strength` is from 0 to 1.
 *
 * @param base matrix to compare with, for a mode that needs one
 */
export function cellsOf(matrix, modeName, classes, base) {
  const mode = modeOf(modeName);
  const rows = matrix.map((row, label) => {
    const total = row.reduce((sum, number) => sum + number, 0);
    return row.map((number, predicted) => {
      const value = mode.value(number, { total, base: base?.[label][predicted] });
      return { label, predicted, number, value, words: mode.words(value), name: nameOf(label, predicted, number, classes) };
    });
  });
  // Right ones are by far the most: the others are to be told apart.
  const isCompared = ({ label, predicted }) => mode.isDifference || label !== predicted;
  const largest = Math.max(...rows.flat().filter(isCompared).map(({ value }) => Math.abs(value)));
  for (const cell of rows.flat()) {
    if (mode.isDifference) cell.name += `, ${cell.words}`;
    if (modeName === "shares") cell.name += `, ${cell.words} %`;
    cell.strength = isCompared(cell) && largest ? Math.sqrt(Math.abs(cell.value) / largest) : 0;
  }
  return rows;
}

function nameOf(label, predicted, number, classes) {
  if (label === predicted) return `${plural(number, "time")} ${classes[label]} read right`;
  return `${plural(number, "time")} ${classes[label]} read as ${classes[predicted]}`;
}

/** A matrix as a CSV file: a line for each label, a column for each predicted class. */
export function matrixCsv(rows, classes) {
  return csvText([["label", ...classes], ...rows.map((row, label) => [classes[label], ...row.map(({ value }) => value)])]);
}

/**
 * Draw a matrix on a canvas, as the page shows it.
 *
 * `colours` are `{ink, muted, panel, sunken, more, less}`, `title` is a line above it.
 */
export function drawMatrix(canvas, rows, classes, title, colours) {
  const side = classes.length * CELL_PX;
  canvas.width = NAMES_PX + side + MARGIN_PX;
  canvas.height = 2 * LINE_PX + NAMES_PX + side + 2 * MARGIN_PX;
  const context = canvas.getContext("2d");
  const write = (words, x, y, align, colour, longest) => {
    context.textAlign = align;
    context.fillStyle = colour;
    context.fillText(words, x, y, longest);
  };
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.font = "16px system-ui, sans-serif";
  context.textBaseline = "middle";
  write(title, MARGIN_PX, MARGIN_PX + LINE_PX / 2, "left", colours.ink, canvas.width - 2 * MARGIN_PX);
  write("Rows: what it was. Columns: what it was read as.", MARGIN_PX, MARGIN_PX + 1.5 * LINE_PX, "left", colours.muted, canvas.width - 2 * MARGIN_PX);
  context.translate(NAMES_PX, MARGIN_PX + 2 * LINE_PX + NAMES_PX);
  classes.forEach((name, place) => {
    const middle = (place + 0.5) * CELL_PX;
    write(name, -8, middle, "right", colours.muted, NAMES_PX - MARGIN_PX);
    context.save();
    context.translate(middle, -8);
    context.rotate(-Math.PI / 2);
    write(name, 0, 0, "left", colours.muted, NAMES_PX - MARGIN_PX);
    context.restore();
  });
  for (const cell of rows.flat()) {
    const [x, y] = [cell.predicted * CELL_PX, cell.label * CELL_PX];
    context.fillStyle = colours.sunken;
    if (cell.label === cell.predicted) context.fillRect(x + 1, y + 1, CELL_PX - 2, CELL_PX - 2);
    context.globalAlpha = 0.48 * cell.strength;
    context.fillStyle = cell.value < 0 ? colours.less : colours.more;
    context.fillRect(x + 1, y + 1, CELL_PX - 2, CELL_PX - 2);
    context.globalAlpha = 1;
    if (cell.value) write(cell.words, x + CELL_PX / 2, y + CELL_PX / 2, "center", colours.ink, CELL_PX - 6);
  }
}
