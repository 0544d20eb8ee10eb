// Content of the drawing pad, kept over a reload: a drawing, or a picture from outside.

import { keep, recall } from "../../lib/session-state.js";
import { Pad, PAD_SIZE } from "./pad.js";

const NAME = "picture";
const DRAWING = "drawing";

let latest = null;

/** Keep a picture and words about it; null forgets it. The browser has no room for very large ones. */
export async function keepPicture(file, origin = "") {
  latest = file;
  keep(NAME, null);
  if (!file) return;
  const data = await dataOf(file).catch(() => null);
  if (data && latest === file) keep(NAME, { data, origin });
}

/** The kept picture as `{file, origin}`; null for none. */
export function recallPicture() {
  const saved = recall(NAME);
  if (!saved) return null;
  const [head, text] = saved.data.split(",");
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return { file: new Blob([bytes], { type: /^data:([^;]*)/.exec(head)[1] }), origin: saved.origin };
}

/** Keep the steps of a drawing, and the key of the test picture that it began with, null for none. */
export function keepDrawing(key, steps) {
  keep(DRAWING, { key, steps });
}

/** The kept drawing as `{key, steps}`; null for none. */
export function recallDrawing() {
  return recall(DRAWING);
}

/** The picture on the pad as `{picture, framed}` for a prediction, `picture` as a Blob; null for none. */
export async function recallPad() {
  const given = recallPicture();
  if (given) return { picture: given.file, framed: false };
  const pad = new Pad(Object.assign(document.createElement("canvas"), { width: PAD_SIZE, height: PAD_SIZE }));
  await pad.restore(recallDrawing()?.steps ?? []);
  return pad.isBlank ? null : { picture: await pad.picture(), framed: pad.isFramed };
}

/** A picture as a data URL. */
export function dataOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
