// The answer beside the pad: a numeral, ten bars, what the network saw, and the other epochs.

import { byId, el, setText } from "../lib/dom.js";
import { percent } from "../lib/format.js";

const EPOCH_PX = 18;
const LONG_EPOCH_PX = 26;
const STAGE_WORDS = {
  original: "Your picture", ink: "Ink found", cropped: "Cut out", "20×20": "Fitted into 20 × 20",
  centred: "Centred in 28 × 28",
};

/** Make the ten bars, empty. */
export function makeBars(list) {
  for (let digit = 0; digit < 10; digit += 1) {
    list.append(el("li", {}, el("span", { class: "digit" }, String(digit)),
      el("span", { class: "track" }, el("span", { class: "fill" })), el("span", { class: "share" }, "")));
  }
}

/** Show the answer of `POST /api/predict`; null empties the place. */
export function showAnswer(answer) {
  const several = answer && answer.digits?.length > 1;
  const reading = several ? answer.digits.map(({ digit }) => digit).join("") : String(answer?.digit ?? "?");
  setText(byId("numeral"), reading);
  byId("numeral").dataset.long = String(reading.length > 2);
  setText(byId("sure"), answer ? sureWords(answer, several) : "Waiting for a digit");
  const seen = byId("seen");
  seen.hidden = !answer;
  byId("seen-empty").hidden = Boolean(answer);
  if (answer) seen.src = answer.input;
  showBars(answer);
}

function sureWords({ digit, confidence, digits }, several) {
  if (several) return `${digits.length} digits; the bars are for the ${digit} in the thick box`;
  return `${percent(confidence, 0)} sure`;
}

function showBars(answer) {
  [...byId("bars").children].forEach((bar, digit) => {
    const share = answer ? answer.probabilities[digit] : 0;
    bar.querySelector(".fill").style.transform = `scaleX(${share})`;
    setText(bar.querySelector(".share"), answer ? percent(share, share < 0.0995 ? 1 : 0) : "");
    bar.dataset.best = String(answer?.digit === digit);
  });
}

/** Show what each epoch would have said: `[{epoch, digit, confidence}]`, as many as have room. */
export function showHistory(list, history) {
  const width = history.at(-1)?.epoch > 99 ? LONG_EPOCH_PX : EPOCH_PX;
  const every = Math.ceil(history.length / Math.max(1, Math.floor(list.clientWidth / width)));
  const kept = history.filter((_, index) => (history.length - 1 - index) % every === 0);
  const final = history.at(-1)?.digit;
  list.replaceChildren(...kept.map(({ epoch, digit, confidence }) => {
    const fill = el("span", { class: "fill" });
    fill.style.height = `${100 * confidence}%`;
    return el("li", { title: `epoch ${epoch}: ${digit}, ${percent(confidence, 0)} sure`, "data-same": String(digit === final) },
      el("span", { class: "digit" }, String(digit)), el("span", { class: "track", "aria-hidden": "true" }, fill),
      el("span", { class: "epoch" }, String(epoch)));
  }));
}

/** Show the steps of the preparation: `[{name, image, digit, confidence}]`. */
export function showStages(list, stages) {
  list.replaceChildren(...stages.map(({ name, image, digit, confidence }) => el("li", {},
    el("img", { src: image, alt: "" }),
    el("span", { class: "stage-name" }, STAGE_WORDS[name] ?? name),
    el("span", { class: "about" }, digit === null ? "" : `would be read as ${digit}, ${percent(confidence, 0)} sure`))));
}

/** Draw the boxes of an answer's digits, where there are several, over the picture; null for none. */
export function showBoxes(svg, answer) {
  svg.replaceChildren();
  if (!answer || answer.digits.length < 2) return;
  const [width, height] = answer.size;
  const side = Math.max(width, height);
  const text = side / 18;
  const margin = (side - height) / 2;
  const explained = answer.digits.findIndex(({ confidence }) => confidence === answer.confidence);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  answer.digits.forEach(({ box: [left, top, w, h], digit }, index) => {
    const above = top - text / 3;
    const y = above - text > -margin ? above : top + h + text;
    svg.append(
      shape("rect", { x: left, y: top, width: w, height: h, rx: text / 6, "data-explained": index === explained }),
      shape("text", { x: left + w / 2, y, "font-size": text }, String(digit)),
    );
  });
}

function shape(name, attributes, words = "") {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = words;
  return node;
}
