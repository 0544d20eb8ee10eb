// Values of config fields in words.

import { count, shape } from "../format.js";
import { choiceLabel, classNames } from "../page-data.js";

const DIGITS = 6;

const WORDS = {
  choice: (value, { name }) => choiceLabel(name, value),
  boolean: (value) => (value ? "yes" : "no"),
  integer: (value, { name }) => (value === null ? "all" : name === "seed" ? String(value) : count(value)),
  number: (value) => String(Number(value.toPrecision(DIGITS))),
  layers: (value, field, { dataset }) => shape(value, classNames(dataset).length),
};

/** The value of a field, described as in the page's data, of a config, in words. */
export function fieldWords(field, config) {
  return WORDS[field.type](config[field.name], field, config);
}
