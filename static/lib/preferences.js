// Choices of this reader that last from visit to visit.

/** The value kept under a name, or `otherwise` where there is none. */
export function preference(name, otherwise = null) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

/** Keep a value for JSON under a name; null forgets it. */
export function setPreference(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the choice lasts for this page.
  }
}
