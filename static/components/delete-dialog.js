// The question before runs or a sweep are deleted.

import { html, nothing, render } from "../vendor/lit-all.min.js";

/** Ask whether to delete runs with all that they stored; resolves to true for yes. */
export async function confirmDelete(...runs) {
  const [one] = runs;
  const many = runs.length > 1;
  const answer = await askToDelete({
    title: `Delete ${many ? `these ${runs.length} runs` : "this run"}?`,
    text: many
      ? "They are deleted with their losses, their weights and their lists of mistakes."
      : `“${one.name}” is deleted with its losses, its weights and its list of mistakes.`,
    label: `Delete the ${many ? "runs" : "run"}`,
  });
  return answer !== null;
}

/**
 * Ask with a title, a text, the label of the button and, if there is one, a further `option`.
 * Resolves to null for no, else to whether the option is chosen.
 */
export function askToDelete({ title, text, label, option }) {
  const place = document.createElement("div");
  document.body.append(place);
  return new Promise((resolve) => {
    const closed = ({ target }) => {
      const isChosen = Boolean(target.querySelector("input")?.checked);
      place.remove();
      resolve(target.returnValue === "delete" ? isChosen : null);
    };
    render(html`
      <dialog aria-labelledby="delete-title" @close=${closed}>
        <form method="dialog">
          <h2 id="delete-title">${title}</h2>
          <p>${text} This can't be undone.</p>
          ${option ? html`<label class="dialog-option"><input type="checkbox">${option}</label>` : nothing}
          <div class="dialog-buttons">
            <button value="keep" autofocus>Keep it</button>
            <button value="delete" class="danger">${label}</button>
          </div>
        </form>
      </dialog>`, place);
    place.firstElementChild.showModal();
  });
}
