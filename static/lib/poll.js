// A value of the server, requested again and again while an element shows it.

const PAUSE_MS = 2000;

/** Keeps the latest response, and renders its element at each. A page that is shown again asks at once. */
export class PollController {
  #host;
  #request;
  #isOver;
  #timer = 0;
  #isConnected = false;
  #turn = 0;
  /** The response, null while there is none. */
  state = null;
  /** Error of the last request, null if it succeeded. */
  error = null;

  /**
   * @param request the call
   * @param isOver whether nothing changes any more after a response
   */
  constructor(host, request, isOver = () => false) {
    this.#host = host;
    this.#request = request;
    this.#isOver = isOver;
    host.addController(this);
  }

  #onShow = () => {
    if (!document.hidden) this.refresh();
  };

  hostConnected() {
    this.#isConnected = true;
    document.addEventListener("visibilitychange", this.#onShow);
    this.refresh();
  }

  hostDisconnected() {
    this.#isConnected = false;
    document.removeEventListener("visibilitychange", this.#onShow);
    clearTimeout(this.#timer);
  }

  /** Ask now. */
  async refresh() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    if (!document.hidden || !this.state) await this.#ask(turn);
    if (!this.#isConnected || turn !== this.#turn) return;
    if (!this.state || !this.#isOver(this.state)) this.#timer = setTimeout(() => this.refresh(), PAUSE_MS);
  }

  async #ask(turn) {
    try {
      const state = await this.#request();
      if (turn === this.#turn) [this.state, this.error] = [state, null];
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    }
    if (this.#isConnected) this.#host.requestUpdate();
  }
}
