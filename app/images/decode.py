"""Decoding of picture files into upright, opaque pixels."""

import math
import warnings
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from app.images.errors import PictureTooLarge, PictureUnreadable
from app.images.upload_limits import MAX_BYTES, MAX_PIXELS

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

# Longer side of the pixels that all further steps work on: enough for a sheet of digits.
WORKING_SIDE = 800
# With a smaller share of visible pixels, a transparent picture is ink without its paper.
PAPER_SHARE = 0.75
# Limit of floats that are taken as brightness.
FLOAT_LIMIT = 1e9

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """Decoded picture, reduced to at most ``WORKING_SIDE`` pixels a side.

    Attributes:
        pixels: (H, W) grey or (H, W, 3) red, green and blue, 0 to 255.
        size: Width and height of the upright picture before it was reduced.
    """

    pixels: NDArray[np.uint8]
    size: tuple[int, int]


def decode(data: bytes) -> Picture:
    """Decode a PNG, JPEG, WebP, GIF, BMP or TIFF file; of several frames, the first.

    Raises:
        PictureTooLarge: If it has more than ``MAX_BYTES``, or its header more than ``MAX_PIXELS``.
        PictureUnreadable: If it is a file of another kind, or damaged.
    """
    if len(data) > MAX_BYTES:
        raise PictureTooLarge(f"expected at most {MAX_BYTES:,} bytes; got more")
    expected = f"expected a picture as {', '.join(FORMATS)}"
    try:
        with warnings.catch_warnings():
            # Pillow warns of invalid metadata, and of large pictures, which have a limit here.
            warnings.filterwarnings("ignore", module=r"PIL\.")
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                return _load(image)
    except (PictureTooLarge, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise PictureTooLarge(f"expected at most {MAX_PIXELS:,} pixels; {error}") from error
    except UnidentifiedImageError as error:
        raise PictureUnreadable(f"{expected}; got something else") from error
    except Exception as error:  # decoders raise many types of errors for damaged files
        raise PictureUnreadable(f"{expected}; got one that is damaged: {error}") from error


def _load(image: Image.Image) -> Picture:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(f"expected at most {MAX_PIXELS:,} pixels; got {width:,} × {height:,}")
    factor = math.ceil(max(width, height) / WORKING_SIDE)
    image.draft(image.mode, (width // factor, height // factor))
    image.load()
    turn = TURNS.get(_orientation(image))
    image = _eight_bits(image)
    factor = math.ceil(max(image.size) / WORKING_SIDE)
    if factor > 1:
        image = image.reduce(factor)
    if turn is not None:
        image = image.transpose(turn)
        if turn >= Image.Transpose.ROTATE_90 and turn != Image.Transpose.ROTATE_180:
            width, height = height, width
    if image.mode == "RGBA":
        image = _on_paper(image)
    pixels = np.asarray(image)
    return Picture(pixels if image.mode == "L" else _grey_if_equal(pixels), (width, height))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # pixels can be read although the metadata is damaged
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """Convert a picture to L, RGB or RGBA, each channel 0 to 255."""
    if image.mode.startswith(("I", "F")):
        values = np.array(image, np.float32)
        np.nan_to_num(values, copy=False)
        np.clip(values, -FLOAT_LIMIT, FLOAT_LIMIT, out=values)
        values -= min(values.min(), 0)
        peak = values.max()
        # Floats from 0 to 1, or more than 8 bits, of which a camera may use only 10 or 12.
        if peak <= 1 or peak > 255:
            values *= 255 / max(peak, 1)
        return Image.fromarray(values.astype(np.uint8))
    if image.mode == "LAB":
        return image.getchannel("L")
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    if image.mode in ("L", "RGB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_paper(image: Image.Image) -> Image.Image:
    """Make an RGBA picture opaque, on paper of a colour that shows its ink."""
    alpha = image.getchannel("A")
    colours = image.convert("RGB")
    if alpha.getextrema() == (255, 255):
        return colours
    visible = np.asarray(alpha) > 127
    share = visible.mean()
    if share == 0:
        return Image.new("RGB", image.size, "white")
    if share > PAPER_SHARE:  # a page with transparent holes: fill them
        paper = tuple(int(level) for level in np.median(np.asarray(colours)[visible], axis=0))
    else:  # ink without paper
        brightness = np.asarray(colours.convert("L"))[visible].mean()
        paper = (255, 255, 255) if brightness < 160 else (0, 0, 0)
    page = Image.new("RGB", image.size, paper)
    page.paste(colours, mask=alpha)
    return page


def _grey_if_equal(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Reduce (H, W, 3) pixels to (H, W) if red, green and blue are equal everywhere."""
    red, green, blue = (pixels[..., c] for c in range(3))
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return green.copy()
    return pixels
