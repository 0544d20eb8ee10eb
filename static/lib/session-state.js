// State that survives a reload of the page, but is nothing to link to.

// The state of an entry in the browser's history is null until its page sets one. A link to the
// address that the page has already keeps it in some browsers, but is told by the type.
const isKnownEntry = history.state?.isKnown === true;
const [navigation] = performance.getEntriesByType("navigation");

markEntry();
// A link within the page makes a new entry.
addEventListener("hashchange", markEntry);

/** Whether this page was reloaded or returned to, rather than reached by a link. */
export function isReturn() {
  return isKnownEntry && navigation?.type !== "navigate";
}

function markEntry() {
  if (history.state?.isKnown !== true) history.replaceState({ isKnown: true }, "");
}

/** The value kept under a name, or `otherwise` where there is none. */
export function recall(name, otherwise = null) {
  try {
    return JSON.parse(sessionStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value for JSON under a name; null forgets it. */
export function keep(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the page works without it.
  }
}
