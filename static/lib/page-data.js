// Facts that the server defines: config fields, data sets, presets, limits, glossary, marks of a
// test picture, the grid of sheets, what sweeps offer, and whether it trains on a cluster.
// app/api/page_data.py writes them into each page; an error page has none.

const NONE = { fields: [], datasets: [], presets: [], glossary: [], marks: [], sheets: {}, upload: {}, cluster: false, sweeps: {} };
// Significant digits of a number of a config in a line about a run.
const SHOWN_DIGITS = 4;
const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

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

/** The names of a data set's classes; digits for one that the page does not know. */
export function classNames(dataset) {
  const { classes = [] } = pageData.datasets.find(({ name }) => name === dataset) ?? {};
  return classes.length ? classes : DIGITS;
}

/** A picture of these classes as a noun: "digit" or "picture". */
export function pictureNoun(classes) {
  return classes.every((name) => DIGITS.includes(name)) ? "digit" : "picture";
}

/** The learning rate and the settings that differ from the defaults: "learning rate 0.001, Adam". */
export function differences(config) {
  return pageData.fields
    .filter(({ name, default: usual }) => isRate(name) || JSON.stringify(config[name]) !== JSON.stringify(usual))
    .sort((a, b) => isRate(b.name) - isRate(a.name))
    .map((field) => settingWords(field, config[field.name]))
    .join(", ");
}

const isRate = (name) => name === "learning_rate";

function settingWords({ label, type, choices }, value) {
  const name = label.toLowerCase();
  if (type === "boolean") return value ? name : `no ${name}`;
  if (type === "choice") return choices.find((choice) => choice.value === value)?.label ?? value;
  if (type === "number") return `${name} ${Number(value.toPrecision(SHOWN_DIGITS))}`;
  return `${name} ${Array.isArray(value) ? value.join(", ") || "none" : value}`;
}
