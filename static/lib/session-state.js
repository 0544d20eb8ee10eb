// State that survives a reload of the page, but is nothing to link to.

/** Whether this page was reloaded or returned to, rather than reached by a link. */
export function isReturn() {
  return performance.getEntriesByType("navigation")[0].type !== "navigate";
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
