// The question before runs are deleted.

import { html, render } from "../vendor/lit-all.min.js";

/** Ask whether to delete runs with all that they stored; resolves to true for yes. */
export function confirmDelete(...runs) {
  const [one] = runs;
  const many = runs.length > 1;
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
          <h2 id="delete-title">Delete ${many ? `these ${runs.length} runs` : "this run"}?</h2>
          <p>${many
            ? "They are deleted with their losses, their weights and their lists of mistakes."
            : `“${one.name}” is deleted with its losses, its weights and its list of mistakes.`} This can't be undone.</p>
          <div class="dialog-buttons">
            <button value="keep" autofocus>Keep it</button>
            <button value="delete" class="danger">Delete the ${many ? "runs" : "run"}</button>
          </div>
        </form>
      </dialog>`, place);
    place.firstElementChild.showModal();
  });
}
