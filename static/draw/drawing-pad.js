// The pad with its tools, and the picture that may lie over it.

import { Pad, PAD_SIZE } from "../components/drawing/pad.js";
import { keepDrawing, keepPicture, recallDrawing, recallPicture } from "../components/drawing/saved-drawing.js";
import { LightElement } from "../lib/element.js";
import { pictureNoun } from "../lib/page-data.js";
import { isReturn } from "../lib/session-state.js";
import { urlValue } from "../lib/url-state.js";
import { html, nothing, styleMap } from "../vendor/lit-all.min.js";
import { digitBoxes } from "./digit-boxes.js";
import { KeyboardPen } from "./keyboard-pen.js";
import { PictureInput } from "./picture-input.js";

/**
 * A pad to draw on, or a picture from outside. Both survive a reload.
 *
 * Properties: `prediction` with the digits to put boxes around, or null; `place` of the chosen one;
 * `classes`, their names; `preview`, an image for a picture that the browser can't show; `testPicture`
 * to lay on the pad, `{key, image, origin}`, unless it was laid before a reload.
 *
 * Events: `choose`, with a place as detail; `drawing` with `{complete, blank, framed, given, origin,
 * picture}` as detail: false while a stroke goes; whether nothing is there; whether it is framed as
 * the data sets' pictures are; whether it comes from outside; words about where it comes from; and a
 * function that returns a promise of the picture's Blob.
 */
class DrawingPad extends LightElement {
  static properties = {
    prediction: { attribute: false },
    place: { attribute: false },
    classes: { attribute: false },
    preview: { attribute: false },
    testPicture: { attribute: false },
    file: { state: true },
  };

  #pad = null;
  #pen = null;
  #input = new PictureInput(this, (file, count) => this.#takePicture(file, count));
  // Address of the picture from outside; whether the browser has loaded it, null before it tried.
  #address = null;
  #loaded = null;
  #fileOrigin = "";
  // Key of the test picture that the drawing began with.
  #key = null;
  #restored = null;

  constructor() {
    super();
    this.file = null;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    URL.revokeObjectURL(this.#address);
  }

  /** Take the picture from outside away. */
  dropPicture() {
    URL.revokeObjectURL(this.#address);
    this.file = null;
    keepPicture(null);
    this.#changed();
  }

  get #canvas() { return this.querySelector("canvas"); }

  get #isBlank() { return !this.file && (this.#pad?.isBlank ?? true); }

  firstUpdated() {
    this.#pad = new Pad(this.#canvas);
    this.#pen = new KeyboardPen(this.#pad);
    this.#pad.addEventListener("draw", () => this.#tell(false));
    this.#pad.addEventListener("change", () => {
      keepDrawing(this.#key, this.#pad.steps);
      this.#changed();
    });
    // A test picture takes the place of the drawing and of a picture from outside.
    const isKept = urlValue("index") === null || isReturn();
    const saved = isKept ? recallDrawing() : null;
    this.#key = saved?.key ?? null;
    this.#restored = this.#pad.restore(saved?.steps ?? []);
    const picture = isKept ? recallPicture() : null;
    if (picture) this.#show(picture.file, picture.origin);
    else keepPicture(null);
  }

  async updated(changes) {
    const { testPicture } = this;
    if (!changes.has("testPicture") || !testPicture || (testPicture.key === this.#key && isReturn())) return;
    this.#key = testPicture.key;
    await this.#restored;
    this.#pad.lay(testPicture.image, testPicture.origin);
  }

  #takePicture(file, count) {
    const origin = count > 1 ? `Only the first of ${count} pictures was taken.` : "";
    this.#pad.clear();
    this.#show(file, origin);
    keepPicture(file, origin);
  }

  #show(file, origin) {
    URL.revokeObjectURL(this.#address);
    this.file = file;
    this.#fileOrigin = origin;
    this.#address = URL.createObjectURL(file);
    this.#loaded = null;
    this.#changed();
  }

  #changed() {
    this.requestUpdate();
    this.#tell(true);
  }

  #tell(complete) {
    const pad = this.#pad;
    const { file } = this;
    const detail = {
      complete,
      blank: complete && this.#isBlank,
      framed: !file && pad.isFramed,
      given: Boolean(file),
      origin: file ? this.#fileOrigin : pad.origin,
      picture: async () => file ?? pad.picture(),
    };
    if (!complete) this.requestUpdate();
    this.dispatchEvent(new CustomEvent("drawing", { detail }));
  }

