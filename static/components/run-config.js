// A run's settings in words.

import { el } from "../lib/dom.js";
import { count, moment, plural, shape } from "../lib/format.js";
import { choiceWord } from "../lib/run-words.js";

/** Fill a <dl> with what a run was started with, and when. */
export function showSettings(list, { config, created_at: created, started_at: started, id }) {
  const began = moment(started ?? created);
  if (list.dataset.began === began) return;
  list.dataset.began = began;
  const rows = [
    ["Data", choiceWord(config.dataset)],
    ["Pictures", config.train_limit ? `the first ${count(config.train_limit)}` : "all"],
    ["Network", shape(config.hidden)],
    ["Activation", choiceWord(config.activation)],
    ["First weights", choiceWord(config.initializer)],
    ["Loss", choiceWord(config.loss)],
    ["Optimizer", choiceWord(config.optimizer)],
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
