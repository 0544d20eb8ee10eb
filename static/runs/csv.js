// The table of runs as a file.

import { NAME } from "./columns.js";

/** The text of a CSV file (RFC 4180): names of the columns, then a line for each run. */
export function csvOf(runs, columns) {
  const kept = [{ name: "id", value: (run) => run.id }, NAME, ...columns.filter(({ value }) => value)];
  const lines = [kept.map(({ name }) => name), ...runs.map((run) => kept.map(({ value }) => value(run)))];
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

/** Save a text under a file name. */
export function download(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}

// A spreadsheet takes a text that begins with one of these for a formula.
function field(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
