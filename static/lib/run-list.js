// The list of runs, asked for every few seconds while the page is in sight.

import { listRuns } from "./api.js";

const BUSY_MS = 2000;
const IDLE_MS = 3000;
const listeners = new Map();
let latest = null;
let timer = 0;

/**
 * Call `listener(runs)` now, where the list is known, and at every look; with null where the
 * server can't be reached, if it asked for that.
 */
export function watchRuns(listener, { evenAway = false } = {}) {
  listeners.set(listener, evenAway);
  if (latest) listener(latest);
  else if (listeners.size === 1) lookAgain();
}

/** Look at once, because something was just done. */
export async function lookAgain() {
  clearTimeout(timer);
  let wait = IDLE_MS;
  try {
    latest = await listRuns();
    if (latest.some((run) => run.active)) wait = BUSY_MS;
    for (const listener of listeners.keys()) listener(latest);
  } catch {
    for (const [listener, evenAway] of listeners) if (evenAway) listener(null);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(lookAgain, wait);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (!document.hidden && listeners.size) lookAgain();
});
