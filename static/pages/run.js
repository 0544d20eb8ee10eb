import * as api from "../api.js";
import { byId, setText } from "../dom.js";
import { showEpochs } from "../epochs.js";
import { LiveRun } from "../live.js";
import { startPage } from "../page.js";
import { showSettings } from "../settings.js";
import { watchRuns } from "../watch.js";

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
