// The fields of the form: the text that each shows, and the value that the text stands for.

import { pageData } from "../page-data.js";

/** The fields in order: those of the config, and the run's name. */
export const FIELDS = [
  ...pageData.fields.map((field) => (field.name === "dataset" ? withAutomatic(field) : field)),
  {
    name: "name",
    label: "Name",
    help: "What to call this run in the list",
    group: "more",
    type: "text",
    default: "",
    longest: pageData.longest_name,
  },
];

// If no data set is named, the server chooses one.
function withAutomatic(field) {
  return { ...field, default: null, choices: [{ value: "", label: "Automatic" }, ...field.choices] };
}

/** The text for a value; a boolean for a field that is one. */
export function textOf({ type }, value) {
  if (type === "boolean") return value;
  if (value === null) return "";
  return type === "layers" ? value.join(", ") : String(value);
}

/** The value for a text: null for an empty one. What is no number stays text. */
export function valueOf({ type }, text) {
  if (type === "boolean") return text;
  const trimmed = text.trim();
  if (type === "layers") return /^(none)?$/i.test(trimmed) ? [] : trimmed.split(/[\s,]+/).filter(Boolean).map(numberOrText);
  if (trimmed === "") return null;
  return type === "integer" || type === "number" ? numberOrText(trimmed) : trimmed;
}

function numberOrText(text) {
  const plain = text.replace(/(?<=\d)[ ,_](?=\d{3}\b)/g, "");
  return Number.isFinite(Number(plain)) ? Number(plain) : text;
}

/** The texts for a config, by name; the default's where the config lacks a field. */
export function textsOf(config) {
  return Object.fromEntries(FIELDS.map((field) => {
    const { name, default: standard } = field;
    return [name, textOf(field, config[name] === undefined ? standard : config[name])];
  }));
}

/** The values of texts, by name. */
export function valuesOf(texts) {
  return Object.fromEntries(FIELDS.map((field) => [field.name, valueOf(field, texts[field.name])]));
}

/** Whether a value is within the limits that the page knows of its field. */
export function isValid(field, value) {
  const isWithin = (number) => typeof number === "number" && number <= (field.maximum ?? Infinity)
    && (field.exclusive_minimum ? number > field.minimum : number >= field.minimum);
  switch (field.type) {
    case "integer":
      return value === null ? Boolean(field.optional) : Number.isInteger(value) && isWithin(value);
    case "number":
      return isWithin(value);
    case "layers":
      return value.length <= field.longest && value.every((units) => Number.isInteger(units) && isWithin(units));
    default:
      return true;
  }
}

/** The values that differ from a config's, or from the defaults where it lacks a field. */
export function changesFrom(config, values) {
  const standard = valuesOf(textsOf(config));
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !isSame(value, standard[name])));
}

function isSame(value, other) {
  return JSON.stringify(value) === JSON.stringify(other);
}
