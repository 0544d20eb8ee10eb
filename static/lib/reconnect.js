// Addresses of streams, and the wait before a page reconnects to one or repeats a request.

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;

/** The address of a WebSocket on our own server. */
export function streamAddress(path) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}${path}`;
}

/** Milliseconds to wait before a request is repeated that did not reach the server. */
export const RETRY_MS = 2000;

/** Milliseconds to wait after this number of failed attempts. */
export function reconnectWait(attempts) {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
  // Jitter, so that many pages don't return in the same instant.
  return longest * (0.5 + Math.random() / 2);
}
