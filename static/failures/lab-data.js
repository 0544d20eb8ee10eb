// All that the lab shows of an epoch: predictions of one or several runs, and what was learned.

import * as api from "../lib/api.js";
import { ByteCache } from "../lib/byte-cache.js";
import { RETRY_MS } from "../lib/reconnect.js";
import { readLearning, readPredictions } from "../lib/test-set/predictions.js";
import { TestSet } from "../lib/test-set/test-set.js";

const MAX_BYTES = 48_000_000;
// About what an entry of a map takes.
const BYTES_OF_ENTRY = 40;

const KINDS = {
  predictions: async (run, epoch) => readPredictions(await api.predictions(run, epoch)),
  learning: async (run, epoch) => readLearning(await api.learning(run, epoch)),
  issues: async (runs) => scoresOf(await api.labelIssues(runs.split(","))),
};

/** The first epoch of a run that there are predictions of: a fork has those of its start. */
export function firstEpoch(run) {
  return run.parent?.epoch ?? 1;
}

/** The epoch of another run to put beside an epoch: the same one, as far as it has it. */
function epochBeside(epoch, run) {
  return epoch === null ? run.epoch : Math.min(Math.max(epoch, firstEpoch(run)), run.epoch);
}

/**
 * Loads frames, and lets an element render again; one frame at a time, the latest choice next. The
 * frame before stays until then. A choice that did not reach the server is tried again.
 *
 * A frame is `{run, epoch, labels, marks, now, before, from, others, learning, issues}`: `now` are the predictions of
 * the epoch as `readPredictions` returns them, `before` those of the epoch before, null for none;
 * `from` those of the epoch to compare with; `others` those of the other runs; `learning` as
 * `readLearning` returns it, and `issues`, the scores of the labels that may be wrong after the last
 * epochs of all these runs, by index, are null unless they are needed.
 */
export class LabData {
  #host;
  #cache = new ByteCache(MAX_BYTES, sizeOf);
  #choice = null;
  #isLoading = false;
  #retry = 0;
  /** Test set of the run; null before the first choice. */
  testSet = null;
  /** The frame that is shown; null before the first is loaded. */
  frame = null;
  problem = "";

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected() {
    clearTimeout(this.#retry);
  }

  /**
   * Show a choice: `{run, epoch, others, from, needs}`; `run` and `others` as the API has them, `epoch`
   * null for the newest ones, `from` null for no comparison of epochs, `needs` names of further parts.
   */
  show(choice) {
    if (isSame(choice, this.#choice)) return;
    this.#choice = choice;
    if (!this.testSet?.isOf(choice.run)) this.#changeTestSet(choice.run);
    if (!this.#isLoading) this.#load();
  }

  /** Mark a picture; null takes its mark away. */
  async mark(index, mark) {
    const { testSet } = this;
    try {
      await testSet.mark(index, mark);
      if (testSet === this.testSet) this.frame = { ...this.frame, marks: testSet.marks };
    } catch (problem) {
      this.problem = problem.message;
    }
    this.#host.requestUpdate();
  }

  #changeTestSet(run) {
    this.testSet?.close();
    this.testSet = new TestSet(run.config.dataset, run.dataset_sha256, () => this.#host.requestUpdate());
    this.frame = null;
  }

  async #load() {
    clearTimeout(this.#retry);
    this.#isLoading = true;
    let choice;
    while (choice !== this.#choice) {
      choice = this.#choice;
      try {
        await this.#loadFrame(choice);
        this.problem = "";
      } catch (problem) {
        if (choice !== this.#choice) continue;
        this.problem = problem.message;
        if (problem.isTemporary) this.#retry = setTimeout(() => this.#load(), RETRY_MS);
      }
      this.#host.requestUpdate();
    }
    this.#isLoading = false;
  }

  async #loadFrame(choice) {
    const { testSet } = this;
    let { frame, missing } = this.#assemble(choice);
    if (missing.length || !testSet.labels) {
      await Promise.all([testSet.load(), ...missing]);
      ({ frame } = this.#assemble(choice));
    }
    if (testSet !== this.testSet) return;
    this.frame = { ...frame, labels: testSet.labels, marks: testSet.marks };
    this.#loadAhead(choice, frame.epoch);
  }

  // Loads ahead of need; if it fails, it is tried again when it is wanted.
  #loadAhead(choice, epoch) {
    for (const next of [epoch + 1, epoch - 1]) {
      if (next < firstEpoch(choice.run) || next > choice.run.epoch) continue;
      for (const load of this.#assemble({ ...choice, epoch: next }).missing) load.catch(() => {});
    }
  }

  // The frame as far as it is here, and promises of what is missing.
  #assemble({ run, epoch: chosen, others, from, needs }) {
    const epoch = chosen ?? run.epoch;
    const missing = [];
    const part = (kind, id, of) => {
      const key = `${kind} ${id} ${of}`;
      const value = this.#cache.get(key);
      if (!value) missing.push(this.#cache.load(key, () => KINDS[kind](id, of)));
      return value;
    };
    const frame = {
      run: run.id,
      epoch,
      now: part("predictions", run.id, epoch),
      before: epoch > firstEpoch(run) ? part("predictions", run.id, epoch - 1) : null,
      from: from === null ? null : part("predictions", run.id, from),
      others: others.map((other) => part("predictions", other.id, epochBeside(chosen, other))),
      learning: needs.includes("learning") ? part("learning", run.id, epoch) : null,
      issues: needs.includes("issues") ? part("issues", [run, ...others].map(({ id }) => id).join(","), [run, ...others].map((each) => each.epoch).join(",")) : null,
    };
    return { frame, missing };
  }
}

function isSame(choice, before) {
  if (!before) return false;
  const key = ({ run, epoch, others, ...rest }) => JSON.stringify([run.id, epoch ?? run.epoch, others.map((other) => [other.id, epochBeside(epoch, other)]), rest]);
  return key(choice) === key(before);
}

function scoresOf(items) {
  return new Map(items.map(({ index, score }) => [index, score]));
}

function sizeOf(part) {
  if (part instanceof Map) return part.size * BYTES_OF_ENTRY;
  return Object.values(part).reduce((sum, array) => sum + array.byteLength, 0);
}
