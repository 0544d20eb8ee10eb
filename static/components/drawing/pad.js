// The drawing pad: strokes kept as points, so that they can be undone and drawn again at any size.

// MNIST's strokes are about 2.5 of the 20 pixels that a digit fills; a digit drawn here fills about
// two thirds of the pad.
const PEN = 0.075;
/** Pixels a side of the pad's canvas. */
export const PAD_SIZE = 960;
const ERASER = 0.11;
const PAPER = "#ffffff";
const INK = "#000000";
const SENT_SIZE = 280;
const FRAMED_SIZE = 28;
const PLACES = 1e4;

/**
 * A canvas to draw on with mouse, pen, one finger, or `KeyboardPen`. Two fingers scroll the page.
 *
 * Events: `draw` while a stroke goes, and `change` after it or any other change of the drawing.
 */
export class Pad extends EventTarget {
  #canvas;
  #context;
  #done = [];
  #undone = [];
  #stroke = null;
  #pointer = null;
  erasing = false;

  constructor(canvas) {
    super();
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#redraw();
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#cancel(event));
  }

  /** Whether a stroke is being drawn. */
  get isDrawing() { return Boolean(this.#stroke); }

  /** Whether nothing stands on the paper. */
  get isBlank() {
    const shown = this.#shown();
    return !shown.some((step) => step.image || (step.points && !step.erase));
  }

  /** Whether a picture of a data set lies under what is drawn. */
  get isFramed() { return Boolean(this.#base); }

  /** Words about the picture that lies under what is drawn; empty for none. */
  get origin() { return this.#shown()[0]?.origin ?? ""; }

  /** All that was done, as values for JSON. */
  get steps() {
    return this.#done.map(({ image, ...step }) => (image ? { ...step, image: image.src } : step));
  }

  /** Replace the drawing by one that `steps` gave. */
  async restore(steps) {
    this.#done = await Promise.all(
      steps.map(async (step) => (step.image ? { ...step, image: await decoded(step.image) } : step)),
    );
    this.#undone = [];
    this.#changed();
  }

  get canUndo() { return this.#done.length > 0; }

  get canRedo() { return this.#undone.length > 0; }

  undo() {
    if (!this.canUndo) return;
    this.#undone.push(this.#done.pop());
    this.#changed();
  }

  redo() {
    if (!this.canRedo) return;
    this.#done.push(this.#undone.pop());
    this.#changed();
  }

  /** Wipe the paper; can be undone. */
  clear() {
    if (!this.isBlank) this.#do({ clear: true });
  }

  /** Lay a 28×28 picture, white on black, under what is drawn from now on. */
  async lay(address, origin) {
    this.#do({ clear: true, image: await decoded(address), origin });
  }

  /** Begin a stroke at a point; 0..1 in both directions, from the top left. */
  begin(x, y) {
    this.#stroke = { points: [[x, y]], erase: this.erasing };
    paint(this.#context, this.#stroke, 0);
    this.dispatchEvent(new Event("draw"));
  }

  /** Lead the stroke on. */
  lead(x, y) {
    const { points } = this.#stroke;
    points.push([x, y]);
    paint(this.#context, this.#stroke, points.length - 1);
    this.dispatchEvent(new Event("draw"));
  }

  /** Lift the pen: the stroke is part of the drawing now. */
  end() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (stroke) this.#do(stroke);
  }

  /** The drawing as a PNG: black on white, or framed as the data sets have it. */
  picture() {
    const context = this.isFramed ? this.#framed() : this.#plain();
    return new Promise((resolve) => context.canvas.toBlob(resolve, "image/png"));
  }

  #plain() {
    const context = square(SENT_SIZE);
    context.drawImage(this.#canvas, 0, 0, SENT_SIZE, SENT_SIZE);
    return context;
  }

  // 28×28, white on black; where nothing was drawn over the picture it is the same to the bit.
  #framed() {
    const strokes = square(this.#canvas.width);
    for (const step of [...this.#shown(), this.#stroke]) paintStroke(strokes, step);
    const context = square(FRAMED_SIZE);
    context.drawImage(this.#base, 0, 0);
    invert(context);
    context.drawImage(strokes.canvas, 0, 0, FRAMED_SIZE, FRAMED_SIZE);
    invert(context);
    return context;
  }

  #down(event) {
    if (!event.isPrimary || event.button !== 0 || this.#pointer !== null) return;
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.begin(...this.#place(event));
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.lead(...this.#place(each));
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.end();
  }

  // The browser took the fingers for scrolling: what they began was no stroke.
  #cancel(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#stroke = null;
    this.#redraw();
    this.dispatchEvent(new Event("change"));
  }

  #place(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const inPad = [(event.clientX - left) / width, (event.clientY - top) / height];
    // Kept short, because all points go into the session's storage.
    return inPad.map((part) => Math.round(part * PLACES) / PLACES);
  }

  #do(step) {
    this.#done.push(step);
    this.#undone = [];
    this.#changed();
  }

  #changed() {
    this.#redraw();
    this.dispatchEvent(new Event("change"));
  }

  // Actions since the last clearing, it included.
  #shown() {
    return this.#done.slice(Math.max(0, this.#done.findLastIndex((step) => step.clear)));
  }

  get #base() { return this.#shown()[0]?.image; }

  #redraw() {
    const { width, height } = this.#canvas;
    this.#context.fillStyle = PAPER;
    this.#context.fillRect(0, 0, width, height);
    for (const step of this.#shown()) {
      if (step.image) {
        this.#context.drawImage(step.image, 0, 0, width, height);
        invert(this.#context);
      }
      paintStroke(this.#context, step);
    }
  }
}

async function decoded(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

function square(size) {
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  return context;
}

function invert(context) {
  const { width, height } = context.canvas;
  context.globalCompositeOperation = "difference";
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "source-over";
}

function paintStroke(context, step) {
  step?.points?.forEach((_, index) => paint(context, step, index));
}

// One point's part of a stroke: a curve from the middle before it to the middle after.
function paint(context, { points, erase }, index) {
  const size = context.canvas.width;
  const at = (i) => points[i].map((part) => part * size);
  const middle = (i) => at(i).map((part, axis) => (part + at(i - 1)[axis]) / 2);
  context.strokeStyle = erase ? PAPER : INK;
  context.lineWidth = size * (erase ? ERASER : PEN);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  if (index < 2) {
    context.moveTo(...at(0));
    // A canvas draws nothing for a line that ends where it begins, and a press is a dot.
    context.lineTo(at(index)[0] + 0.01, at(index)[1]);
  } else {
    context.moveTo(...middle(index - 1));
    context.quadraticCurveTo(...at(index - 1), ...middle(index));
  }
  if (index === points.length - 1) context.lineTo(...at(index));
  context.stroke();
}
