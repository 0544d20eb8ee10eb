// The test picture that the address of this page names, as the failures page links to it.

import * as api from "../lib/api.js";
import { classNames, pictureNoun } from "../lib/page-data.js";
import { urlValue } from "../lib/url-state.js";

const MOST_FAILURES = 1000;

/** Load the picture that a network misclassified; null where the address names none of those. */
export async function loadTestPicture(run, epoch) {
  const index = urlValue("index");
  if (index === null) return null;
  const filters = { epoch, true: urlValue("true"), predicted: urlValue("predicted"), limit: MOST_FAILURES };
  const { items } = await api.failures(run.id, filters);
  const item = items.find((candidate) => candidate.index === Number(index));
  if (!item) return null;
  const classes = classNames(run.config.dataset);
  const origin = `Test ${pictureNoun(classes)} ${index}, a ${classes[item.true]} that was read as ${classes[item.predicted]}. Change it until the prediction flips.`;
  return { key: `${run.config.dataset} ${index}`, image: item.image, origin };
}
