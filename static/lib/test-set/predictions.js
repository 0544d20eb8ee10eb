// The predictions of an epoch for a whole test set, as the server sends them.

/**
 * Read the bytes of `/api/runs/{id}/predictions`: for each of N test pictures the predicted class, its
 * probability, and the probability of the label.
 */
export function readPredictions(buffer) {
  const count = buffer.byteLength / 9;
  if (!Number.isInteger(count)) throw new Error(`Expected 9 bytes for each picture; got ${buffer.byteLength} bytes.`);
  // Copies, because an array of floats must begin at a multiple of four bytes.
  return {
    predicted: new Uint8Array(buffer, 0, count),
    confidence: new Float32Array(buffer.slice(count, 5 * count)),
    labelProbability: new Float32Array(buffer.slice(5 * count)),
  };
}

/**
 * Read the bytes of `/api/runs/{id}/learning`: for each of N test pictures the first epoch at which it
 * was right, 0 for none, and how often it was forgotten, up to the epoch.
 */
export function readLearning(buffer) {
  const numbers = new Uint16Array(buffer);
  return { firstRight: numbers.slice(0, numbers.length / 2), forgotten: numbers.slice(numbers.length / 2) };
}
