// The arrays of an inspection, and words for their numbers.

import { loss } from "../../lib/format.js";

/** Units that a column shows before all are asked for. */
export const SHOWN_UNITS = 64;

/** An array of the API as `{shape, values}`; null for one that was left out. */
export function decode(array) {
  if (array === null) return null;
  const bytes = Uint8Array.from(atob(array.data), (character) => character.charCodeAt(0));
  return { shape: array.shape, values: new Float32Array(bytes.buffer) };
}

/** A response of the API with its arrays decoded; its last layer gets the run's loss. */
export function decodeInspection(response, loss) {
  const layers = response.layers.map((layer) => ({
    ...layer,
    loss: layer.kind === "softmax_with_loss" ? loss : null,
    ...mapped(layer.parameters),
    x: decode(layer.input),
    y: decode(layer.output),
    dy: decode(layer.d_output),
    dx: decode(layer.d_input),
  }));
  return { ...response, layers };
}

/** The parameters of one unit and their gradients, from a response of the API: W, b, dW and db. */
export function decodeUnit(response) {
  return mapped(response.parameters);
}

/** The same from a decoded dense layer; null where its arrays were left out. */
export function unitOf({ W, b, dW, db, y }, unit) {
  if (!W) return null;
  const width = y.values.length;
  const cut = ({ values }) => {
    const own = Float32Array.from({ length: values.length / width }, (_, row) => values[row * width + unit]);
    return { shape: [own.length], values: own };
  };
  return { W: cut(W), b: cut(b), dW: cut(dW), db: cut(db) };
}

function mapped(parameters) {
  return Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, decode(array)]));
}

/** Mean, least and greatest of the numbers. */
export function statistics(values) {
  let [sum, least, greatest] = [0, Infinity, -Infinity];
  for (const value of values) {
    sum += value;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return { mean: sum / values.length, least, greatest };
}

/** Indices of the numbers: all in order where they are few or all are wanted, else the strongest first. */
export function strongest(values, limit = SHOWN_UNITS) {
  const indices = Array.from(values.keys());
  if (indices.length <= limit) return indices;
  return indices.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a])).slice(0, limit);
}

/** A number with about three figures and a true minus: 0.421, −1.3e−5. */
export function figure(value) {
  return value === 0 ? "0" : loss(value).replaceAll("-", "−");
}

/** A shape in Python's words: (784, 50), (50,). */
export function shapeWords(shape) {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
