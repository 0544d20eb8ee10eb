"""Teaching: presets, experiments, terms of the field, and the diagnosis of a run."""
