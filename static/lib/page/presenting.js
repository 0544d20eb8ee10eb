// The view for a projector: charts without the frame, in large type. Part of the page's address.

import { setUrlValues, urlValue } from "../url-state.js";

const VIEW = "present";

// A touch screen has no Escape.
let leave = null;

function show(isPresented) {
  if (isPresented === isPresenting()) return;
  if (isPresented) {
    document.body.dataset.view = VIEW;
    leave = Object.assign(document.createElement("button"), { type: "button", className: "small leave-presenting", textContent: "Leave" });
    leave.addEventListener("click", () => present(false));
    document.body.append(leave);
  } else {
    delete document.body.dataset.view;
    if (leave === document.activeElement) document.querySelector("main").focus({ preventScroll: true });
    leave.remove();
  }
}

/** Whether the page is shown for a projector. */
export function isPresenting() {
  return document.body.dataset.view === VIEW;
}

/** Show the page for a projector, or as usual again. */
export function present(isPresented) {
  setUrlValues({ view: isPresented ? VIEW : null });
  show(isPresented);
}

/** Obey the page's address, and Escape. */
export function startPresenting() {
  show(urlValue("view") === VIEW);
  addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented && isPresenting()) present(false);
  });
}
