// A run's settings in words.

import { el } from "../lib/dom.js";
import { count, moment, plural, shape } from "../lib/format.js";
import { choiceLabel } from "../lib/page-data.js";

/** Fill a <dl> with what a run was started with, and when. */
export function showSettings(list, { config, created_at: created, started_at: started, id }) {
  const began = moment(started ?? created);
  if (list.dataset.began === began) return;
  list.dataset.began = began;
  const rows = [
    ["Data", choiceLabel("dataset", config.dataset)],
    ["Pictures", config.train_limit ? `the first ${count(config.train_limit)}` : "all"],
    ["Network", shape(config.hidden)],
    ["Activation", choiceLabel("activation", config.activation)],
    ["Initial weights", choiceLabel("initializer", config.initializer)],
    ["Loss", choiceLabel("loss", config.loss)],
    ["Optimizer", choiceLabel("optimizer", config.optimizer)],
    ["Learning rate", `${config.learning_rate}${config.schedule === "cosine" ? ", falling to 0" : ""}`],
    ["Batches", `${plural(config.batch_size, "picture")}, ${config.sampling === "shuffle" ? "each once an epoch" : "any of them"}`],
    ["Distorted", config.augment ? "yes" : "no"],
    ["Epochs", count(config.epochs)],
    ["Seed", String(config.seed)],
    ["Started", began],
    ["Id", el("code", {}, id)],
  ];
  list.replaceChildren(...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}
