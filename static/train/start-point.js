// A run that the form starts from: the parent of a fork, or a run to repeat with changes.

import * as api from "../lib/api.js";
import { urlValue } from "../lib/url-state.js";
import { FIELDS } from "../lib/runs/form-values.js";

const FURTHER_EPOCHS = 10;

/**
 * Load the run that the address names: `?fork=ID&epoch=5` or `?again=ID`, either with changes of
 * fields such as `&learning_rate=0.01`.
 *
 * Resolves to `{kind: "fork" or "again", run, config, epochs, changes}`: `config` fills the form,
 * `epochs` are the rows of complete epochs, the last one first, and `changes` texts by field. Null
 * where the address names no run. Throws an ApiError where the run can't be had.
 */
export async function loadStartPoint() {
  const kind = urlValue("fork") ? "fork" : "again";
  const id = urlValue(kind);
  if (!id) return null;
  const [run, rows] = await Promise.all([api.getRun(id), kind === "fork" ? api.epochs(id) : []]);
  const config = { ...run.config };
  if (kind === "fork") config.epochs = Math.max(config.epochs, run.epoch + FURTHER_EPOCHS);
  return { kind, run, config, epochs: rows.reverse(), changes: changesInAddress(kind) };
}

// In a fork's address `epoch` is the place to go on from, which is no field of a config.
function changesInAddress(kind) {
  const changes = {};
  for (const field of FIELDS) {
    const text = urlValue(field.name);
    const isLocked = kind === "fork" && field.fork === false;
    if (text !== null && !isLocked) changes[field.name] = field.type === "boolean" ? text === "true" : text;
  }
  return changes;
}
