// The run that a fork goes on from: its name, its losses up to there and its results there.

import * as api from "../api.js";
import { LossSeries } from "./loss-series.js";
import { colourOf } from "./run-colours.js";

const POINTS = 4000;

/**
 * `{id, name, colour, series, start, earlier}` of a fork's parent `{run, epoch}`, or null where it
 * is gone; `earlier` are its epochs up to the start.
 */
export async function loadParent({ run: id, epoch }) {
  const run = await api.getRun(id).catch((problem) => {
    if (problem.status === 404) return null;
    throw problem;
  });
  if (!run) return null;
  const [points, epochs] = await Promise.all([api.losses(id, { max_points: POINTS, means: 1 }), api.epochs(id)]);
  const start = epochs.find((row) => row.epoch === epoch);
  const series = LossSeries.of(run);
  series.appendThinned(points, start?.step ?? run.step);
  return { id, name: run.name, colour: colourOf(run), series, start, earlier: epochs.filter((row) => row.epoch <= epoch) };
}
