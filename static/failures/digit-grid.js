// The sheet of test digits that a network reads wrong.

import { address } from "../lib/api.js";
import { el } from "../lib/dom.js";
import { percent } from "../lib/format.js";

/** Where the Draw page opens this digit, to be changed until the answer flips. */
function padAddress(run, epoch, item) {
  return address("/draw", { run, epoch, true: item.true, predicted: item.predicted, index: item.index });
}

/** Append items of the failures to a list. */
export function appendFailures(list, run, epoch, items) {
  list.append(...items.map((item) => tile(run, epoch, item)));
}

/** Show these items, and nothing else; the focus stays with its digit, else at its place. */
export function showFailures(list, run, epoch, items) {
  const place = [...list.children].findIndex((child) => child.contains(document.activeElement));
  const focused = list.children[place]?.dataset.index;
  list.replaceChildren(...items.map((item) => tile(run, epoch, item)));
  if (place < 0) return;
  const next = list.querySelector(`[data-index="${focused}"]`) ?? list.children[place] ?? list.lastElementChild;
  next?.querySelector("a").focus({ preventScroll: true });
}

function tile(run, epoch, item) {
  const sure = percent(item.confidence, 0);
  const words = `${item.true}, read as ${item.predicted}, ${sure} sure`;
  return el("li", { "data-index": item.index },
    el("a", { href: padAddress(run, epoch, item), "aria-label": `${words}. Open in the pad`, title: `Test digit ${item.index}` },
      el("img", { src: item.image, alt: "", width: 84, height: 84 }),
      el("span", { class: "pair" }, String(item.true), el("span", { class: "arrow" }, " → "), el("strong", {}, String(item.predicted))),
      el("span", { class: "about" }, sure)));
}
