// The runs on their way: which ones they are, and the buttons to switch between them.

import { percent } from "../lib/format.js";
import { colourOf } from "../lib/runs/run-colours.js";
import { statusWord } from "../lib/runs/run-words.js";
import { html, nothing, repeat, styleMap } from "../vendor/lit-all.min.js";

const MOST = 6;

/** Whether a run trains, waits for its turn, or is paused. */
export function isOpen({ active, status }) {
  return active || status === "paused";
}

/** The open runs: those that train, those that wait in the order of the queue, those that are paused. */
export function openRuns(runs) {
  const rank = ({ active, status }) => (status === "queued" ? 1 : active ? 0 : 2);
  return runs.filter(isOpen).sort((a, b) => rank(a) - rank(b) || (a.queue_position ?? 0) - (b.queue_position ?? 0));
}

/** A run's place in the queue, in words. */
export function queueWords({ queue_position: place }) {
  if (!place) return "waits for its turn";
  return place === 1 ? "next in line" : `number ${place} in line`;
}

/** Buttons for the shown run and the open ones; nothing where there is no other than the shown one. */
export function switchTemplate(runs, shown, choose) {
  const open = openRuns(runs);
  const offered = shown && !isOpen(shown) ? [shown, ...open] : open;
  if (!offered.some(({ id }) => id !== shown?.id)) return nothing;
  const left = offered.length - MOST;
  return html`
    <div class="run-switch" role="group" aria-label="Runs to watch">
      ${repeat(offered.slice(0, MOST), ({ id }) => id, (run) => html`
        <button type="button" aria-pressed=${run.id === shown?.id} @click=${() => choose(run)}>
          <span class="run-dot" style=${styleMap({ background: colourOf(run) })}></span>
          <span class="run-switch-name">${run.name}</span>
          <small>${words(run)}</small>
        </button>`)}
      ${left > 0 ? html`<a class="button" href="/runs">${left} more</a>` : nothing}
    </div>`;
}

function words(run) {
  if (run.status === "queued") return queueWords(run);
  const done = isOpen(run) && run.steps_total ? ` · ${percent(run.step / run.steps_total, 0)}` : "";
  return `${statusWord(run.status).toLowerCase()}${done}`;
}
