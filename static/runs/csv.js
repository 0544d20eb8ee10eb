// The table of runs as a file.

import { csvText } from "../lib/saved-file.js";
import { NAME } from "./columns.js";

/** The text of a CSV file: names of the columns, then a line for each run. */
export function csvOf(runs, columns) {
  const kept = [{ name: "id", value: (run) => run.id }, NAME, ...columns.filter(({ value }) => value)];
  return csvText([kept.map(({ name }) => name), ...runs.map((run) => kept.map(({ value }) => value(run)))]);
}
