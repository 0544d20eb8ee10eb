"""Data sets: finding, downloading, drawing, checking and loading them."""

from trainer.datasets.files import DatasetError
from trainer.datasets.library import Library
from trainer.datasets.source import Contents, Dataset, Source, Status

__all__ = ["Contents", "Dataset", "DatasetError", "Library", "Source", "Status"]
