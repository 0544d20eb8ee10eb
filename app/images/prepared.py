"""Prepared pictures: digits framed as the input of a network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Pixels a side of the input of a network.
SIDE = 28
# Most pixels a side of the picture of a stage.
STAGE_SIDE = 400


@dataclass(frozen=True)
class Stage:
    """Stage of the preparation.

    Attributes:
        name: Name of the stage.
        image: (H, W) grey, at most ``STAGE_SIDE`` pixels a side; white ink on black after the
            first stage.
    """

    name: str
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Digit:
    """Digit of a picture.

    Attributes:
        box: Left, top, width and height in pixels of the upright picture.
        pixels: (28, 28) from 0 to 1, white on black: the input of the network.
        stages: Stages from the picture to ``pixels``; empty if not requested.
    """

    box: tuple[int, int, int, int]
    pixels: NDArray[np.float32]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Prepared picture.

    Attributes:
        inverted: True if the ink was darker than the paper.
        size: Width and height of the upright picture in pixels.
        digits: In reading order, at least one.
    """

    inverted: bool
    size: tuple[int, int]
    digits: tuple[Digit, ...]


def as_input(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale a picture to the input of a network: (28, 28) from 0 to 1."""
    scaled = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.float32) / np.float32(255)
