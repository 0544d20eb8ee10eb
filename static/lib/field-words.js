// Values of config fields in words.

import { count } from "./format.js";
import { choiceLabel } from "./page-data.js";

const WORDS = {
  choice: (value, { name }) => choiceLabel(name, value),
  boolean: (value) => (value ? "yes" : "no"),
  integer: (value, { name }) => (value === null ? "all" : name === "seed" ? String(value) : count(value)),
  number: String,
  layers: (value) => value.join(", ") || "none",
};

/** The value of a config field, described as in the page's data, in words. */
export function fieldWords(field, value) {
  return WORDS[field.type](value, field);
}
