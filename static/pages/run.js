import * as api from "../api.js";
import { byId, el } from "../dom.js";
import { showEpochs } from "../epochs.js";
import { LiveRun } from "../live.js";
import { startPage } from "../page.js";
import { showSettings } from "../settings.js";
import { watchRuns } from "../watch.js";

startPage();

const id = byId("run-page").dataset.run;

const live = new LiveRun({
  actions: ["pause", "resume", "stop", "fork", "delete"],
  changed: (run, epochs) => showEpochs(byId("epochs-body"), byId("epochs-empty"), run.id, epochs),
  deleted: () => location.assign("/runs"),
});

try {
  const run = await api.getRun(id);
  document.title = `${run.name} · Digitscope`;
  showSettings(byId("settings"), run);
  live.show(run);
  watchRuns((runs) => {
    const listed = runs.find((candidate) => candidate.id === id);
    if (listed) live.sync(listed);
  });
} catch (problem) {
  const main = byId("main");
  main.replaceChildren(el("section", { class: "panel empty-page" },
    el("h1", {}, "This run isn't here"),
    el("p", {}, problem.message),
    el("a", { class: "button primary", href: "/runs" }, "See all runs")));
}
