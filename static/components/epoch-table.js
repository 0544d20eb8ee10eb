// The table of a run's complete epochs, with their weights to download.

import { checkpointAddress } from "../lib/api.js";
import { loss, percent } from "../lib/format.js";
import { html, nothing } from "../vendor/lit-all.min.js";

/** Template of the table for `epochs` of the run with an id. */
export function epochTable(id, epochs, bestEpoch) {
  return html`
    <div class="epochs-scroll" tabindex="0" role="region" aria-label="Table of epochs">
      <table class="epochs">
        <thead><tr>
          <th scope="col" class="number">#</th>
          <th scope="col" class="number">Train</th>
          <th scope="col" class="number">Test</th>
          <th scope="col" class="number">Test loss</th>
          <th scope="col"><span class="sr-only">Weights</span></th>
        </tr></thead>
        <tbody>${epochs.map((row) => epochRow(id, row, row.epoch === bestEpoch))}</tbody>
      </table>
      ${epochs.length ? nothing : html`<p class="muted">One line for each complete epoch, with its weights to download.</p>`}
    </div>`;
}

function epochRow(id, { epoch, train_accuracy, test_accuracy, test_loss }, isBest) {
  return html`<tr>
    <th scope="row" class="number">${epoch}</th>
    <td class="number">${percent(train_accuracy)}</td>
    <td class="number">${isBest ? html`<span class="best">best</span> ` : nothing}${percent(test_accuracy)}</td>
    <td class="number">${loss(test_loss)}</td>
    <td><a href=${checkpointAddress(id, epoch)} download>.npz<span class="sr-only">: weights after epoch ${epoch}</span></a></td>
  </tr>`;
}
