// Texts of the pages on a sweep and its trials.

import { fieldWords } from "./field-words.js";
import { loss, percent } from "../format.js";
import { pageData } from "../page-data.js";

const STATUS = { running: "Searching", paused: "Paused", finished: "Finished", stopped: "Stopped", failed: "Failed" };
const STATE = { waiting: "Waiting", running: "Training", complete: "Complete", pruned: "Stopped early", failed: "Failed" };
const DIGITS = 3;

/** A status as one word. */
export function sweepStatusWord(status) {
  return STATUS[status] ?? status;
}

/** The state of a trial in words. */
export function trialStateWord(state) {
  return STATE[state] ?? state;
}

/** Whether nothing changes in a sweep by itself any more. */
export function isSettled({ status, counts }) {
  return status !== "running" && counts.running + counts.waiting === 0;
}

/** The label of an objective: "Validation accuracy". */
export function objectiveLabel({ objective }) {
  return pageData.sweeps.objectives.find(({ value }) => value === objective)?.label ?? objective;
}

/** Whether larger values of a sweep's objective are better. */
export function isMaximized({ objective }) {
  return !objective.endsWith("loss");
}

/** A value of a sweep's objective in words; "–" where there is none. */
export function valueWords(sweep, value) {
  if (value === null || value === undefined) return "–";
  return isMaximized(sweep) ? percent(value, 2) : loss(value);
}

/** The fields that a sweep searches, as in the page's data. */
export function searchedFields({ space }) {
  return pageData.fields.filter(({ name }) => name in space);
}

/** The value of a searched field of a trial in words, rates with three figures. */
export function parameterWords(field, sweep, { parameters }) {
  const value = parameters[field.name];
  if (field.type === "layers") return value.join(", ") || "none";
  const shown = field.type === "number" ? Number(value.toPrecision(DIGITS)) : value;
  return fieldWords(field, { ...sweep.fixed, [field.name]: shown });
}

/** All searched values of a trial: "learning rate 0.0123 · optimizer Adam". */
export function trialWords(sweep, trial) {
  return searchedFields(sweep).map((field) => `${field.label.toLowerCase()} ${parameterWords(field, sweep, trial)}`).join(" · ");
}
