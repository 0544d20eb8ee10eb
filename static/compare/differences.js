// Differences between runs: their settings that differ, and groups that differ in the seed alone.

import { valueAt } from "../lib/charts/interpolate.js";
import { pageData } from "../lib/page-data.js";

/** The config fields, as in the page's data, whose values are not the same in all runs. */
export function differingFields(runs) {
  return pageData.fields.filter(({ name }) => new Set(runs.map(({ config }) => JSON.stringify(config[name]))).size > 1);
}

/** Lists of the runs whose configs are the same but for the seed, each in the order given. */
export function seedGroups(runs) {
  const groups = new Map();
  for (const run of runs) {
    const key = JSON.stringify({ ...run.config, seed: null });
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(run);
  }
  return [...groups.values()];
}

/**
 * The mean of several curves and their spread, at the places that all of them have.
 *
 * @param curves lists `{steps, values}`, of which `values` may hold NaN
 * @returns `{steps, values, low, high}`: means, minima and maxima
 */
export function meanCurve(curves) {
  const end = Math.min(...curves.map(({ steps }) => steps.at(-1) ?? 0));
  const [first] = curves;
  const steps = [...first.steps].filter((step) => step <= end);
  const columns = curves.map((curve) => steps.map((step) => valueAt(curve.steps, curve.values, step)));
  const across = (pick) => steps.map((_, i) => pick(columns.map((column) => column[i])));
  return {
    steps,
    values: across((numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length),
    low: across((numbers) => Math.min(...numbers)),
    high: across((numbers) => Math.max(...numbers)),
  };
}
