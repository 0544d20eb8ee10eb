// Facts that the server defines: config fields, presets, upload limits and data sets. app/api/page_data.py
// writes them into each page; an error page has none.

const NONE = { fields: [], presets: [], upload: {}, datasets: [] };
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

export const pageData = JSON.parse(document.getElementById("page-data")?.textContent ?? "null") ?? NONE;

/** The label of a choice of a config field, such as "ReLU" for ("activation", "relu"). */
export function choiceLabel(field, value) {
  const choices = pageData.fields.find(({ name }) => name === field)?.choices ?? [];
  return choices.find((choice) => choice.value === value)?.label ?? value;
}

/** The names of a data set's classes; digits for one that the page does not know. */
export function classNames(dataset) {
  return pageData.datasets?.find(({ name }) => name === dataset)?.classes ?? DIGITS;
}

/** A picture of these classes as a noun: "digit" or "picture". */
export function pictureNoun(classes) {
  return classes.every((name) => DIGITS.includes(name)) ? "digit" : "picture";
}
