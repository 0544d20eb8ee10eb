// Facts that the server defines: config fields, presets, limits and glossary. app/api/page_data.py
// writes them into each page; an error page has none.

const NONE = { fields: [], presets: [], glossary: [], upload: {} };

export const pageData = { ...NONE, ...JSON.parse(document.getElementById("page-data")?.textContent ?? "null") };

/** The label of a choice of a config field, such as "ReLU" for ("activation", "relu"). */
export function choiceLabel(field, value) {
  return choiceOf(field, value)?.label ?? value;
}

/** A choice of a config field, with its label, its help and what else the server says of it. */
export function choiceOf(field, value) {
  const choices = pageData.fields.find(({ name }) => name === field)?.choices ?? [];
  return choices.find((choice) => choice.value === value);
}
