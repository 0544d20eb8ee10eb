// Sentences of the pages about a run.

import { waitsForWorker } from "../cluster.js";
import { duration, percent, plural } from "../format.js";
import { classNames, pictureNoun } from "../page-data.js";

const STATUS = {
  queued: "Waiting",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
  interrupted: "Interrupted",
};

/** A status as one word. */
export function statusWord(status) {
  return STATUS[status] ?? status;
}

/** Whether a run is over; one that stopped, failed or was interrupted may be resumed all the same. */
export function isEnded(run) {
  return !run.active && run.status !== "paused";
}

/** The sentence about a run that trains: how it is prepared, then what it reads so far. */
export function progressWords(run, hasLosses, progress) {
  if (run.epoch > 0) {
    // Rounded down: "100 of 100" is said of a network that makes no mistake.
    return `Epoch ${run.epoch}: reads ${Math.floor(100 * run.test_accuracy)} of 100 ${noun(run)}s it has never seen.`;
  }
  if (hasLosses) return "Epoch 1: learns from its first pictures.";
  if (!progress) return "Getting ready…";
  if (!progress.total) return `${progress.phase}…`;
  return `${progress.phase}: ${percent(progress.done / progress.total, 0)}`;
}

/**
 * The sentence about a run that does not train: a list of strings and `{href, text}` links, and its
 * tone.
 *
 * @param mistakes number of misclassified test pictures after the last epoch, null while unknown
 * @param findings of the diagnosis
 */
export function verdict(run, mistakes, findings) {
  if (run.status === "queued") return { tone: "plain", parts: [queuePlace(run)] };
  const isFailed = run.status === "failed";
  const alarm = findings.find(({ tone }) => tone === "warn" || tone === "bad");
  const explained = alarm && run.error?.type === "diverged";
  if (run.status === "interrupted" || (isFailed && !explained)) {
    return { tone: isFailed ? "bad" : "warn", parts: [run.error?.message ?? "No reason was recorded."] };
  }
  if (alarm) return { tone: alarm.tone, parts: [`${stoppedAfter(run)}${alarm.text}`] };
  if (run.epoch === 0) return { tone: "plain", parts: [`${statusWord(run.status)} before the first epoch was complete.`] };
  return { tone: run.status === "finished" ? "good" : "plain", parts: achieved(run, mistakes) };
}

function queuePlace(run) {
  if (waitsForWorker(run)) return "It starts when a worker is free.";
  const place = run.queue_position;
  if (!place) return "Waits for its turn.";
  return place === 1 ? "Next in line: it starts when a run ends." : `Number ${place} in line.`;
}

function stoppedAfter(run) {
  const isStopped = run.epoch > 0 && (run.status === "stopped" || run.status === "paused");
  return isStopped ? `${statusWord(run.status)} after epoch ${run.epoch} of ${run.config.epochs}. ` : "";
}

function achieved(run, mistakes) {
  const reads = `${stoppedAfter(run)}Reads ${percent(run.test_accuracy)} of ${noun(run)}s it has never seen. `;
  const draw = (text) => ({ href: `/draw?run=${run.id}`, text });
  if (mistakes === 0) return [reads, draw("Draw one"), "."];
  const rest = mistakes === null ? "its mistakes" : `the ${plural(mistakes, noun(run))} it gets wrong`;
  return [reads, "Look at ", { href: `/failures?run=${run.id}`, text: rest }, ", or ", draw("draw one"), "."];
}

function noun(run) {
  return pictureNoun(classNames(run.config.dataset));
}

/** The time a run has trained, in words; "–" before it has begun. */
export function tookWords(run) {
  return run.seconds ? duration(run.seconds) : "–";
}
