"""Registry of the built-in data sets."""

from trainer.datasets.mnist import Mnist
from trainer.datasets.source import Source
from trainer.datasets.strokes import Strokes

DATASETS: dict[str, type[Source]] = {"mnist": Mnist, "strokes": Strokes}
"""Data sets by their names in a config, the preferred one first."""
