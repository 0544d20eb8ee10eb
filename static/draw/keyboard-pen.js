// Drawing with the keyboard: arrow keys move a pen over the pad, Space sets it down and lifts it.

const DISTANCE = 0.04;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** A pen that the keys of a focused canvas move over its pad. */
export class KeyboardPen {
  #pad;
  #place = [0.5, 0.3];
  #down = false;
  #shown = false;

  constructor(pad) {
    this.#pad = pad;
  }

  /** Place and state of a visible pen: `{x, y, down}`, x and y in 0..1; else null. */
  get mark() {
    const [x, y] = this.#place;
    return this.#shown ? { x, y, down: this.#down } : null;
  }

  /** Act on a key; returns false for one that is not the pen's. */
  press(key) {
    const move = MOVES[key];
    if (!move && key !== " ") return false;
    this.#shown = true;
    if (move) {
      this.#place = this.#place.map((part, axis) => Math.min(1, Math.max(0, part + DISTANCE * move[axis])));
      if (this.#down) this.#pad.lead(...this.#place);
    } else if (this.#down) {
      this.#lift();
    } else {
      this.#down = true;
      this.#pad.begin(...this.#place);
    }
    return true;
  }

  /** Lift the pen and hide it. */
  leave() {
    this.#lift();
    this.#shown = false;
  }

  #lift() {
    if (this.#down) this.#pad.end();
    this.#down = false;
  }
}
