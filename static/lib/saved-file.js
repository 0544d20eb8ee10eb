// Files that the user saves: tables as CSV, pictures.

/** The text of a CSV file (RFC 4180) of rows of values. */
export function csvText(rows) {
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** A file name of what a table or picture shows, such as "confusion-default-epoch-20.csv". */
export function fileName(kind, subject, ending) {
  return `${`${kind} ${subject}`.replaceAll(/[^\p{L}\p{N}]+/gu, "-")}.${ending}`;
}

/** Save a text under a file name. */
export function saveText(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  saveAddress(url, name);
  URL.revokeObjectURL(url);
}

/** Save what is at an address under a file name. */
export function saveAddress(address, name) {
  Object.assign(document.createElement("a"), { href: address, download: name }).click();
}

// A spreadsheet takes a text that begins with one of these for a formula.
function field(value) {
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
