// Settings worth starting from.

/** Each preset's settings that differ from the defaults. */
export const PRESETS = {
  simple: {},
  robust: {
    hidden: [512, 256],
    initializer: "he",
    optimizer: "adam",
    learning_rate: 0.001,
    schedule: "cosine",
    augment: true,
    sampling: "shuffle",
    epochs: 20,
  },
};

/** The preset that equals these settings, data set and name aside, or undefined. */
export function presetOf(changed) {
  const { dataset, name, ...settings } = changed;
  const plain = (config) => JSON.stringify(Object.entries(config).sort());
  // 20 epochs are the default too, so the form does not count them as a change.
  const { epochs, ...robust } = PRESETS.robust;
  if (plain(settings) === plain({})) return "simple";
  return plain(settings) === plain(robust) ? "robust" : undefined;
}
