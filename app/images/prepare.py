"""Preparation of a picture file as the input of a network, with its stages if requested."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.images.boxes import Box
from app.images.decode import Picture, decode
from app.images.digits import Cut, cut
from app.images.errors import PictureBlank, PictureMisframed
from app.images.frame import centre, fit
from app.images.ink import find_ink
from app.images.png import grey
from app.images.prepared import SIDE, STAGE_SIDE, Digit, Prepared, Stage, as_input


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
