"""Preparation of a picture file as the input of a network, with its stages if requested."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.images.boxes import Box
from app.images.decode import Picture, decode
from app.images.digits import Cut, cut
from app.images.errors import PictureBlank, PictureMisframed
from app.images.frame import SIDE, centre, fit
from app.images.ink import find_ink
from app.images.png import grey

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


def prepare(data: bytes, *, stages: bool = False) -> Prepared:
    """Find the digits in a picture file and frame them as in MNIST.

    Args:
        data: Content of a PNG, JPEG, WebP, GIF, BMP or TIFF file.
        stages: True to keep the stages: original, ink, cropped, 20×20, centred.

    Raises:
        PictureTooLarge: If it has too many bytes or pixels.
        PictureUnreadable: If it cannot be decoded.
        PictureBlank: If nothing is drawn on it.
        PictureCrowded: If it has too many digits.
    """
    picture = decode(data)
    ink = find_ink(picture.pixels)
    before: tuple[Stage, ...] = ()
    if stages:
        before = (
            _stage("original", _luminance(picture.pixels)),
            _stage("ink", ink.strength),
        )
    digits = tuple(_digit(piece, picture, before) for piece in cut(ink.strength))
    return Prepared(ink.inverted, picture.size, digits)


def take_framed(data: bytes, *, stages: bool = False) -> Prepared:
    """Take a picture file as it is: 28 × 28, light ink on black, as in the data sets.

    Args:
        data: Content of a picture file, as in ``prepare``.
        stages: True to keep the only stage: original.

    Raises:
        PictureTooLarge, PictureUnreadable, PictureBlank: As in ``prepare``.
        PictureMisframed: If it has another size.
    """
    picture = decode(data)
    if picture.size != (SIDE, SIDE):
        width, height = picture.size
        raise PictureMisframed(
            f"expected a framed picture of {SIDE} × {SIDE} pixels; got {width:,} × {height:,}"
        )
    pixels = _luminance(picture.pixels)
    if not pixels.any():
        raise PictureBlank("expected something drawn; got nothing but black")
    kept = (_stage("original", pixels),) if stages else ()
    return Prepared(False, picture.size, (Digit((0, 0, SIDE, SIDE), as_input(pixels), kept),))


def as_input(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Scale a picture to the input of a network: (28, 28) from 0 to 1."""
    scaled = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(scaled, np.float32) / np.float32(255)


def _digit(piece: Cut, picture: Picture, before: tuple[Stage, ...]) -> Digit:
    fitted = fit(piece.ink)
    pixels = centre(fitted)
    stages = before and (
        *before,
        _stage("cropped", grey(piece.ink)),
        _stage("20×20", grey(fitted)),
        _stage("centred", grey(pixels)),
    )
    return Digit(_in_picture(piece.box, picture), pixels, stages)


def _stage(name: str, image: NDArray[np.uint8]) -> Stage:
    """Reduce the picture of a stage, so that several fit into a response."""
    factor = math.ceil(max(image.shape) / STAGE_SIDE)
    return Stage(name, np.asarray(Image.fromarray(image).reduce(factor)) if factor > 1 else image)


def _in_picture(box: Box, picture: Picture) -> tuple[int, int, int, int]:
    """Convert a box of the reduced picture to left, top, width and height in the whole picture."""
    rows, columns = picture.pixels.shape[:2]
    width, height = picture.size
    left, right = (round(x * width / columns) for x in (box.left, box.right))
    top, bottom = (round(y * height / rows) for y in (box.top, box.bottom))
    return left, top, right - left, bottom - top


def _luminance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).convert("L"))
