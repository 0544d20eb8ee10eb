import { byId, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { startPage } from "../lib/page.js";
import { RunList } from "./runs-table.js";
import { watchRuns } from "../lib/run-list.js";

startPage();

const list = new RunList(byId("runs-body"), {
  failed: (message) => setText(byId("runs-problem"), message),
});

watchRuns((runs, total) => {
  list.show(runs);
  byId("runs-empty").hidden = runs.length > 0;
  byId("runs-panel").hidden = runs.length === 0;
  setText(byId("runs-count"), total ? `${plural(total, "run")}, newest first` : "");
}, { early: true });
