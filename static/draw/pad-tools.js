// The pad's tools and their keys.

import { byId } from "../lib/dom.js";

/**
 * Wire undo, redo, eraser and clear.
 *
 * @param outside `hasPicture()` and `dropPicture()`: a picture from outside lies over the pad
 */
export function startTools(pad, outside) {
  const undo = byId("undo");
  const redo = byId("redo");
  const erase = byId("erase");
  const clear = byId("clear");

  const show = () => {
    undo.disabled = outside.hasPicture() || !pad.canUndo;
    redo.disabled = outside.hasPicture() || !pad.canRedo;
    erase.disabled = outside.hasPicture();
    clear.disabled = !outside.hasPicture() && pad.isBlank;
    erase.setAttribute("aria-pressed", String(pad.erasing));
  };
  const act = {
    undo: () => pad.undo(),
    redo: () => pad.redo(),
    erase: () => { pad.erasing = !pad.erasing; },
    clear: () => (outside.hasPicture() ? outside.dropPicture() : pad.clear()),
  };
  const perform = (name) => {
    const focused = document.activeElement;
    act[name]();
    show();
    // A button that has nothing left to do would lose the focus to nowhere.
    if (focused.disabled) byId("canvas").focus({ preventScroll: true });
  };
  for (const button of [undo, redo, erase, clear]) button.addEventListener("click", () => perform(button.id));
  addEventListener("keydown", (event) => {
    const name = toolOf(event);
    if (!name || byId(name).disabled || event.target.closest("select, input")) return;
    event.preventDefault();
    perform(name);
  });
  pad.addEventListener("change", show);
  new MutationObserver(show).observe(byId("picture"), { attributes: true, attributeFilter: ["hidden"] });
  show();
}

function toolOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (altKey) return null;
  const letter = key.toLowerCase();
  if (ctrlKey || metaKey) {
    if (letter === "z") return shiftKey ? "redo" : "undo";
    return letter === "y" ? "redo" : null;
  }
  if (letter === "e") return "erase";
  return key === "Delete" ? "clear" : null;
}
