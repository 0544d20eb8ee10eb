"""The data sets: reading, finding, downloading and drawing them."""

from trainer.datasets.files import DatasetError
from trainer.datasets.library import Dataset, Library, Status

__all__ = ["Dataset", "DatasetError", "Library", "Status"]
