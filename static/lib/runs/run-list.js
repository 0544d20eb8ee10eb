// The list of runs, pushed by the server through one WebSocket for each page.

import { listRuns } from "../api.js";
import { reconnectWait, streamAddress } from "../reconnect.js";

const PATH = "/api/runs/stream";
// Number of runs in one request for the older ones.
const PAGE = 500;

const listeners = new Map();
// Runs by id, newest first; null while the list is not complete.
let runs = null;
let socket = null;
let attempts = 0;
let timer = 0;

/**
 * Call `listener(runs, total)` with all runs, newest first, now if they are known and after every
 * change. Returns a function that ends the calls.
 *
 * @param options `evenAway`: call it with null while the server can't be reached; `early`: call it
 *   with the newest runs, too, as soon as they are known
 */
export function watchRuns(listener, options = {}) {
  listeners.set(listener, options);
  if (runs) listener([...runs.values()], runs.size);
  else if (!socket) connect();
  return () => listeners.delete(listener);
}

function connect() {
  clearTimeout(timer);
  const opened = new WebSocket(streamAddress(PATH));
  socket = opened;
  // Frames that arrive while older runs are requested wait for them.
  let ready = Promise.resolve();
  opened.addEventListener("message", ({ data }) => {
    ready = ready.then(() => socket === opened && receive(JSON.parse(data))).catch(() => opened.close());
  });
  opened.addEventListener("close", () => socket === opened && lost());
}

async function receive(frame) {
  switch (frame.type) {
    case "runs":
      attempts = 0;
      if (frame.total > frame.runs.length) {
        for (const [listener, { early }] of listeners) if (early) listener(newestFirst(frame.runs), frame.total);
        runs = byId(await allRuns());
      } else {
        runs = byId(frame.runs);
      }
      break;
    case "run":
      runs = runs.has(frame.run.id) ? runs.set(frame.run.id, frame.run) : byId([frame.run, ...runs.values()]);
      break;
    case "deleted":
      runs.delete(frame.id);
      break;
    default:
      console.error(`a stream message of a type this page does not know: ${frame.type}`);
      return;
  }
  for (const listener of listeners.keys()) listener([...runs.values()], runs.size);
}

// Lists of the server begin with pinned runs.
function newestFirst(list) {
  return list.toSorted((a, b) => b.number - a.number);
}

function byId(list) {
  return new Map(newestFirst(list).map((run) => [run.id, run]));
}

async function allRuns() {
  const found = [];
  let cursor = null;
  do {
    const page = await listRuns({ limit: PAGE, cursor });
    found.push(...page.runs);
    cursor = page.next;
  } while (cursor);
  return found;
}

function lost() {
  socket = null;
  runs = null;
  for (const [listener, { evenAway }] of listeners) if (evenAway) listener(null);
  timer = setTimeout(connect, reconnectWait(attempts));
  attempts += 1;
}

addEventListener("online", () => {
  if (!socket && listeners.size) connect();
});

/** The list of runs for an element, which renders again at every change. */
export class RunListController {
  #host;
  #options;
  #stop = null;
  /** All runs, newest first; null while they are not known. */
  runs = null;
  /** Number of all runs. */
  total = 0;

  /** `options` as in `watchRuns`. */
  constructor(host, options) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  hostConnected() {
    this.#stop = watchRuns((runs, total = 0) => {
      this.runs = runs;
      this.total = total;
      this.#host.requestUpdate();
    }, this.#options);
  }

  hostDisconnected() {
    this.#stop();
  }
}
