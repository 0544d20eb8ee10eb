// Runs that pass the filters, in the order of a column.

import { sortable } from "./columns.js";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/**
 * The runs with a text in name, notes or tags, and of a status and a tag; empty ones don't filter. The
 * trials of sweeps are folded away, unless they are those of the sweep with a given id.
 */
export function matching(runs, { q, status, tag, sweep = "" }) {
  const text = q.trim().toLowerCase();
  return runs.filter((run) =>
    (run.sweep?.id ?? "") === sweep &&
    (!status || run.status === status) &&
    (!tag || run.tags.includes(tag)) &&
    (!text || [run.name, run.notes, ...run.tags].some((words) => words.toLowerCase().includes(text))));
}

/**
 * The runs in the order of a column, pinned ones first, those without a value last.
 *
 * @param sort name of a column, with "-" before it for descending; any other text keeps their order
 */
export function sorted(runs, sort) {
  const column = sortable(sort.replace(/^-/, ""));
  const sign = sort.startsWith("-") ? -1 : 1;
  const values = column && new Map(runs.map((run) => [run, column.value(run)]));
  return [...runs].sort((a, b) =>
    b.pinned - a.pinned || (column ? compared(values.get(a), values.get(b), sign) : 0));
}

function compared(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  return sign * (typeof a === "number" ? a - b : collator.compare(a, b));
}
