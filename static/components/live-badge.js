// The small note in the bar about what is training now.

import { byId, el, setText } from "../lib/dom.js";
import { percent } from "../lib/format.js";
import { colourOf } from "../lib/run-colours.js";
import { watchRuns } from "../lib/run-list.js";

/** Keep the badge true on this page. */
export function startBadge() {
  const badge = byId("badge");
  const dot = el("span", { class: "run-dot" });
  const name = el("span", { class: "badge-name" });
  const done = el("span", { class: "badge-done" });
  const accuracy = el("span", { class: "badge-accuracy" });
  const away = el("span", { class: "badge-away" }, "Offline", el("span", {}, ": the server can't be reached"));
  badge.append(dot, name, done, accuracy, away);
  const show = (run) => {
    badge.hidden = run?.status !== "running";
    if (badge.hidden) return;
    badge.href = `/runs/${run.id}`;
    badge.setAttribute("aria-label", `Training: ${run.name}`);
    dot.style.background = colourOf(run.id);
    setText(name, run.name);
    setText(done, percent(run.steps_total ? run.step / run.steps_total : 0, 0));
    setText(accuracy, run.test_accuracy === null ? "" : percent(run.test_accuracy));
  };
  let shown;
  watchRuns((runs) => {
    badge.dataset.away = String(runs === null);
    if (runs === null) {
      badge.hidden = false;
      for (const attribute of ["href", "aria-label"]) badge.removeAttribute(attribute);
      shown = null;
      return;
    }
    shown = runs.find((run) => run.status === "running");
    show(shown);
  }, { evenAway: true });
  // A page that follows the run itself knows sooner.
  document.addEventListener("runnews", ({ detail }) => {
    if (detail.id === shown?.id) show(detail);
  });
}
