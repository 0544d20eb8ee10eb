// Presets of the form.

import { pageData } from "../lib/page-data.js";

/** The config fields of the preset with this name. */
export function presetValues(name) {
  return pageData.presets.find((preset) => preset.name === name).values;
}

/** The name of the preset that equals these changed fields, data set and name aside, or undefined. */
export function presetOf({ dataset, name, ...changed }) {
  return pageData.presets.find(({ values }) => plain(changed) === plain(withoutDefaults(values)))?.name;
}

function withoutDefaults(values) {
  const standard = Object.fromEntries(pageData.fields.map((field) => [field.name, field.default]));
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== standard[name]));
}

function plain(values) {
  return JSON.stringify(Object.entries(values).sort());
}
