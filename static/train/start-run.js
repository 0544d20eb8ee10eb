// Starting a run: the form, its presets, and forks.

import * as api from "../lib/api.js";
import { byId, el } from "../lib/dom.js";
import { Estimates, explainData } from "./estimate.js";
import { Fork } from "./fork-form.js";
import { RunForm } from "./config-form.js";
import { presetOf, presetValues } from "./presets.js";

/** Wire the form; `started(run)` is called with each run that the server took. */
export function startForm(started) {
  const node = byId("run-form");
  const form = new RunForm(node, byId("form-problem"));
  let fork = null;
  const estimates = new Estimates(form, () => fork?.epoch ?? 0);

  const changed = () => {
    form.showSummaries();
    const preset = presetOf(form.changed());
    for (const button of byId("presets").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.preset === preset));
    }
    estimates.askSoon();
  };
  node.addEventListener("input", changed);
  byId("presets").addEventListener("click", (event) => {
    const preset = event.target.closest("button")?.dataset.preset;
    if (!preset) return;
    const { dataset, name } = form.values();
    form.fill({ dataset, name, ...presetValues(preset) });
    changed();
  });

  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = byId("start");
    button.disabled = true;
    estimates.drop();
    try {
      const run = fork ? await fork.send(form) : await api.createRun(form.changed());
      form.showProblems();
      started(run);
      estimates.askSoon();
    } catch (problem) {
      estimates.refused(problem);
      form.focusProblem();
    } finally {
      button.disabled = false;
    }
  });

  const parent = new URLSearchParams(location.search).get("fork");
  if (parent) {
    Fork.prepare(parent, form).then((prepared) => {
      fork = prepared;
      changed();
    }, (problem) => {
      const note = byId("fork-note");
      note.replaceChildren(
        el("p", { role: "alert" }, problem.status === 404 ? "The run to go on from isn't here." : problem.message),
        el("a", { href: "/" }, "Start from nothing instead"),
      );
      note.hidden = false;
    });
  }
  explainData();
  changed();
}
