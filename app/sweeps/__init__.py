"""Sweeps: searches for the settings with which a network learns best; each trial is a run."""
