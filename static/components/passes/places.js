// The places of the walk: from the picture to the loss and back to the first layer.

import { shapeWords } from "./arrays.js";

/**
 * The places in order, as `{pass, layer}`: the picture (layer null), each layer forward, each layer
 * backward.
 */
export function placesOf(layers) {
  const forward = layers.map((_, layer) => ({ pass: "forward", layer }));
  const backward = layers.map((_, layer) => ({ pass: "backward", layer })).reverse();
  return [{ pass: "forward", layer: null }, ...forward, ...backward];
}

/** The column where a place's result appears; column 0 is the picture, and column 1 the first layer. */
export function columnOf({ pass, layer }) {
  if (layer === null) return 0;
  return pass === "forward" ? layer + 1 : layer;
}

/**
 * The columns as they are at a place: `{name, kind, values, isGradient}`. On the way back, a column
 * shows the gradient once it is computed.
 */
export function columnsAt(layers, place) {
  const known = place.pass === "backward" ? columnOf(place) : Infinity;
  const picture = { name: "Picture", kind: "picture", value: layers[0].x, gradient: layers[0].dx };
  const all = [picture, ...layers.map(({ name, kind, y, dy }) => ({ name, kind, value: y, gradient: dy }))];
  return all.map(({ name, kind, value, gradient }, column) => {
    const isGradient = column >= known;
    return { name, kind, values: (isGradient ? gradient : value).values, isGradient };
  });
}

/** The arrays of a layer's pass, as pairs of name and array (null where it was left out). */
export function arraysOf(layer, pass) {
  const names = pass === "forward" ? ["x", "W", "b", "y"] : ["dy", "dW", "db", "dx"];
  return names.filter((name) => name in layer).map((name) => [name, layer[name]]);
}

/**
 * The shapes of a formula: "(784, 1) · (1, 50) → (784, 50)" for products and sums of arrays, else
 * "dy (1, 50), x (1, 50) → dx (1, 50)".
 */
export function formulaShapes({ text, result, operands }, layer) {
  const shapes = Object.fromEntries([...operands, result].map((name) => [name, shapeOf(name, layer)]));
  const parts = text.slice(text.indexOf("=") + 1).trim().split(" ");
  const isPlain = parts.every((part) => operands.includes(part) || ["·", "+", "Σ"].includes(part));
  if (isPlain) return `${parts.map((part) => shapes[part] ?? part).join(" ")} → ${shapes[result]}`;
  return `${operands.map((name) => `${name} ${shapes[name]}`).join(", ")} → ${result} ${shapes[result]}`;
}

/** A weight's name with its indices: W1 and 150 are "W1[3, 0]" in a layer of 50 units, b1 and 3 "b1[3]". */
export function weightName(layers, parameter, index) {
  const [, units] = parametersOf(layers)[parameter];
  if (units === undefined) return `${parameter}[${index}]`;
  return `${parameter}[${Math.floor(index / units)}, ${index % units}]`;
}

/** The shapes of the network's parameters by name: W1, b1 and so on, even where they were left out. */
export function parametersOf(layers) {
  const dense = layers.filter(({ kind }) => kind === "dense");
  return Object.fromEntries(dense.flatMap(({ x, y }, i) => {
    const [inputs, outputs] = [x.shape.at(-1), y.shape.at(-1)];
    return [[`W${i + 1}`, [inputs, outputs]], [`b${i + 1}`, [outputs]]];
  }));
}

/** The flat index of a place such as "3, 0" in an array of a shape; null for no place in it. */
export function flatIndex(text, shape) {
  const indices = text.split(",").map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (indices.length !== shape.length || !indices.every((index, axis) => index < shape[axis])) return null;
  return indices.reduce((flat, index, axis) => flat * shape[axis] + index, 0);
}

// t has the shape of y; the loss L is one number. Weights have the shape of the layer's two ends
// even where they were left out.
function shapeOf(name, layer) {
  const [inputs, outputs] = [layer.x.shape.at(-1), layer.y.shape.at(-1)];
  const base = name.replace("ᵀ", "");
  const shape = {
    W: [inputs, outputs], dW: [inputs, outputs], b: [outputs], db: [outputs], t: layer.y.shape, L: [],
    x: layer.x.shape, y: layer.y.shape, dx: layer.dx.shape, dy: layer.dy.shape,
  }[base];
  return shapeWords(name === base ? shape : shape.toReversed());
}
