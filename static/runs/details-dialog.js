// Tags and notes of a run, in a dialog.

import * as api from "../lib/api.js";
import { html, render } from "../vendor/lit-all.min.js";

/** Let the reader change a run's tags and notes. */
export function editDetails(run) {
  const place = document.createElement("div");
  document.body.append(place);
  const show = (problem) => render(dialog(run, problem, () => place.remove(), save), place);
  const save = async (event) => {
    event.preventDefault();
    const { tags, notes } = event.target.elements;
    try {
      await api.updateRun(run.id, { tags: listOf(tags.value), notes: notes.value });
      place.firstElementChild.close();
    } catch (problem) {
      const message = problem.status === 404 ? "The run was deleted meanwhile." : problem.message;
      show(Object.values(problem.fields).join(". ") || message);
    }
  };
  show("");
  place.firstElementChild.showModal();
}

function dialog(run, problem, closed, save) {
  return html`
    <dialog class="details" aria-labelledby="details-title" @close=${closed}>
      <form @submit=${save}>
        <h2 id="details-title">Tags and notes</h2>
        <p>${run.name}</p>
        <label for="details-tags">Tags, with commas between</label>
        <input type="text" id="details-tags" name="tags" .value=${run.tags.join(", ")} autocomplete="off" autofocus>
        <label for="details-notes">Notes</label>
        <textarea id="details-notes" name="notes" rows="6" .value=${run.notes}></textarea>
        <p class="problem" role="alert">${problem}</p>
        <div class="dialog-buttons">
          <button type="button" @click=${({ target }) => target.closest("dialog").close()}>Cancel</button>
          <button class="primary">Save</button>
        </div>
      </form>
    </dialog>`;
}

function listOf(text) {
  return [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
}
