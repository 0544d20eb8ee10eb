import * as api from "../lib/api.js";
import { offerEpochs, offerRuns, trained } from "../components/run-picker.js";
import { showConfusion } from "./confusion-matrix.js";
import { byId, el, fillSelect, setText } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { appendFailures, showFailures } from "./digit-grid.js";
import { startPage } from "../lib/page.js";
import { watchRuns } from "../lib/run-list.js";

startPage();

const PAGE = 60;
const NAMES = ["run", "epoch", "true", "predicted", "sort"];
const form = byId("filters");
const sheet = byId("sheet");
const asked = new URLSearchParams(location.search);
let known = new Map();
let shown = null;
let turn = 0;

// On a narrow screen the pictures come first.
byId("confusion-panel").open = matchMedia("(min-width: 1001px)").matches;

const digits = [["", "any"], ...Array.from({ length: 10 }, (_, digit) => [String(digit), String(digit)])];
for (const name of ["true", "predicted"]) fillSelect(form.elements[name], digits, asked.get(name) ?? "");
if (asked.has("sort")) form.elements.sort.value = asked.get("sort");

function choice() {
  const chosen = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  return { ...chosen, epoch: chosen.epoch || String(known.get(chosen.run).epoch) };
}

async function load() {
  turn += 1;
  const mine = turn;
  const { run, ...filters } = choice();
  const limit = shown?.run === run ? Math.max(PAGE, Math.min(1000, sheet.children.length)) : PAGE;
  shown = { run, epoch: filters.epoch };
  rememberChoice();
  try {
    const [page, { matrix }] = await Promise.all([
      api.failures(run, { ...filters, limit }),
      api.confusion(run, filters.epoch),
    ]);
    if (mine !== turn) return;
    showFailures(sheet, run, filters.epoch, page.items);
    showConfusion(byId("confusion"), matrix, filters, (pair) => {
      form.elements.true.value = pair.true;
      form.elements.predicted.value = pair.predicted;
      load();
    });
    showCount(page.total, matrix, filters);
    setText(byId("failures-problem"), "");
  } catch (problem) {
    if (mine === turn) setText(byId("failures-problem"), problem.message);
  }
}

function showCount(total, matrix, filters) {
  const all = matrix.flat().reduce((sum, number) => sum + number, 0);
  const right = matrix.reduce((sum, row, digit) => sum + row[digit], 0);
  const filtered = filters.true !== "" || filters.predicted !== "";
  const wrong = el("strong", {}, count(all - right));
  byId("count").replaceChildren(...(filtered
    ? [el("strong", {}, count(total)), " of ", wrong, all - right === 1 ? " mistake" : " mistakes"]
    : [wrong, ` of ${count(all)} digits read wrong`]));
  byId("reset-filters").dataset.shown = String(filtered);
  byId("nothing").hidden = total > 0;
  byId("reset-nothing").hidden = !filtered;
  setText(byId("nothing-words"), filtered ? "No digit was read that way." : "Every digit was read right.");
  sheet.hidden = total === 0;
  offerMore(total);
}

function offerMore(total) {
  const left = total - sheet.children.length;
  byId("more").hidden = left <= 0;
  setText(byId("more"), `Show ${count(Math.min(left, 4 * PAGE))} more`);
}

async function more() {
  const { run, ...filters } = choice();
  byId("more").disabled = true;
  try {
    const offset = sheet.children.length;
    const page = await api.failures(run, { ...filters, offset, limit: 4 * PAGE });
    appendFailures(sheet, run, filters.epoch, page.items);
    sheet.children[offset]?.querySelector("a").focus({ preventScroll: true });
    offerMore(page.total);
  } catch (problem) {
    setText(byId("failures-problem"), problem.message);
  } finally {
    byId("more").disabled = false;
  }
}

function rememberChoice() {
  const parameters = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value]));
  if (parameters.sort === "index") delete parameters.sort;
  history.replaceState(null, "", api.address("/failures", parameters));
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  if (event.target.name === "run") {
    offerEpochs(form.elements.epoch, known.get(event.target.value), "");
    setText(byId("run-problem"), "");
  }
  load();
});
for (const name of ["reset-filters", "reset-nothing"]) {
  byId(name).addEventListener("click", () => {
    form.elements.true.value = "";
    form.elements.predicted.value = "";
    form.elements.true.focus({ preventScroll: true }); // The button goes.
    load();
  });
}
byId("more").addEventListener("click", more);

watchRuns((runs) => {
  const usable = trained(runs);
  byId("failures-empty").hidden = usable.length > 0;
  byId("failures").hidden = usable.length === 0;
  if (usable.length === 0) return;
  const first = known.size === 0;
  known = new Map(usable.map((run) => [run.id, run]));
  offerRuns(form.elements.run, usable, first ? asked.get("run") : null);
  offerEpochs(form.elements.epoch, known.get(form.elements.run.value), first ? asked.get("epoch") : null);
  if (first && asked.has("run") && !known.has(asked.get("run"))) {
    setText(byId("run-problem"), "The run that was asked for is not here or has no complete epoch yet. This is another.");
  }
  const { run, epoch } = choice();
  if (shown?.run !== run || shown.epoch !== epoch) load();
});
