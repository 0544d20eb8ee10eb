// What the page says about a run, in sentences.

import { duration, percent, plural, secondsBetween } from "./format.js";

const STATUS = {
  queued: "Waiting",
  running: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Failed",
  interrupted: "Interrupted",
};

// What guessing among ten digits costs: ln 10, and the mean of one 0.9² and nine 0.1².
const GUESSING = { cross_entropy: Math.log(10), mean_squared_error: 0.09 };

/** A status as one word. */
export function statusWord(status) {
  return STATUS[status] ?? status;
}

/** Seconds a run has taken, or null while it has not begun. */
function took(run) {
  return run.started_at ? secondsBetween(run.started_at, run.ended_at) : null;
}

/** Whether the network reads little more than the one digit in ten that guessing gets right. */
function isGuessing(run) {
  return run.epoch >= 1 && run.train_accuracy < 0.2;
}

/** Whether the loss has settled where guessing stands: a network that learns nothing. */
function isDead(run, smoothedLoss) {
  const guessing = GUESSING[run.config.loss];
  return isGuessing(run) && Math.abs(smoothedLoss / guessing - 1) < 0.05;
}

const DEAD = "The loss stays where guessing stands: at about 2.30, which is ln 10, one digit in ten. " +
  "The network learns nothing, most likely because its first steps were so large that its units went silent. " +
  "Try a learning rate ten times smaller.";
const DEAD_SQUARED = DEAD.replace("2.30, which is ln 10, one digit in ten", "0.09, the error of calling every digit equally likely");

/**
 * The sentence under the progress bar: a list of strings and `{href, text}` links, and its tone.
 *
 * @param smoothedLoss NaN while there is no loss yet
 * @param wrong how many test digits the last complete epoch reads wrong, null while unknown
 */
export function verdict(run, smoothedLoss, wrong, progress) {
  if (run.status === "queued") return { tone: "plain", parts: [queuePlace(run)] };
  if (run.status === "failed" || run.status === "interrupted") return troubled(run);
  if (isDead(run, smoothedLoss)) {
    return { tone: "warn", parts: [run.config.loss === "mean_squared_error" ? DEAD_SQUARED : DEAD] };
  }
  if (run.status === "running") return { tone: "plain", parts: [Number.isNaN(smoothedLoss) ? preparing(progress) : ""] };
  if (run.epoch === 0) {
    const how = run.status === "paused" ? "Paused" : "Stopped";
    return { tone: "plain", parts: [`${how} before the first epoch was complete.`] };
  }
  if (isGuessing(run)) {
    return { tone: "warn", parts: [`${when(run)}Reads ${percent(run.test_accuracy)} of digits it has never seen, hardly better than guessing (10\u00a0%). Try a learning rate ten times smaller.`] };
  }
  return { tone: run.status === "finished" ? "good" : "plain", parts: achieved(run, wrong) };
}

function queuePlace(run) {
  const place = run.queue_position;
  if (!place) return "Waits for its turn.";
  return place === 1 ? "Next in line: it starts when a run ends." : `Number ${place} in line.`;
}

function preparing(progress) {
  if (!progress) return "Getting ready…";
  if (!progress.total) return `${progress.phase}…`;
  return `${progress.phase}: ${percent(progress.done / progress.total, 0)}`;
}

function when(run) {
  return run.status === "finished" ? "" : `${statusWord(run.status)} after epoch ${run.epoch} of ${run.config.epochs}. `;
}

function achieved(run, wrong) {
  const rest = wrong === null ? "its mistakes" : `the ${plural(wrong, "digit")} it gets wrong`;
  return [
    `${when(run)}Reads ${percent(run.test_accuracy)} of digits it has never seen. Look at `,
    { href: `/failures?run=${run.id}`, text: rest },
    ", or ",
    { href: `/draw?run=${run.id}`, text: "draw one" },
    ".",
  ];
}

function troubled(run) {
  const message = run.error?.message ?? "No reason was recorded.";
  return { tone: run.status === "failed" ? "bad" : "warn", parts: [message] };
}

/** How long a run has taken, in words; "–" before it has begun. */
export function tookWords(run) {
  const seconds = took(run);
  return seconds === null ? "–" : duration(seconds);
}
