// A run's live stream: one WebSocket at a time, reconnected with the last step that it had.

import { reconnectWait, streamAddress } from "./reconnect.js";

const OVER = 1000;
const REJECTED = {
  1008: "The server didn't accept the place to continue from. Reload the page.",
  4404: "There is no such run any more.",
};

/**
 * Follow a run from the step after `afterStep`.
 *
 * `handlers` are called with what comes in: `run(run, epochs or undefined)`, `progress(message)`,
 * `losses(firstStep, values)`, each step once and in order, `epoch(row)`, and if there is one
 * `statistics(rows)`; and with what becomes of the connection: `state(name, detail)`, name being "open", "reconnecting", "caught-up" (detail:
 * iterations missed meanwhile), "over" or "rejected" (detail: why).
 */
export class RunStream {
  #id;
  #handlers;
  #lastStep;
  #socket = null;
  #timer = 0;
  #attempts = 0;
  #greeted = false;
  #lostAt = null;
  #catchUp = null;
  #closed = false;

  constructor(id, afterStep, handlers) {
    this.#id = id;
    this.#lastStep = afterStep;
    this.#handlers = handlers;
    this.#connect();
    addEventListener("online", this.#hurry);
  }

  /** Leave for good. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#hurry);
    this.#socket?.close();
  }

  #hurry = () => {
    if (this.#socket || this.#closed) return;
    clearTimeout(this.#timer);
    this.#connect();
  };

  #connect() {
    const path = `/api/runs/${encodeURIComponent(this.#id)}/stream?after_step=${this.#lastStep}`;
    const socket = new WebSocket(streamAddress(path));
    this.#socket = socket;
    this.#greeted = false;
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#receive(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) this.#lost(event.code);
    });
  }

  #receive(message) {
    switch (message.type) {
      case "run":
        this.#begun(message.run);
        this.#handlers.run(message.run, message.epochs);
        break;
      case "progress":
        this.#handlers.progress(message);
        break;
      case "loss":
        this.#losses(message.first_step, message.values);
        break;
      case "statistics":
        this.#handlers.statistics?.(message.rows);
        break;
      case "epoch": {
        const { type, ...row } = message;
        this.#handlers.epoch(row);
        break;
      }
      default:
        console.error(`a stream message of a type this page does not know: ${message.type}`);
    }
  }

  // The first frame of each connection says how far the run is.
  #begun(run) {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#attempts = 0;
    if (this.#lostAt === null) {
      this.#handlers.state("open");
      return;
    }
    this.#catchUp = { from: this.#lostAt, to: Math.max(run.step, this.#lostAt) };
    this.#lostAt = null;
    this.#reportCatchUp();
  }

  #losses(firstStep, values) {
    // A fork's series begins where its parent's ended, so a first frame may begin anywhere.
    if (this.#lastStep > 0 && firstStep !== this.#lastStep + 1) {
      console.error(`losses with a gap: expected step ${this.#lastStep + 1}; got ${firstStep}`);
      const gapped = this.#socket;
      this.#lost(1006);
      gapped.close();
      return;
    }
    this.#lastStep = firstStep + values.length - 1;
    this.#handlers.losses(firstStep, values);
    this.#reportCatchUp();
  }

  #reportCatchUp() {
    if (!this.#catchUp || this.#lastStep < this.#catchUp.to) return;
    this.#handlers.state("caught-up", this.#catchUp.to - this.#catchUp.from);
    this.#catchUp = null;
  }

  #lost(code) {
    this.#socket = null;
    if (this.#closed) return;
    if (code === OVER || code in REJECTED) {
      this.close();
      this.#handlers.state(code === OVER ? "over" : "rejected", REJECTED[code]);
      return;
    }
    this.#lostAt ??= this.#lastStep;
    this.#catchUp = null;
    this.#handlers.state("reconnecting");
    this.#timer = setTimeout(() => this.#connect(), reconnectWait(this.#attempts));
    this.#attempts += 1;
  }
}
