// State of the cluster that the server trains on, requested while an element shows it.

import * as api from "./api.js";
import { plural } from "./format.js";
import { pageData } from "./page-data.js";
import { PollController } from "./poll.js";

/** Keeps the state of the cluster, `state`, and renders its element at each news. */
export class ClusterController extends PollController {
  constructor(host) {
    super(host, api.cluster);
  }
}

/** Sentence on a cluster's workers and threads. */
export function clusterWords({ connected, workers, threads }) {
  if (!connected) return "The cluster can't be reached";
  if (workers.length === 0) return "The cluster has no workers";
  return `${plural(workers.length, "worker")}, ${plural(threads, "run")} at once`;
}

/** Whether a run is at a cluster without a worker that trains it. */
export function waitsForWorker({ where, worker, active }) {
  return pageData.cluster && active && where !== "local" && !worker;
}

/** Words on the place that a run trains or has trained at; empty for the server's own machine. */
export function placeWords(run) {
  if (waitsForWorker(run)) return "Waiting for a worker of the cluster";
  if (run.where === "local" || !run.worker) return "";
  return `${run.status === "running" ? "Trains" : "Trained"} on worker ${run.worker} of the cluster`;
}
