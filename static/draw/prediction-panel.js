// The prediction beside the pad: a large numeral, bars of all classes, and what the network saw.

import { percent, plural } from "../lib/format.js";
import { pictureNoun } from "../lib/page-data.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { linesOf, placeWords } from "./reading.js";

// Width of a bold character, as a share of the font size, in the widest of the usual fonts.
const CHARACTER = 0.7;

/**
 * Render the panel.
 *
 * @param state `prediction`, null while there is none; `place` of the digit that the bars are for;
 *   `classes`; `blank`, true while nothing is drawn; `announced`, the prediction that a screen reader
 *   is told, or null; `source`, words about the network; `inside`, address of the inspector, or null; `news`, a line about what changed; `problem`
 */
export function predictionPanel({ prediction, place, classes, blank, announced, source, inside, news, problem }) {
  const digit = prediction?.digits[place];
  const lines = prediction ? linesOf(prediction, classes) : ["?"];
  return html`<section class="panel prediction-panel" aria-label="Prediction">
    <div class="prediction-top">
      <div class="prediction" aria-hidden="true">
        <div class="numeral" style=${styleMap(numeralStyle(lines))}>${lines.map((line) => html`<span>${line}</span>`)}</div>
        <div class="sure">${prediction ? shownWords(prediction, place, classes) : problem ? "" : blank ? blankWords(classes) : "Reading it…"}</div>
      </div>
      <div class="sr-only" role="status">${statusWords(announced, blank, classes)}</div>
      <figure class="seen">
        ${digit ? html`<img id="seen" src=${digit.input} alt="What the network saw" width="112" height="112">` : html`<span class="seen-empty"></span>`}
        <figcaption>What the network saw</figcaption>
      </figure>
    </div>
    <div class="prediction-notes">
      <p class="about source"><span>${prediction ? source : ""}</span> ${inside ? html`<a href=${inside}>See inside</a>` : nothing}</p>
      <p class="problem" role="alert">${problem}</p>
      <p class="news" aria-live="polite">${news}</p>
    </div>
    ${classBars(digit, classes)}
    <p class="about">${limitWords(classes)}</p>
  </section>`;
}

// The style sheet makes the characters as large as the box allows.
function numeralStyle(lines) {
  const longest = Math.max(...lines.map((line) => line.length));
  return { "--longest": CHARACTER * longest, "--lines": lines.length };
}

function shownWords(prediction, place, classes) {
  const { digits } = prediction;
  return digits.length > 1 ? placeWords(prediction, place, classes) : `${percent(digits[0].confidence, 0)} sure`;
}

function blankWords(classes) {
  return `Waiting for a ${pictureNoun(classes)}`;
}

function statusWords(prediction, blank, classes) {
  if (!prediction) return blank ? blankWords(classes) : nothing;
  const { digits, confidence } = prediction;
  const sure = digits.length > 1 ? plural(digits.length, pictureNoun(classes)) : `${percent(confidence, 0)} sure`;
  return html`${linesOf(prediction, classes).map((line) => html`<div>${line}</div> `)}<div>${sure}</div>`;
}

function limitWords(classes) {
  if (pictureNoun(classes) === "digit") return "It must choose one of ten: it can't say “not a digit”.";
  return `It must choose one of ${classes.length}: it can't say “none of these”.`;
}

function classBars(digit, classes) {
  const longest = Math.max(...classes.map((name) => name.length));
  return html`<ol class="bars" id="bars" aria-label="How likely each class is" style=${styleMap({ "--name": `${longest + 1}ch` })}>
    ${classes.map((name, index) => {
      const share = digit?.probabilities[index] ?? 0;
      return html`<li data-best=${index === digit?.digit}><span class="name" title=${name}>${name}</span>
        <span class="track"><span class="fill" style=${styleMap({ width: `${100 * share}%` })}></span></span>
        <span class="share">${digit ? percent(share, share < 0.0995 ? 1 : 0) : ""}</span></li>`;
    })}
  </ol>`;
}
