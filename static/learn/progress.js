// The chapters whose task is done, kept in the browser.

import { preference, setPreference } from "../lib/preferences.js";

const NAME = "learned";

/** Whether the task of a chapter is done. */
export function isLearned(chapter) {
  return preference(NAME, []).includes(chapter);
}

/** Keep that the task of a chapter is done, and show it. */
export function setLearned(chapter) {
  if (!isLearned(chapter)) setPreference(NAME, [...preference(NAME, []), chapter]);
  showProgress();
}

/** Mark the done chapters in the list of chapters. */
export function showProgress() {
  for (const item of document.querySelectorAll(".chapters [data-chapter]")) {
    const isDone = isLearned(item.dataset.chapter);
    if (isDone === (item.dataset.done === "true")) continue;
    item.dataset.done = isDone;
    item.querySelector("a").append(Object.assign(document.createElement("span"), { className: "chapter-done", textContent: "✓ done" }));
  }
}
