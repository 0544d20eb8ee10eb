// Selections and orders of the test pictures. A new one is one more entry here.

// Below this confidence a right prediction is unsure.
const SURE = 0.8;

const isRight = ({ labels }, { predicted }, i) => predicted[i] === labels[i];
const wasRight = (frame, i) => frame.before !== null && isRight(frame, frame.before, i);

/**
 * Each view has `name`, `label`, `phrase`, which follows "12 of 10,000 digits", and `has(frame, i)`,
 * true for the pictures in it; `needs`, the name of a part that the frame must have.
 */
export const VIEWS = [
  { name: "wrong", label: "read wrong", phrase: "read wrong", has: (frame, i) => !isRight(frame, frame.now, i) },
  {
    name: "unsure",
    label: "right but unsure",
    phrase: `read right, but less than ${100 * SURE} % sure`,
    has: (frame, i) => isRight(frame, frame.now, i) && frame.now.confidence[i] < SURE,
  },
  { name: "all", label: "all", phrase: "", has: () => true },
  {
    name: "learned",
    label: "just learned",
    phrase: "right, and wrong an epoch before",
    has: (frame, i) => isRight(frame, frame.now, i) && !wasRight(frame, i),
  },
  {
    name: "forgotten",
    label: "just forgotten",
    phrase: "wrong, and right an epoch before",
    has: (frame, i) => !isRight(frame, frame.now, i) && wasRight(frame, i),
  },
  { name: "never", label: "never learned", phrase: "never right so far", needs: "learning", has: ({ learning }, i) => learning.firstRight[i] === 0 },
  { name: "flickering", label: "flickering", phrase: "forgotten twice or more", needs: "learning", has: ({ learning }, i) => learning.forgotten[i] > 1 },
  {
    name: "steady",
    label: "never forgotten",
    phrase: "learned and never forgotten",
    needs: "learning",
    has: ({ learning }, i) => learning.firstRight[i] > 0 && learning.forgotten[i] === 0,
  },
  {
    name: "all-wrong",
    label: "wrong in all runs",
    phrase: "read wrong by all these runs",
    needs: "others",
    has: (frame, i) => !isRight(frame, frame.now, i) && frame.others.every((other) => !isRight(frame, other, i)),
  },
  {
    name: "right-wrong",
    label: "right here, wrong in the others",
    phrase: "right in this run, wrong in the others",
    needs: "others",
    has: (frame, i) => isRight(frame, frame.now, i) && frame.others.every((other) => !isRight(frame, other, i)),
  },
  {
    name: "issues",
    label: "maybe the label is wrong",
    phrase: "whose label may be wrong: all these runs are sure of another class",
    needs: "issues",
    has: ({ issues }, i) => issues.has(i),
  },
  { name: "marked", label: "marked by a person", phrase: "marked", has: ({ marks }, i) => marks.has(i) },
];

/**
 * Each order has `name`, `label` and `key(frame, i)`: the picture with the lowest one comes first,
 * equal ones in the order of the test set; `needs` as for a view. The loss is the cross entropy,
 * whatever the run's own loss: the lower the probability of the label, the higher.
 */
export const ORDERS = [
  { name: "index", label: "as in the test set", key: () => 0 },
  { name: "confidence", label: "surest first", key: ({ now }, i) => -now.confidence[i] },
  { name: "doubt", label: "least sure first", key: ({ now }, i) => now.confidence[i] },
  { name: "loss", label: "highest loss first", key: ({ now }, i) => now.labelProbability[i] },
  { name: "learned", label: "learned last first", needs: "learning", key: ({ learning }, i) => -(learning.firstRight[i] || Infinity) },
  { name: "doubtful", label: "most doubtful label first", needs: "issues", key: ({ issues }, i) => issues.get(i) ?? Infinity },
];

const named = (entries, name) => entries.find((entry) => entry.name === name) ?? entries[0];
/** The view of a name; the first one for a name that there is not. */
export const viewOf = (name) => named(VIEWS, name);
/** The order of a name, in the same way. */
export const orderOf = (name) => named(ORDERS, name);

/** Whether a frame has what a view or an order needs. */
export function hasNeeds(frame, { needs }) {
  return !needs || Boolean(Array.isArray(frame[needs]) ? frame[needs].length : frame[needs]);
}

/**
 * Select pictures of a frame, and sort them.
 *
 * `label` and `predicted` are classes, null for any, `inside` is a set of pictures, null for all.
 * Returns `{pictures, total}`: indices in order, and the number of pictures in the view alone.
 */
export function selectPictures(frame, { view, order, label = null, predicted = null, inside = null }) {
  const { has } = viewOf(view);
  const pictures = [];
  let total = 0;
  for (let i = 0; i < frame.labels.length; i++) {
    if (!has(frame, i)) continue;
    total++;
    const isOfClass = (label === null || frame.labels[i] === label) && (predicted === null || frame.now.predicted[i] === predicted);
    if (isOfClass && (inside?.has(i) ?? true)) pictures.push(i);
  }
  const { name, key } = orderOf(order);
  if (name !== "index") {
    const keys = Float64Array.from(frame.labels, (_, i) => key(frame, i));
    pictures.sort((a, b) => keys[a] - keys[b] || a - b);
  }
  return { pictures, total };
}

/**
 * The pictures `after`, each that was there `before` at its place of then, as far as there are as many.
 * The others fill the places that became free.
 */
export function inPlace(before, after) {
  const left = new Set(after);
  const places = before.slice(0, after.length).map((picture) => (left.delete(picture) ? picture : undefined));
  const others = left.values();
  return Array.from(after, (_, place) => places[place] ?? others.next().value);
}
