// The test picture that the address of this page names, as the failures page links to it.

import * as api from "../lib/api.js";
import { withArticle } from "../lib/format.js";
import { classNames, pictureNoun } from "../lib/page-data.js";
import { urlValue } from "../lib/url-state.js";

/** Load the picture as a network predicts it; null where the address names none. */
export async function loadTestPicture(run, epoch) {
  const index = urlValue("index");
  if (index === null) return null;
  const { true: label, predicted, image } = await api.testPicture(run.id, index, epoch);
  const classes = classNames(run.config.dataset);
  const origin = `Test ${pictureNoun(classes)} ${index}, ${withArticle(classes[label])} that was read as ${classes[predicted]}. Change it until the prediction flips.`;
  return { key: `${run.config.dataset} ${index}`, image, origin };
}
