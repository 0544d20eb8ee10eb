"""Pictures of handwriting made into what a network that was trained on MNIST can read."""

from app.images.errors import (
    PictureBlank,
    PictureMisframed,
    PictureTooLarge,
    PictureUnreadable,
)
from app.images.png import to_png_url
from app.images.prepare import Digit, Prepared, Stage, as_input, prepare, take_framed

__all__ = [
    "Digit",
    "PictureBlank",
    "PictureMisframed",
    "PictureTooLarge",
    "PictureUnreadable",
    "Prepared",
    "Stage",
    "as_input",
    "prepare",
    "take_framed",
    "to_png_url",
]
