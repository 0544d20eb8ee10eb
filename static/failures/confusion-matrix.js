// The confusion matrix: which digit is taken for which, as a table whose numbers can be pressed.

import { el } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";

const DIGITS = [...Array(10).keys()];

/**
 * Show a 10×10 matrix of counts, rows true, columns predicted.
 *
 * @param chosen `{true, predicted}` as strings, "" for any
 * @param choose called with such a pair when a number is pressed
 */
export function showConfusion(table, matrix, chosen, choose) {
  const worst = Math.max(1, ...DIGITS.flatMap((row) => DIGITS.map((column) => (row === column ? 0 : matrix[row][column]))));
  const focused = table.contains(document.activeElement) ? document.activeElement.dataset.cell : null;
  table.replaceChildren(
    el("thead", {}, el("tr", {}, el("td", {}), ...DIGITS.map((digit) => el("th", { scope: "col" }, String(digit))))),
    el("tbody", {}, ...DIGITS.map((row) => el("tr", {},
      el("th", { scope: "row" }, String(row)),
      ...DIGITS.map((column) => cell(row, column, matrix[row][column], worst, chosen, choose))))),
  );
  table.querySelector(`[data-cell="${focused}"]`)?.focus();
}

function cell(row, column, number, worst, chosen, choose) {
  if (row === column) return el("td", { class: "right", title: `${count(number)} read right` }, count(number));
  if (number === 0) return el("td", {}, el("span", { class: "none" }, "·"));
  const pair = { true: String(row), predicted: String(column) };
  const isChosen = chosen.true === pair.true && chosen.predicted === pair.predicted;
  const button = el("button", {
    type: "button", "data-cell": `${row}${column}`, "aria-pressed": String(isChosen),
    "aria-label": `${plural(number, "time")} ${row} read as ${column}`,
    onclick: () => choose(isChosen ? { true: "", predicted: "" } : pair),
  }, String(number));
  button.style.setProperty("--share", String(Math.sqrt(number / worst)));
  return el("td", {}, button);
}
