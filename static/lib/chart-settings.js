// How charts are drawn: part of the page's address, and remembered for the next visit; shared by
// all charts of a page.

import { setUrlValues, urlValue } from "./url-state.js";

/** Settings with their defaults, as the address has them: strings. */
const DEFAULTS = {
  /** Weight of the past in the smoothed line, 0 to 0.99; see `LossSeries`. */
  smooth: "0.98",
  /** Whether each iteration is drawn behind the smoothed line. */
  raw: "1",
  /** Whether the loss has a logarithmic axis. */
  log: "0",
  /** Unit of the x axis: a key of `X_UNITS`, or "own" for that of each chart. */
  x: "own",
  /** Whether the y axis leaves the first 2 % of a run out of account. */
  late: "0",
};
// The part of a run that is looked at is linked, but not remembered.
const LINKED_ONLY = new Set(["zoom"]);

const kept = (name) => `chart-${name}`;

/** The settings of the charts. Event: `change`, when one of them or the shown part changed. */
class ChartSettings extends EventTarget {
  #values = {};
  /** Iteration that the pointer is at, or null. Its event is `point`. */
  pointed = null;

  constructor() {
    super();
    for (const name of Object.keys(DEFAULTS)) this.#values[name] = urlValue(name) ?? remembered(name) ?? DEFAULTS[name];
    this.#values.zoom = urlValue("zoom");
  }

  /** The value of a setting. */
  get(name) {
    return this.#values[name];
  }

  /** Whether a setting of "0" and "1" is on. */
  isOn(name) {
    return this.#values[name] === "1";
  }

  /** The smoothing as a number within its limits. */
  get smoothing() {
    const value = Number(this.#values.smooth);
    return Number.isFinite(value) ? Math.min(0.99, Math.max(0, value)) : Number(DEFAULTS.smooth);
  }

  /** The shown part of a run, `[from, to]` in iterations; null for all of it. */
  get zoom() {
    const [from, to] = (this.#values.zoom ?? "").split(",").map(Number);
    return to > from ? [from, to] : null;
  }

  set zoom(range) {
    this.set("zoom", range ? range.map((step) => String(Math.round(step * 10) / 10)).join(",") : null);
  }

  /** Change a setting. */
  set(name, value) {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    const isDefault = value === (DEFAULTS[name] ?? null);
    setUrlValues({ [name]: isDefault ? null : value });
    if (!LINKED_ONLY.has(name)) remember(name, isDefault ? null : value);
    this.dispatchEvent(new Event("change"));
  }

  /** Note the iteration that the pointer is at. */
  point(step) {
    this.pointed = step;
    this.dispatchEvent(new Event("point"));
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(kept(name));
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(kept(name));
    else localStorage.setItem(kept(name), value);
  } catch {
    // Storage may be forbidden: then the setting lasts as long as the address.
  }
}

export const chartSettings = new ChartSettings();

/** Lets an element render again when a setting changed. */
export class ChartSettingsController {
  #host;
  #update = () => this.#host.requestUpdate();

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected() {
    chartSettings.addEventListener("change", this.#update);
  }

  hostDisconnected() {
    chartSettings.removeEventListener("change", this.#update);
  }
}
