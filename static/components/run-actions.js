// The buttons that change a run, each there only when it applies.

import * as api from "../lib/api.js";
import { el } from "../lib/dom.js";

const WORDS = { pause: "Pause", resume: "Resume", stop: "Stop", fork: "Fork…", delete: "Delete…" };

/**
 * Keep a node's buttons true to a run.
 *
 * @param offered the actions this place offers
 * @param options `named`: the run's name is part of each label; `changed(run)`: after an action;
 *   `deleted()`; `failed(message)`
 */
export function showActions(node, run, offered, options) {
  const wanted = run.actions.filter((action) => offered.includes(action));
  const key = `${run.id} ${wanted.join(" ")}`;
  if (node.dataset.actions === key) return;
  const focused = node.contains(document.activeElement);
  node.dataset.actions = key;
  node.replaceChildren(...wanted.map((action) => actionButton(action, run, options)));
  if (focused) (node.querySelector("button, a") ?? document.querySelector("main")).focus();
}

function actionButton(action, run, options) {
  const label = options.named ? `${WORDS[action].replace("…", "")} ${run.name}` : null;
  if (action === "fork") {
    return el("a", { class: "button small", href: `/?fork=${run.id}`, "aria-label": label }, WORDS.fork);
  }
  const style = action === "delete" ? "small quiet danger" : "small";
  const button = el("button", { type: "button", class: style, "aria-label": label }, WORDS[action]);
  button.addEventListener("click", () => perform(action, run, button, options));
  return button;
}

async function perform(action, run, button, { changed, deleted, failed }) {
  if (button.ariaDisabled === "true") return;
  if (action === "delete" && !(await confirmDelete(run))) return;
  // A disabled button would lose the focus.
  button.ariaDisabled = "true";
  try {
    if (action === "delete") {
      await api.deleteRun(run.id);
      deleted?.();
    } else {
      changed?.(await api.act(run.id, action));
    }
    failed?.("");
  } catch (problem) {
    failed?.(problem.message);
  } finally {
    button.ariaDisabled = null;
  }
}

/** Ask before a run and all that it stored are gone. */
function confirmDelete(run) {
  const keep = el("button", { value: "keep", autofocus: true }, "Keep it");
  const remove = el("button", { value: "delete", class: "danger" }, "Delete the run");
  const dialog = el(
    "dialog",
    { "aria-labelledby": "delete-title" },
    el("form", { method: "dialog" },
      el("h2", { id: "delete-title" }, "Delete this run?"),
      el("p", {}, `“${run.name}” goes with its losses, its weights and its list of mistakes. This can't be undone.`),
      el("div", { class: "dialog-buttons" }, keep, remove)),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "delete");
    });
  });
}
