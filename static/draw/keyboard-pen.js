// Drawing with the keyboard: arrow keys move a pen over the pad, Space sets it down and lifts it.

const STEP = 0.04;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Let the keys of a focused canvas draw on its pad; `mark` shows where the pen is. */
export function startKeyPen(canvas, pad, mark) {
  let place = [0.5, 0.3];
  let down = false;

  const show = () => {
    mark.hidden = false;
    mark.style.left = `${100 * place[0]}%`;
    mark.style.top = `${100 * place[1]}%`;
    mark.dataset.down = String(down);
  };
  const lift = () => {
    if (down) pad.end();
    down = false;
  };

  canvas.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    if (move) {
      place = place.map((part, axis) => Math.min(1, Math.max(0, part + STEP * move[axis])));
      if (down) pad.lead(...place);
    } else if (down) {
      lift();
    } else {
      down = true;
      pad.begin(...place);
    }
    show();
  });
  canvas.addEventListener("pointerdown", () => { lift(); mark.hidden = true; }, { capture: true });
  canvas.addEventListener("blur", () => { lift(); mark.hidden = true; });
}
