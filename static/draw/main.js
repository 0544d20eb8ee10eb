import { makeBars, showAnswer, showBoxes, showHistory, showStages } from "./prediction.js";
import * as api from "../lib/api.js";
import { Asker } from "../lib/latest-request.js";
import { offerEpochs, offerRuns, trained } from "../components/run-picker.js";
import { byId, setText } from "../lib/dom.js";
import { startKeyPen } from "./keyboard-pen.js";
import { Pad } from "./pad.js";
import { startPage } from "../lib/page.js";
import { pageData } from "../lib/page-data.js";
import { acceptPictures } from "./picture-input.js";
import { startTools } from "./pad-tools.js";
import { RETRY_MS } from "../lib/reconnect.js";
import { watchRuns } from "../lib/run-list.js";

startPage();

const asked = new URLSearchParams(location.search);
const form = byId("asked");
const picture = byId("picture");
const pad = new Pad(byId("canvas"));
let known = new Map();
let given = null;
let givenWords = "";
let laidWords = "";
let retry = 0;

const REFUSED = {
  413: `The picture is over ${pageData.upload.max_bytes / 1e6} MB or ${pageData.upload.max_pixels / 1e6} megapixels.`,
  415: "This file can't be read as a picture.",
  422: "Nothing is drawn on this picture. Try one with darker ink.",
};

const asker = new Asker(
  (answer) => {
    setText(byId("predict-problem"), "");
    showAnswer(answer);
    showBoxes(byId("boxes"), answer);
  },
  (problem) => {
    clearTimeout(retry);
    if (problem.status === 0) retry = setTimeout(changed, RETRY_MS);
    if (given && problem.status in REFUSED) {
      dropPicture();
      changed();
      showProblem(REFUSED[problem.status]);
    } else if (problem.status === 422) {
      empty(); // All that was drawn was erased again.
    } else {
      showProblem(problem.message);
    }
  },
);

// What takes longer is asked apart, so that the answer itself never waits for it.
const explainer = new Asker(
  ({ stages, history }) => {
    showHistory(byId("history"), history);
    // A framed picture is taken as it is.
    byId("stages-panel").hidden = stages.length < 2;
    showStages(byId("stages"), stages);
    // A kind of picture that the server reads and this browser doesn't.
    if (given && picture.complete && !picture.naturalWidth) picture.src = stages[0].image;
  },
  () => {}, // The other asker says what is wrong with the same picture.
);

function empty() {
  explainer.drop();
  showAnswer(null);
  showBoxes(byId("boxes"), null);
  byId("history").replaceChildren();
  byId("stages").replaceChildren();
  byId("stages-panel").hidden = true;
}

function showProblem(message) {
  empty();
  setText(byId("sure"), "");
  setText(byId("predict-problem"), message);
}

/** Ask about what lies there: while a stroke goes for the answer alone, after it for the rest too. */
function ask(complete) {
  if (!known.size || (!given && pad.isBlank && complete)) return;
  const framed = !given && pad.isFramed ? 1 : null;
  const options = { run: form.elements.run.value, epoch: form.elements.epoch.value, framed };
  const source = async () => given ?? pad.picture();
  asker.ask({ picture: source, options });
  if (complete) explainer.ask({ picture: source, options: { ...options, stages: 1, history: 1 } });
}

function changed() {
  clearTimeout(retry);
  setText(byId("predict-problem"), "");
  setText(byId("origin"), given ? givenWords : pad.isFramed ? laidWords : "");
  byId("pad-hint").hidden = Boolean(given) || !pad.isBlank;
  if (!given && pad.isBlank) {
    asker.drop();
    empty();
  } else {
    ask(true);
  }
}

function takePicture(file, count) {
  dropPicture();
  pad.clear();
  given = file;
  givenWords = count > 1 ? `Only the first of ${count} pictures was taken.` : "";
  picture.src = URL.createObjectURL(file);
  changed();
}

function dropPicture() {
  if (given) URL.revokeObjectURL(picture.src);
  given = null;
  picture.hidden = true;
  picture.removeAttribute("src");
}

/** Open the digit that the failures page named in the address. */
async function openFailure() {
  const index = Number(asked.get("index"));
  const filters = { epoch: asked.get("epoch"), true: asked.get("true"), predicted: asked.get("predicted"), limit: 1000 };
  const { items } = await api.failures(asked.get("run"), filters);
  const item = items.find((candidate) => candidate.index === index);
  if (!item) return;
  laidWords = `Test digit ${index}, a ${item.true} that was read as ${item.predicted}. Change it until the answer flips.`;
  await pad.lay(item.image);
}

makeBars(byId("bars"));
empty();
startTools(pad, { hasPicture: () => Boolean(given), dropPicture: () => { dropPicture(); changed(); } });
startKeyPen(byId("canvas"), pad, byId("pen-mark"));
acceptPictures(byId("file"), byId("pad"), takePicture);
// A file that the browser can't show never gets here.
picture.addEventListener("load", () => { picture.hidden = false; });
pad.addEventListener("change", changed);
pad.addEventListener("draw", () => {
  byId("pad-hint").hidden = true;
  ask(false);
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  if (event.target.name === "run") offerEpochs(form.elements.epoch, known.get(event.target.value), "");
  ask(true);
});

watchRuns((runs) => {
  const usable = trained(runs);
  byId("draw-empty").hidden = usable.length > 0;
  byId("draw").hidden = usable.length === 0;
  if (usable.length === 0) return;
  const first = known.size === 0;
  known = new Map(usable.map((run) => [run.id, run]));
  offerRuns(form.elements.run, usable, first ? asked.get("run") : null);
  offerEpochs(form.elements.epoch, known.get(form.elements.run.value), first ? asked.get("epoch") : null);
  if (first && asked.has("index")) openFailure().catch((problem) => setText(byId("predict-problem"), problem.message));
});
