import { byId, setText } from "../dom.js";
import { plural } from "../format.js";
import { startPage } from "../page.js";
import { RunList } from "../runlist.js";
import { watchRuns } from "../watch.js";

startPage();

const list = new RunList(byId("runs-body"), {
  failed: (message) => setText(byId("runs-problem"), message),
});

watchRuns((runs) => {
  list.show(runs);
  byId("runs-empty").hidden = runs.length > 0;
  byId("runs-panel").hidden = runs.length === 0;
  setText(byId("runs-count"), runs.length ? `${plural(runs.length, "run")}, newest first` : "");
});
