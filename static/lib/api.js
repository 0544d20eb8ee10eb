// The server's HTTP interface: one place that fetches, one kind of error.

/** Error response of the server, or that it can't be reached (status 0). */
export class ApiError extends Error {
  constructor(status, type, message, fields = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.fields = fields;
  }

  /** Whether the same request may succeed later. */
  get isTemporary() {
    return this.status === 0 || this.status === 503;
  }
}

async function call(method, path, body, read = (response) => response.json().catch(() => ({}))) {
  const options = { method, headers: { Accept: "application/json" } };
  if (body instanceof FormData) {
    options.body = body;
  } else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, "unreachable", "The server can't be reached. Is it still running?");
  }
  if (response.status === 204) return null;
  if (response.ok) return read(response);
  const content = await response.json().catch(() => ({}));
  const { type = "unknown", message = `The server responded with ${response.status}.` } = content.error ?? {};
  throw new ApiError(response.status, type, message, content.fields ?? content.error?.fields);
}

/** An address with the parameters that have a value. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

const bytes = (path) => call("GET", path, undefined, (response) => response.arrayBuffer());
const testSet = (dataset) => `/api/datasets/${encodeURIComponent(dataset)}/test`;
const sweep = (id) => `/api/sweeps/${encodeURIComponent(id)}`;
const run = (id) => `/api/runs/${encodeURIComponent(id)}`;

export const datasets = () => call("GET", "/api/datasets").then((body) => body.datasets);
export const listRuns = (parameters) => call("GET", address("/api/runs", parameters));
export const getRun = (id) => call("GET", run(id));
export const createRun = (body) => call("POST", "/api/runs", body);
export const estimate = (body) => call("POST", "/api/estimate", body);
export const act = (id, action) => call("POST", `${run(id)}/${action}`);
export const forkRun = (id, body) => call("POST", `${run(id)}/fork`, body);
export const updateRun = (id, changes) => call("PATCH", run(id), changes);
export const deleteRun = (id) => call("DELETE", run(id));
export const losses = (id, parameters) => call("GET", address(`${run(id)}/loss`, parameters));
export const statistics = (id) => call("GET", `${run(id)}/statistics`);
export const epochs = (id) => call("GET", `${run(id)}/epochs`).then((body) => body.epochs);
export const predictions = (id, epoch) => bytes(address(`${run(id)}/predictions`, { epoch }));
export const learning = (id, epoch) => bytes(address(`${run(id)}/learning`, { epoch }));
export const learningEpochs = (id, epoch) => call("GET", address(`${run(id)}/learning/epochs`, { epoch })).then((body) => body.epochs);
export const testPicture = (id, index, epoch) => call("GET", address(`${run(id)}/test/${index}`, { epoch }));
export const testPictureHistory = (id, index, epoch) => call("GET", address(`${run(id)}/test/${index}/history`, { epoch }));
export const excitedUnits = (id, index, epoch) => call("GET", address(`${run(id)}/test/${index}/units`, { epoch })).then((body) => body.units);
export const embedding = (id, epoch) => bytes(address(`${run(id)}/embedding`, { epoch }));
export const neighbours = (id, index) => call("GET", `${run(id)}/test/${index}/neighbours`).then((body) => body.neighbours);
export const failures = (id, parameters) => call("GET", address(`${run(id)}/failures`, parameters));
export const units = (id, epoch) => call("GET", address(`${run(id)}/units`, { epoch }));
export const unitWeights = (id, epoch) => bytes(address(`${run(id)}/units/weights`, { epoch }));
export const unitDetails = (id, unit, epoch) => call("GET", address(`${run(id)}/units/${unit}`, { epoch }));
export const histograms = (id, epoch) => call("GET", address(`${run(id)}/histograms`, { epoch }));
export const diagnosis = (id) => call("GET", `${run(id)}/diagnosis`).then((body) => body.findings);
export const sweeps = () => call("GET", "/api/sweeps").then((body) => body.sweeps);
export const getSweep = (id) => call("GET", sweep(id));
export const createSweep = (body) => call("POST", "/api/sweeps", body);
export const estimateSweep = (body) => call("POST", "/api/sweeps/estimate", body);
export const actOnSweep = (id, action) => call("POST", `${sweep(id)}/${action}`);
export const deleteSweep = (id, withRuns) => call("DELETE", address(sweep(id), { runs: withRuns ? 1 : null }));
export const cluster = () => call("GET", "/api/cluster");
export const checkpointAddress = (id, epoch) => address(`${run(id)}/checkpoint`, { epoch });

/** The labels of a test set, a byte each; `sha256` is the data set's. */
export const testLabels = (dataset, sha256) => bytes(address(`${testSet(dataset)}/labels`, { sha256 }));

export const marks = (dataset, sha256) => call("GET", address(`${testSet(dataset)}/marks`, { sha256 })).then((body) => body.marks);
export const marksFileAddress = (dataset, sha256) => address(`${testSet(dataset)}/marks.csv`, { sha256 });

/** Mark a test picture; null takes its mark away. */
export function setMark(dataset, sha256, index, mark) {
  const path = address(`${testSet(dataset)}/${index}/mark`, { sha256 });
  return mark === null ? call("DELETE", path) : call("PUT", path, { mark });
}

/** The test pictures on whose labels all these runs confidently disagree, at most 1,000. */
export const labelIssues = (runs) =>
  call("GET", `/api/label-issues?${new URLSearchParams([...runs.map((id) => ["run", id]), ["limit", 1000]])}`).then((body) => body.items);

/** A part of a test set's pictures, as a Blob. */
export const testSheet = (dataset, sha256, number) =>
  call("GET", address(`${testSet(dataset)}/sheets/${number}.png`, { sha256 }), undefined, (response) => response.blob());

/** Formulas and source lines of each kind of layer. */
export const layerKinds = () => call("GET", "/api/layers").then((body) => body.layers);

/** Every array of the passes of a picture; `body` has run, epoch and the picture. */
export const inspect = (body) => call("POST", "/api/inspect", body);
export const inspectUnit = (body) => call("POST", "/api/inspect/unit", body);
export const checkGradients = (body) => call("POST", "/api/inspect/gradient-check", body);
export const attribute = (body) => call("POST", "/api/inspect/attribution", body);
export const changePicture = (body) => call("POST", "/api/inspect/change", body);
export const takeSteps = (body) => call("POST", "/api/inspect/step", body);

/** Ask what is drawn in a picture (a Blob); `options` are run, epoch, framed, stages and history. */
export function predict(picture, options) {
  const body = new FormData();
  body.append("image", picture, "picture");
  return call("POST", address("/api/predict", options), body);
}

/** A digit as 784 bytes, for the tour. */
export const learnDigit = () => call("GET", "/api/learn/digit");
/** Every number of the tour's small network; `change` is parameter, index and value. */
export const learnNetwork = (change) => call("GET", address("/api/learn/network", change));
