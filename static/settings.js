// A run's settings in words.

import { el } from "./dom.js";
import { count, moment, plural, shape } from "./format.js";

/** Fill a <dl> with what a run was started with. */
export function showSettings(list, { config, created_at: created, id }) {
  const rows = [
    ["Data", config.dataset === "mnist" ? "MNIST" : "Strokes"],
    ["Pictures", config.train_limit ? `the first ${count(config.train_limit)}` : "all"],
    ["Network", shape(config.hidden)],
    ["Activation", config.activation],
    ["First weights", config.initializer],
    ["Loss", config.loss.replaceAll("_", " ")],
    ["Optimizer", config.optimizer],
    ["Learning rate", `${config.learning_rate}, ${config.schedule}`],
    ["Batches", `${plural(config.batch_size, "picture")}, ${config.sampling}`],
    ["Distorted", config.augment ? "yes" : "no"],
    ["Epochs", count(config.epochs)],
    ["Seed", String(config.seed)],
    ["Started", moment(created)],
    ["Id", el("code", {}, id)],
  ];
  list.replaceChildren(...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}
