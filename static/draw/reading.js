// A prediction in words.

import { percent } from "../lib/format.js";
import { pictureNoun } from "../lib/page-data.js";

/** One digit in words: "4, 98 % sure". */
export function sureWords({ digit, confidence }, classes) {
  return `${classes[digit]}, ${percent(confidence, 0)} sure`;
}

/** One of several digits in words: "digit 3 of 7: 4, 98 % sure". */
export function placeWords({ digits }, place, classes) {
  return `${pictureNoun(classes)} ${place + 1} of ${digits.length}: ${sureWords(digits[place], classes)}`;
}

/**
 * The names of all digits, an item for each line of the picture. The digits come in reading order,
 * so a line ends where the next digit lies further left, or lower than the whole digit before it.
 */
export function linesOf({ digits }, classes) {
  const lines = [];
  digits.forEach(({ box: [left, top], digit }, index) => {
    const [lastLeft, lastTop, , lastHeight] = digits[index - 1]?.box ?? [];
    if (index === 0 || left <= lastLeft || top >= lastTop + lastHeight) lines.push([]);
    lines.at(-1).push(classes[digit]);
  });
  const space = classes.every((name) => name.length === 1) ? "" : " ";
  return lines.map((names) => names.join(space));
}

/** The same drawing after a further epoch, in words: "epoch 3: 8 → 3, 91 % sure". */
export function changeWords(before, after, classes) {
  const [old, now] = [before, after].map((prediction) => linesOf(prediction, classes).join(" "));
  const sure = after.digits.length > 1 ? "" : `, ${percent(after.confidence, 0)} sure`;
  return `epoch ${after.epoch}: ${old === now ? "still" : `${old} →`} ${now}${sure}`;
}
