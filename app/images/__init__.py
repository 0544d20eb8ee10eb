"""Preparation of pictures of handwriting for a network that was trained on MNIST."""

from app.images.errors import (
    PictureBlank,
    PictureCrowded,
    PictureError,
    PictureMisframed,
    PictureTooCostly,
    PictureTooLarge,
    PictureUnreadable,
)
from app.images.png import to_png_url
from app.images.prepared import Digit, Prepared, Stage, as_input

__all__ = [
    "Digit",
    "PictureBlank",
    "PictureCrowded",
    "PictureError",
    "PictureMisframed",
    "PictureTooCostly",
    "PictureTooLarge",
    "PictureUnreadable",
    "Prepared",
    "Stage",
    "as_input",
    "to_png_url",
]
