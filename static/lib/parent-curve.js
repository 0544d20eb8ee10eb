// The run that a fork goes on from: its name and its curve up to there.

import * as api from "./api.js";
import { colourOf } from "./run-colours.js";
import { LossSeries } from "./loss-series.js";

const POINTS = 4000;

/** `{id, name, colour, series}` of a fork's parent `{run, epoch}`, or null where it is gone. */
export async function loadParent({ run: id, epoch }) {
  const run = await api.getRun(id).catch((problem) => {
    if (problem.status === 404) return null;
    throw problem;
  });
  if (!run) return null;
  const [points, epochs] = await Promise.all([api.losses(id, { max_points: POINTS, means: 1 }), api.epochs(id)]);
  const series = new LossSeries(Math.max(10, run.steps_total / 150));
  series.appendThinned(points, epochs.find((row) => row.epoch === epoch)?.step ?? run.step);
  return { id, name: run.name, colour: colourOf(id), series };
}
