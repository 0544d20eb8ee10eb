// The table of a run's complete epochs, the latest first.

import { checkpointAddress } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { loss, percent } from "../lib/format.js";

/** Show the rows of `epochs`; what stands already is kept. */
export function showEpochs(body, empty, id, epochs) {
  empty.hidden = epochs.length > 0;
  const first = body.firstChild?.dataset.epoch;
  if (body.children.length > epochs.length || (first && !epochs.some((row) => String(row.epoch) === first))) body.replaceChildren();
  for (const row of epochs.slice(body.children.length)) body.prepend(epochRow(id, row));
}

function epochRow(id, row) {
  const number = (words) => el("td", { class: "number" }, words);
  return el("tr", { "data-epoch": row.epoch },
    el("th", { scope: "row", class: "number" }, String(row.epoch)),
    number(percent(row.train_accuracy)),
    number(percent(row.test_accuracy)),
    number(loss(row.test_loss)),
    el("td", {}, el("a", {
      href: checkpointAddress(id, row.epoch), download: true, "aria-label": `Weights after epoch ${row.epoch}`,
      title: "Download the weights (.npz)",
    }, ".npz")));
}
