// The picture from outside, kept over a reload.

import { keep, recall } from "../lib/session-state.js";

const NAME = "picture";

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

function dataOf(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
