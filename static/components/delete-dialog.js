// The question before a run is deleted.

import { html, render } from "../vendor/lit-all.min.js";

/** Ask whether to delete a run with all that it stored; resolves to true for yes. */
export function confirmDelete(run) {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise((resolve) => {
    const closed = ({ target }) => {
      place.remove();
      resolve(target.returnValue === "delete");
    };
    render(html`
      <dialog aria-labelledby="delete-title" @close=${closed}>
        <form method="dialog">
          <h2 id="delete-title">Delete this run?</h2>
          <p>“${run.name}” is deleted with its losses, its weights and its list of mistakes. This can't be undone.</p>
          <div class="dialog-buttons">
            <button value="keep" autofocus>Keep it</button>
            <button value="delete" class="danger">Delete the run</button>
          </div>
        </form>
      </dialog>`, place);
    place.firstElementChild.showModal();
  });
}
