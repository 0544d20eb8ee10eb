"""Ink told apart from paper, whichever is darker, under even or uneven light."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.images.errors import PictureBlank

Floats = NDArray[np.float32]

# Ink differs from its paper by at least this much, of 255.
LEAST_CONTRAST = 12
# Noise reaches this many standard deviations only in single pixels, which are too small for ink.
NOISE_DEVIATIONS = 4
# Weaker than this share of the strongest ink: the halo of a JPEG, a shadow, what an eraser left.
WEAK_INK = 0.15
# Drawn paper has one colour in at least this share of its pixels; photographed paper has many.
FLAT_SHARE = 0.3
# Photographed paper is looked at this coarsely, through a window that is wider than any stroke.
COARSE_SIDE = 32
COARSE_WINDOW = 15
# A photograph's noise is smoothed by this many pixels.
SMOOTHING = 1.0


@dataclass(frozen=True)
class Ink:
    """How much each pixel differs from the paper beneath it.

    Attributes:
        strength: (H, W), in 0..255; 0 where there is paper.
        inverted: Whether the ink is darker than the paper.
    """

    strength: Floats
    inverted: bool


def find_ink(pixels: NDArray[np.uint8]) -> Ink:
    """Take the paper away from a picture.

    Args:
        pixels: (H, W) grey or (H, W, 3) colours.

    Raises:
        PictureBlank: If nothing stands out from the paper.
    """
    colours = pixels[..., None] if pixels.ndim == 2 else pixels
    flat = _flat_paper(colours)
    paper = _lit_paper(colours) if flat is None else flat
    difference = colours.astype(np.float32) - paper
    # Ink is rare and stands out, noise and light vary to both sides: the skew tells the side.
    inverted = bool(np.einsum("ijc,ijc,ijc->", difference, difference, difference) < 0)
    strength = (-difference if inverted else difference).max(axis=2)
    noise = 0.0
    if flat is None:
        strength = ndimage.gaussian_filter(strength, SMOOTHING)
        noise = 1.4826 * float(np.median(np.abs(strength - np.median(strength))))
    strongest = float(strength.max())
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    if strongest < least:
        raise PictureBlank(
            f"expected something drawn; got nothing that stands out from the paper by more than "
            f"{strongest:.0f} of 255, where it takes {least:.0f}"
        )
    strength[strength < max(least, WEAK_INK * strongest)] = 0
    return Ink(strength, inverted)


def _flat_paper(colours: NDArray[np.uint8]) -> Floats | None:
    """(C,) the one colour of drawn paper, or None if the paper has many."""
    if colours.shape[2] == 1:
        grey = colours[..., 0]
    else:
        grey = colours[..., int(np.argmax(colours[::4, ::4].std(axis=(0, 1))))]
    everywhere = np.bincount(grey.ravel(), minlength=256) / grey.size
    margin = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # The margin is paper even where bold ink covers most of the picture.
    level = int(np.argmax(everywhere + np.bincount(margin, minlength=256) / margin.size))
    if everywhere[max(level - 1, 0) : level + 2].sum() < FLAT_SHARE:
        return None
    paper: Floats = np.median(colours[grey == level], axis=0).astype(np.float32)
    return paper


def _lit_paper(colours: NDArray[np.uint8]) -> Floats:
    """(H, W, C) the paper of a photograph: its light and shadows without what is written on it."""
    height, width, channels = colours.shape
    step = -(-max(height, width) // COARSE_SIDE)
    paper = np.empty(colours.shape, np.float32)
    for c in range(channels):
        coarse = np.asarray(Image.fromarray(np.ascontiguousarray(colours[..., c])).reduce(step))
        light = ndimage.median_filter(coarse.astype(np.float32), COARSE_WINDOW, mode="nearest")
        box = (0, 0, width / step, height / step)
        spread = Image.fromarray(light).resize((width, height), Image.Resampling.BICUBIC, box)
        paper[..., c] = np.asarray(spread)
    return paper
