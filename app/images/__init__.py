"""Pictures of handwriting made into what a network that was trained on MNIST can read."""

from app.images.errors import PictureBlank, PictureTooLarge, PictureUnreadable
from app.images.png import to_png_url
from app.images.prepare import Digit, Prepared, Stage, as_input, prepare

__all__ = [
    "Digit",
    "PictureBlank",
    "PictureTooLarge",
    "PictureUnreadable",
    "Prepared",
    "Stage",
    "as_input",
    "prepare",
    "to_png_url",
]
