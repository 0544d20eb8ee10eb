// Stages of a picture's preparation, with the prediction for each.

import { html } from "../vendor/lit-all.min.js";
import { sureWords } from "./reading.js";

const STAGES = {
  original: "Your picture",
  ink: "Ink found",
  cropped: "Cut out",
  "20×20": "Fitted into 20 × 20",
  centred: "Centred in 28 × 28",
};

/** Render `[{name, image, digit, confidence}]`, or the names alone where there are no stages. */
export function stageList(stages, classes) {
  if (!stages?.length) {
    return html`<ol class="stages">${Object.values(STAGES).map((name) => html`
      <li><span class="stage-empty"></span><span class="stage-name">${name}</span><span class="about"></span></li>`)}</ol>`;
  }
  return html`<ol class="stages" id="stages">${stages.map((stage, index) => html`
    <li><img src=${stage.image} alt=""><span class="stage-name">${STAGES[stage.name] ?? stage.name}</span>
      <span class="about">${index < stages.length - 1 ? "if preparation had stopped here:" : "what the network reads:"} ${sureWords(stage, classes)}</span></li>`)}
  </ol>`;
}
