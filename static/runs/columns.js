// Columns of the table of runs, in their order. A new column is one more entry here.

import { waitsForWorker } from "../lib/cluster.js";
import { count, duration, loss, moment, percent, shape } from "../lib/format.js";
import { choiceLabel, classNames } from "../lib/page-data.js";
import { statusWord } from "../lib/runs/run-words.js";
import { html } from "../vendor/lit-all.min.js";
import "./loss-sparkline.js";

const known = (value, words) => (value === null ? "–" : words(value));

/**
 * Each column has `name`, `label` and `width`, in sizes of the text. `value(run)` is what the table is
 * sorted by and the CSV holds, null for none; a column without it is only shown. `cell(run)` is what
 * the table shows, the value itself where it is left out. `number`: aligned to the right, the largest
 * first when sorted. `initial`: shown until other columns are chosen.
 */
export const COLUMNS = [
  { name: "status", label: "Status", width: 11, initial: true, value: (run) => statusWord(run.status), cell: statusCell },
  { name: "test_accuracy", label: "Test accuracy", width: 8.6, number: true, initial: true, value: (run) => run.test_accuracy, cell: (run) => percent(run.test_accuracy) },
  { name: "data", label: "Data", width: 8.8, value: (run) => choiceLabel("dataset", run.config.dataset) },
  { name: "network", label: "Network", width: 11.6, value: (run) => shape(run.config.hidden, classNames(run.config.dataset).length) },
  { name: "optimizer", label: "Optimizer", width: 7.6, value: (run) => choiceLabel("optimizer", run.config.optimizer) },
  { name: "learning_rate", label: "Learning rate", width: 9, number: true, value: (run) => run.config.learning_rate },
  { name: "batch_size", label: "Batch", width: 6, number: true, value: (run) => run.config.batch_size, cell: (run) => count(run.config.batch_size) },
  { name: "epochs", label: "Epochs", width: 8.8, number: true, initial: true, value: (run) => run.epoch, cell: (run) => `${count(run.epoch)} of ${count(run.config.epochs)}` },
  { name: "loss", label: "Loss curve", width: 6.8, initial: true, cell: (run) => html`<loss-sparkline .run=${run}></loss-sparkline>` },
  { name: "best_test_accuracy", label: "Best accuracy", width: 8.8, number: true, value: (run) => run.best_test_accuracy, cell: bestCell },
  { name: "train_loss", label: "Train loss", width: 7, number: true, value: (run) => run.train_loss, cell: (run) => known(run.train_loss, loss) },
  { name: "test_loss", label: "Test loss", width: 7, number: true, value: (run) => run.test_loss, cell: (run) => known(run.test_loss, loss) },
  { name: "weights", label: "Weights", width: 7, number: true, value: (run) => run.weights, cell: (run) => count(run.weights) },
  { name: "seconds", label: "Time", width: 6.8, number: true, initial: true, value: (run) => run.seconds, cell: (run) => (run.seconds > 0 ? duration(run.seconds) : "–") },
  { name: "started", label: "Started", width: 7.8, number: true, initial: true, value: (run) => run.started_at ?? run.created_at, cell: (run) => moment(run.started_at ?? run.created_at) },
  { name: "where", label: "Trained on", width: 8.8, value: (run) => (run.where === "local" ? "this machine" : run.worker ?? "no worker yet") },
  { name: "tags", label: "Tags", width: 10.8, value: (run) => run.tags.join(", ") || null, cell: tagsCell },
  { name: "notes", label: "Notes", width: 13.4, value: (run) => run.notes || null, cell: (run) => run.notes },
];

/** The column of the runs' names: always there, the first one. */
export const NAME = { name: "name", label: "Run", width: 14.6, value: (run) => run.name };

/** The column of a name, undefined for none or one that can't be sorted by. */
export function sortable(name) {
  return [NAME, ...COLUMNS].find((column) => column.name === name && column.value);
}

function statusCell(run) {
  const place = run.queue_position ? `, no. ${run.queue_position}` : "";
  const words = waitsForWorker(run) ? "Needs a worker" : `${statusWord(run.status)}${place}`;
  return html`<span class="status" data-status=${run.status}>${words}</span>`;
}

function bestCell({ best_test_accuracy: accuracy, best_epoch: epoch }) {
  return html`<span title=${epoch ? `After epoch ${epoch}` : ""}>${percent(accuracy)}</span>`;
}

/** The tags of a run, as they stand in its row. */
export function tagsCell({ tags }) {
  return tags.map((tag) => html`<span class="tag">${tag}</span>`);
}
