// Facts that the server defines: config fields, presets and upload limits. app/api/page_data.py
// writes them into each page; an error page has none.

const NONE = { fields: [], presets: [], upload: {} };

export const pageData = JSON.parse(document.getElementById("page-data")?.textContent ?? "null") ?? NONE;

/** The label of a choice of a config field, such as "ReLU" for ("activation", "relu"). */
export function choiceLabel(field, value) {
  const choices = pageData.fields.find(({ name }) => name === field)?.choices ?? [];
  return choices.find((choice) => choice.value === value)?.label ?? value;
}
