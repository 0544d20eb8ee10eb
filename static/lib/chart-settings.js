// Settings of the charts: part of the page's address, and remembered for the next visit.

import { setUrlValues, urlValue } from "./url-state.js";

const kept = (name) => `chart-${name}`;

/** The value of a setting, a string, or null where it has its default. */
export function chartSetting(name) {
  const linked = urlValue(name);
  if (linked !== null) return linked;
  try {
    return localStorage.getItem(kept(name));
  } catch {
    return null;
  }
}

/** Change a setting; null sets its default. */
export function setChartSetting(name, value) {
  setUrlValues({ [name]: value });
  try {
    if (value === null) localStorage.removeItem(kept(name));
    else localStorage.setItem(kept(name), value);
  } catch {
    // Storage may be forbidden: then the setting lasts as long as the address.
  }
}
