import { byId, setText } from "../lib/dom.js";
import { startForm } from "./start-run.js";
import { LiveRun } from "../components/live-run.js";
import { startPage } from "../lib/page.js";
import { watchRuns } from "../lib/run-list.js";

startPage();

const live = new LiveRun({
  actions: ["pause", "resume", "stop"],
});

let next = null;

function follow(run) {
  byId("welcome").hidden = true;
  byId("now").hidden = true;
  live.show(run);
}

startForm((run) => {
  follow(run);
  const { top } = byId("live").getBoundingClientRect();
  const bar = document.querySelector(".bar").offsetHeight;
  if (top < bar || top > innerHeight * 0.7) byId("live").scrollIntoView();
});

byId("now-watch").addEventListener("click", () => follow(next));

const parent = new URLSearchParams(location.search).get("fork");

watchRuns((runs) => {
  const shown = runs.find((run) => run.id === live.run?.id);
  next = runs.find((run) => run.status === "running") ?? runs.findLast((run) => run.active);
  if (shown) live.sync(shown);
  // What was started elsewhere appears here, unless a run is or was followed here already.
  if (next && !live.wasGoing) follow(next);
  else if (!live.run && runs.length) follow(runs.find((run) => run.id === parent) ?? runs[0]);
  else if (!live.run) byId("welcome").hidden = false;
  const another = next?.status === "running" && next.id !== live.run.id && !live.run.active;
  byId("now").hidden = !another;
  if (another) setText(byId("now-name"), next.name);
});
