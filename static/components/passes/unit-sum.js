// One number of a pass, written out with the numbers that it was computed from.

import { figure } from "./arrays.js";

const TERMS = 5;

/**
 * The computation of a unit's value or gradient as text; null for a number that is given, such as a
 * pixel, or whose weights are not there.
 *
 * @param layers The decoded layers.
 * @param column 0 for the picture, and 1 for the first layer.
 * @param unit Index of the unit.
 * @param isGradient True for the gradient of the unit, false for its value.
 * @param label Index of the picture's class.
 * @param own Weights of the unit of a dense layer, as `unitOf` has them; null for none.
 */
export function unitSum(layers, column, unit, isGradient, label, own) {
  if (!isGradient) return column === 0 ? null : FORWARD[layers[column - 1].kind](layers[column - 1], unit, own);
  if (column === layers.length) return null;
  return BACKWARD[layers[column].kind](layers[column], unit, label);
}

const FORWARD = {
  dense({ x, y }, unit, own) {
    if (!own) return null;
    const terms = Array.from(x.values, (value, i) => [value, own.W.values[i]]);
    return `${sumWords(terms)} ${signedWords(own.b.values[0])} = ${figure(y.values[unit])}`;
  },
  relu: ({ x, y }, unit) => `max(${figure(x.values[unit])}, 0) = ${figure(y.values[unit])}`,
  sigmoid: ({ x, y }, unit) => `1 / (1 + exp(−(${figure(x.values[unit])}))) = ${figure(y.values[unit])}`,
  softmax_with_loss: ({ x, y }, unit) => `exp(${figure(x.values[unit])}) / Σ exp(x) = ${figure(y.values[unit])}`,
};

const BACKWARD = {
  dense({ dy, W, dx }, unit) {
    if (!W) return null;
    const width = dy.values.length;
    const terms = Array.from(dy.values, (value, j) => [value, W.values[unit * width + j]]);
    return `${sumWords(terms)} = ${figure(dx.values[unit])}`;
  },
  relu: ({ x, dy, dx }, unit) => `${figure(dy.values[unit])} · ${x.values[unit] > 0 ? 1 : 0} = ${figure(dx.values[unit])}, because x = ${figure(x.values[unit])}`,
  sigmoid({ y, dy, dx }, unit) {
    const value = figure(y.values[unit]);
    return `${figure(dy.values[unit])} · ${value} · (1 − ${value}) = ${figure(dx.values[unit])}`;
  },
  // Cross entropy's gradient is nothing but a difference; that of the squared error goes through dy.
  softmax_with_loss({ loss, y, dy, dx }, unit, label) {
    const value = figure(y.values[unit]);
    const target = unit === label ? 1 : 0;
    if (loss === "cross_entropy") return `${value} − ${target} = ${figure(dx.values[unit])}`;
    const mean = dy.values.reduce((sum, gradient, i) => sum + gradient * y.values[i], 0);
    return `${value} · (${figure(dy.values[unit])} − (${figure(mean)})) = ${figure(dx.values[unit])}`;
  },
};

// The strongest products, and the sum of the others: "0.42 · 0.31 − 0.08 · 0.77 + 0.12 (others)".
function sumWords(terms) {
  const ordered = terms.filter(([a, b]) => a * b !== 0).sort(([a, b], [c, d]) => Math.abs(c * d) - Math.abs(a * b));
  if (!ordered.length) return "0";
  const words = ordered.slice(0, TERMS).map(([a, b], place) => {
    const sign = a * b < 0 ? "−" : "+";
    const product = `${figure(Math.abs(a))} · ${figure(Math.abs(b))}`;
    return place === 0 ? `${sign === "−" ? sign : ""}${product}` : `${sign} ${product}`;
  });
  const others = ordered.slice(TERMS);
  if (others.length) words.push(`${signedWords(others.reduce((sum, [a, b]) => sum + a * b, 0))} (${others.length} more)`);
  return words.join(" ");
}

function signedWords(value) {
  return `${value < 0 ? "−" : "+"} ${figure(Math.abs(value))}`;
}
