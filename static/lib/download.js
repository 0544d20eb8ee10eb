// Files that the page makes.

/** Offer a file with text or a Blob as its content. */
export function download(name, content, type = "text/plain") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Rows of values as CSV (RFC 4180); numbers with full precision, null as an empty cell. */
export function csv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A name of a file, of letters, digits and hyphens. */
export function fileName(words, ending) {
  return `${words.replace(/[^\p{L}\p{N}.]+/gu, "-").replace(/^-+|-+$/g, "")}.${ending}`;
}