  render() {
    const blank = this.#isBlank && !this.#pad?.isDrawing;
    return html`
      <div class="pad" data-drop=${this.#input.dragging}>
        <canvas id="canvas" width=${PAD_SIZE} height=${PAD_SIZE} tabindex="0" role="img" aria-label="Drawing pad" aria-describedby="pad-help"
          @keydown=${this.#keyDown} @pointerdown=${this.#leavePen} @blur=${this.#leavePen}></canvas>
        ${this.file ? this.#picture() : nothing}
        ${digitBoxes(this.prediction, this.place, this.classes, Boolean(this.file), (place) => this.#choose(place))}
        ${penMark(this.#pen?.mark)}
        <p class="pad-hint" ?hidden=${!blank}>Draw a ${pictureNoun(this.classes)} here</p>
      </div>
      ${this.#tools()}
      <p class="about" id="pad-help">Mouse, pen or finger; or drop or paste a picture, also of several digits. With the keyboard: arrow keys move the pen, Space sets it down and lifts it.</p>`;
  }

  #picture() {
    const preview = this.#loaded === false ? this.preview : null;
    const seen = (loaded) => () => {
      this.#loaded ??= loaded;
      this.requestUpdate();
    };
    return html`<img class="picture" alt="The picture you gave" src=${preview ?? this.#address} ?hidden=${!this.#loaded && !preview}
      @load=${seen(true)} @error=${seen(false)}>`;
  }

  #tools() {
    const pad = this.#pad;
    const given = Boolean(this.file);
    const tool = (name, label, keys, disabled, pressed = nothing) => html`
      <button type="button" id=${name} title=${keys} ?disabled=${disabled} aria-pressed=${pressed} @click=${() => this.#perform(name)}>${label}</button>`;
    return html`
      <div class="tools" role="group" aria-label="Pad tools">
        ${tool("undo", "Undo", "Ctrl+Z", given || !pad?.canUndo)}
        ${tool("redo", "Redo", "Ctrl+Shift+Z", given || !pad?.canRedo)}
        ${tool("erase", "Eraser", "E", given, String(pad?.erasing ?? false))}
        ${tool("clear", "Clear", "Delete", this.#isBlank)}
        <label class="button file">Open picture<input type="file" id="file" accept="image/*" @change=${this.#openFile}></label>
      </div>`;
  }

  #choose(place) {
    this.dispatchEvent(new CustomEvent("choose", { detail: place }));
  }

  #openFile({ target }) {
    this.#input.take(target.files);
    target.value = "";
  }

  #leavePen() {
    this.#pen.leave();
    this.requestUpdate();
  }

  #keyDown(event) {
    const tool = toolOf(event);
    if (tool && !this.querySelector(`#${tool}`).disabled) this.#perform(tool);
    else if (tool || this.file || !this.#pen.press(event.key)) return;
    event.preventDefault();
    this.requestUpdate();
  }

  async #perform(name) {
    const pad = this.#pad;
    if (name === "undo") pad.undo();
    else if (name === "redo") pad.redo();
    else if (name === "erase") pad.erasing = !pad.erasing;
    else if (this.file) this.dropPicture();
    else pad.clear();
    this.requestUpdate();
    const focused = document.activeElement;
    await this.updateComplete;
    // A button that has nothing left to do would lose the focus to nowhere.
    if (focused.disabled) this.#canvas.focus({ preventScroll: true });
  }
}

function penMark(mark) {
  if (!mark) return nothing;
  const place = { left: `${100 * mark.x}%`, top: `${100 * mark.y}%` };
  return html`<span class="pen-mark" data-down=${mark.down} style=${styleMap(place)}></span>`;
}

function toolOf({ key, ctrlKey, metaKey, shiftKey, altKey }) {
  if (altKey) return null;
  const letter = key.toLowerCase();
  if (ctrlKey || metaKey) {
    if (letter === "z") return shiftKey ? "redo" : "undo";
    return letter === "y" ? "redo" : null;
  }
  if (letter === "e") return "erase";
  return key === "Delete" ? "clear" : null;
}

customElements.define("drawing-pad", DrawingPad);
