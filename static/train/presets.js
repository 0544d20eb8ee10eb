// Presets of the form.

import { pageData } from "../lib/page-data.js";
import { changesFrom, valuesOf, textsOf } from "../lib/runs/form-values.js";

/** The name of the preset that has these values, data set and name aside; undefined for none. */
export function presetOf(values) {
  const { dataset, name } = values;
  const matches = (preset) => {
    const wanted = { ...valuesOf(textsOf(preset.values)), dataset, name };
    return Object.keys(changesFrom(wanted, values)).length === 0;
  };
  return pageData.presets.find(matches)?.name;
}
