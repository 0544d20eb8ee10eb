// State that a person would want to link to: the query of the page's address.

/** The value of a parameter, or `otherwise` where the address does not have it. */
export function urlValue(name, otherwise = null) {
  return new URLSearchParams(location.search).get(name) ?? otherwise;
}

/**
 * Change parameters of the address, without a new entry in the history. A value that is null,
 * undefined or empty takes its parameter away.
 */
export function setUrlValues(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
  // Commas separate the items of lists and need no escape in a query.
  const text = query.toString().replaceAll("%2C", ",");
  const address = text ? `${location.pathname}?${text}` : location.pathname;
  if (address !== location.pathname + location.search) history.replaceState(null, "", address + location.hash);
}

const PAUSE_MS = 200;
let waiting = {};
let timer = 0;

/** The same for values that change many times a second: browsers allow few changes of an address. */
export function setUrlValuesSoon(changes) {
  waiting = { ...waiting, ...changes };
  timer ||= setTimeout(() => {
    const latest = waiting;
    timer = 0;
    waiting = {};
    setUrlValues(latest);
  }, PAUSE_MS);
}
