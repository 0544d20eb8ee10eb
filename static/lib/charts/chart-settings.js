// Settings that all charts share: part of the page's address, and remembered for the next visit.

import { preference, setPreference } from "../preferences.js";
import { setUrlValuesSoon, urlValue } from "../url-state.js";

const KEPT = "charts";
export const MOST_SMOOTHING = 0.99;
export const X_UNITS = ["iteration", "epoch", "time"];

const flag = (standard) => ({ standard, read: (text) => text === "1", write: (value) => (value ? "1" : "0") });

// By name: the value that is not written, and how to read and write the others.
const SETTINGS = {
  // Weight of each step back in the smoothed line; null: chosen by the length of the run.
  smoothing: {
    standard: null,
    read: (text) => {
      const value = Number.parseFloat(text);
      return Number.isFinite(value) ? Math.min(Math.max(value, 0), MOST_SMOOTHING) : null;
    },
    write: String,
  },
  raw: flag(true),
  log: flag(false),
  // Whether the first iterations have no say in the y range.
  skip: flag(false),
  // Unit of the x axis; null: the usual one of each chart.
  x: { standard: null, read: (text) => (X_UNITS.includes(text) ? text : null), write: String },
  statistics: flag(false),
};

/** Values by name in `values`; `set` changes some, and `watch` calls a listener at each change. */
class ChartSettings {
  #listeners = new Set();

  constructor() {
    const texts = Object.keys(SETTINGS).map((name) => [name, urlValue(name)]);
    // A link shows what its sender saw, so it leaves nothing to what was remembered here.
    const isLinked = texts.some(([, text]) => text !== null);
    const remembered = isLinked ? {} : preference(KEPT, {});
    this.values = Object.fromEntries(texts.map(([name, text]) => {
      const { standard, read } = SETTINGS[name];
      return [name, text === null ? remembered[name] ?? standard : read(text)];
    }));
    if (!isLinked) this.#write(Object.keys(remembered).filter((name) => name in SETTINGS));
  }

  /** Change settings, by name. */
  set(changes) {
    this.values = { ...this.values, ...changes };
    const others = Object.entries(this.values).filter(([name, value]) => value !== SETTINGS[name].standard);
    setPreference(KEPT, others.length ? Object.fromEntries(others) : null);
    this.#write(Object.keys(changes));
    for (const listener of this.#listeners) listener();
  }

  /** Call a function at each change; returns one that ends this. */
  watch(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(names) {
    setUrlValuesSoon(Object.fromEntries(names.map((name) => {
      const { standard, write } = SETTINGS[name];
      return [name, this.values[name] === standard ? null : write(this.values[name])];
    })));
  }
}

export const chartSettings = new ChartSettings();

/** Renders an element anew when a setting changes. */
export class ChartSettingsController {
  #host;
  #stop = null;

  constructor(host) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected() {
    this.#stop = chartSettings.watch(() => this.#host.requestUpdate());
  }

  hostDisconnected() {
    this.#stop();
  }
}
