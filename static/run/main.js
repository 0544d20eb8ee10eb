import * as api from "../lib/api.js";
import { byId, setText } from "../lib/dom.js";
import { showEpochs } from "../components/epoch-table.js";
import { LiveRun } from "../components/live-run.js";
import { startPage } from "../lib/page.js";
import { showSettings } from "../components/run-config.js";
import { watchRuns } from "../lib/run-list.js";

startPage();

const id = byId("run-page").dataset.run;
let isLeaving = false;

const live = new LiveRun({
  actions: ["pause", "resume", "stop", "fork", "delete"],
  changed: (run, epochs) => {
    showSettings(byId("settings"), run);
    showEpochs(byId("epochs-body"), byId("epochs-empty"), run.id, epochs);
  },
  deleted: () => {
    isLeaving = true;
    location.assign("/runs");
  },
});

function sayGone(why) {
  byId("run-page").hidden = true;
  byId("gone").hidden = false;
  setText(byId("gone-why"), why);
}

try {
  const run = await api.getRun(id);
  document.title = `${run.name} · Digitscope`;
  live.show(run);
  watchRuns((runs) => {
    const listed = runs.find((candidate) => candidate.id === id);
    if (listed) live.sync(listed);
    else if (!isLeaving) sayGone("It was deleted, with all that it stored.");
  });
} catch (problem) {
  sayGone(problem.message);
}
