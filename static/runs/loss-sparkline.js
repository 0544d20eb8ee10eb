// The loss of a run as a small line.

import * as api from "../lib/api.js";
import { LightElement } from "../lib/element.js";
import { loss } from "../lib/format.js";
import { colourOf } from "../lib/runs/run-colours.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";

const POINTS = 60;
const AT_ONCE = 4;
// A line of a run that trains is drawn again after this time at the soonest.
const PAUSE_MS = 2000;
const WIDTH = 100;
const HEIGHT = 28;

// By id: `{step, time, line}`, `line` being null until it is loaded.
const drawn = new Map();
const waiting = new Set();
let loading = 0;

/** Draws the loss of `run`; requests it only while the element is in the document. */
class LossSparkline extends LightElement {
  static properties = { run: { attribute: false } };

  willUpdate() {
    const { id, step, active } = this.run;
    const last = drawn.get(id);
    if (step === 0 || last?.step === step) return;
    if (last && active && Date.now() - last.time < PAUSE_MS) return;
    waiting.add(this);
    loadNext();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    waiting.delete(this);
  }

  render() {
    const line = drawn.get(this.run.id)?.line;
    if (!line) return nothing;
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${line.words}
      style=${styleMap({ color: colourOf(this.run) })}><path d=${line.path}></path></svg>`;
  }
}

async function loadNext() {
  if (loading === AT_ONCE || waiting.size === 0) return;
  const [element] = waiting;
  waiting.delete(element);
  const { id, step } = element.run;
  const before = drawn.get(id);
  drawn.set(id, { step, time: Date.now(), line: before?.line ?? null });
  loading += 1;
  try {
    drawn.get(id).line = lineOf(await api.losses(id, { max_points: POINTS }));
    element.requestUpdate();
  } catch {
    // The row stands without its line; a next change of the run tries again.
  } finally {
    loading -= 1;
    loadNext();
  }
}

/** An SVG path through the finite losses, and what it shows in words; null where there are none. */
function lineOf({ steps, values }) {
  const finite = values.filter((value) => value !== null);
  if (finite.length === 0) return null;
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low || 1;
  const first = steps[0];
  const length = steps.at(-1) - first || 1;
  const path = values.map((value, i) => {
    if (value === null) return "";
    const x = (WIDTH * (steps[i] - first)) / length;
    const y = 1 + (HEIGHT - 2) * (1 - (value - low) / range);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return { path: `M${path.filter(Boolean).join("L")}`, words: `Loss from ${loss(finite[0])} to ${loss(finite.at(-1))}` };
}

customElements.define("loss-sparkline", LossSparkline);
