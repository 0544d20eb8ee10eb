// The view for a projector: charts without the frame, in large type. Part of the page's address.

import { setUrlValues, urlValue } from "./url-state.js";

const VIEW = "present";

function show(isPresented) {
  if (isPresented) document.body.dataset.view = VIEW;
  else delete document.body.dataset.view;
  document.dispatchEvent(new CustomEvent("presentingchange"));
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
