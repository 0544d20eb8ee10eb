"""The whole way from a picture file to what a network sees, each step kept if asked for."""

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
    """One step of the preparation.

    Attributes:
        name: What was done.
        image: (H, W) grey, at most ``STAGE_SIDE`` pixels a side; white ink on black once the ink
            is found.
    """

    name: str
    image: NDArray[np.uint8]


@dataclass(frozen=True)
class Digit:
    """One digit of a picture.

    Attributes:
        box: Left, top, width and height in pixels of the upright picture.
        pixels: (28, 28) in 0..1, white on black: what the network sees.
        stages: The steps from the picture to ``pixels``, if asked for.
    """

    box: tuple[int, int, int, int]
    pixels: NDArray[np.float32]
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """A picture taken apart.

    Attributes:
        inverted: Whether the ink was the darker part.
        size: Width and height of the upright picture in pixels.
        digits: In reading order, at least one.
    """

    inverted: bool
    size: tuple[int, int]
    digits: tuple[Digit, ...]


def prepare(data: bytes, *, stages: bool = False) -> Prepared:
    """Find the digits in a picture file and frame them the way MNIST's are.

    Args:
        data: A PNG, JPEG, WebP, GIF, BMP or TIFF file.
        stages: Whether to keep each step: original, ink, cropped, 20×20, centred.

    Raises:
        PictureTooLarge: If it has too many bytes or pixels.
        PictureUnreadable: If it can't be decoded.
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
    """Take a picture file as it is: 28 × 28, light ink on black, as the data sets have it.

    Args:
        data: A file as `prepare` takes them.
        stages: Whether to keep the only step there is: original.

    Raises:
        PictureTooLarge, PictureUnreadable, PictureBlank: As `prepare` does.
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
    """(28, 28) in 0..1: a picture scaled to what the network takes, and nothing else."""
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
    """A box of the working pixels as left, top, width and height in the whole picture."""
    rows, columns = picture.pixels.shape[:2]
    width, height = picture.size
    left, right = (round(x * width / columns) for x in (box.left, box.right))
    top, bottom = (round(y * height / rows) for y in (box.top, box.bottom))
    return left, top, right - left, bottom - top


def _luminance(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).convert("L"))
