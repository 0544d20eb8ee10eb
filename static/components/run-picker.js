// Choosing a run and one of its epochs, on the pages that look at a trained network.

import { fillSelect } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { statusWord } from "../lib/run-words.js";

/** The runs that have a complete epoch. */
export function trained(runs) {
  return runs.filter((run) => run.epoch >= 1);
}

/** Keep a <select> of runs true to the list. */
export function offerRuns(select, runs, chosen) {
  fillSelect(select, runs.map((run) => [run.id, runWords(run)]), chosen ?? select.value);
}

function runWords(run) {
  const state = run.status === "finished" ? "" : `, ${statusWord(run.status).toLowerCase()}`;
  return `${run.name} (${percent(run.test_accuracy)}${state})`;
}

/** Keep a <select> of a run's epochs true; "" stands for the last complete one. */
export function offerEpochs(select, run, chosen) {
  // A fork's first epochs are its parent's.
  const first = (run.parent?.epoch ?? 0) + 1;
  const earlier = Array.from({ length: Math.max(0, run.epoch - first + 1) }, (_, i) => run.epoch - i);
  fillSelect(select, [["", `last (${run.epoch})`], ...earlier.map((epoch) => [String(epoch), String(epoch)])], chosen ?? select.value);
}
