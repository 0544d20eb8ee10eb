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
# Drawn paper has one level in at least this share of the picture; photographed paper has many.
FLAT_SHARE = 0.25
# Photographed paper is looked at this coarsely, through a window that is wider than any stroke.
COARSE_SIDE = 32
COARSE_WINDOW = 15
SLOPE_ROUNDS = 5
# A photograph's noise is smoothed by this many pixels.
SMOOTHING = 1 / 300


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
    plainest = _plainest(colours)
    level = _flat_level(plainest)
    noise = 0.0
    if level is not None:
        paper = np.median(colours[plainest == level], axis=0).astype(np.float32)
        difference = colours - paper
        inverted = _darker(difference)
        strength = (-difference if inverted else difference).max(axis=2)
    else:
        paper, inverted = _lit_paper(colours, plainest)
        difference = colours - paper
        if inverted:
            difference *= paper.mean() / np.maximum(paper, 1)
        strength = (-difference if inverted else difference).max(axis=2)
        strength = ndimage.gaussian_filter(strength, SMOOTHING * max(strength.shape))
        # Of normal noise, these quantiles lie 1.28 and 0.25 deviations below its middle; above it
        # there may be ink.
        low, high = np.percentile(strength[::2, ::2], (10, 40))
        noise = float(high - low) / 1.03
        strength -= high + 0.25 * noise
    strongest = float(strength.max())
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    if strongest < least:
        raise PictureBlank(
            f"expected something drawn; got nothing that stands out from the paper by more than "
            f"{strongest:.0f} of 255, where it takes {least:.0f}"
        )
    strength[strength < max(least, WEAK_INK * strongest)] = 0
    return Ink(strength, inverted)


def _plainest(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) the channel that shows the ink best."""
    channel = 0 if colours.shape[2] == 1 else int(colours[::4, ::4].std(axis=(0, 1)).argmax())
    return colours[..., channel]


def _darker(difference: Floats) -> bool:
    """Whether ink is darker than its paper.

    Ink is rare and stands out; noise and light vary to both sides: the skew tells the side.
    """
    flat = difference.ravel()
    return bool(np.dot(flat * flat, flat) < 0)


def _flat_level(grey: NDArray[np.uint8]) -> int | None:
    """The one level of drawn paper, or None if the paper has many."""
    margin = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # The margin is paper even where bold ink covers most of the picture.
    shares = (
        np.bincount(grey.ravel(), minlength=256) / grey.size
        + np.bincount(margin, minlength=256) / margin.size
    ) / 2
    level = int(shares.argmax())
    return level if shares[max(level - 1, 0) : level + 2].sum() >= FLAT_SHARE else None


def _lit_paper(colours: NDArray[np.uint8], grey: NDArray[np.uint8]) -> tuple[Floats, bool]:
    """The paper of a photograph: its light and shadows without what is written on it.

    Returns:
        (H, W, C) the paper, and whether the ink is darker.
    """
    height, width, channels = colours.shape
    step = -(-max(height, width) // COARSE_SIDE)
    coarse = _coarse(grey, step)
    darker = _darker(coarse - _slope(coarse))
    fill = ndimage.grey_closing if darker else ndimage.grey_opening
    paper = np.empty(colours.shape, np.float32)
    box = (0, 0, width / step, height / step)
    for c in range(channels):
        coarse = _coarse(colours[..., c], step)
        slope = _slope(coarse)
        light = slope + fill(coarse - slope, size=COARSE_WINDOW, mode="nearest")
        spread = Image.fromarray(light).resize((width, height), Image.Resampling.BICUBIC, box)
        paper[..., c] = np.asarray(spread)
    return paper, darker


def _coarse(grey: NDArray[np.uint8], step: int) -> Floats:
    return np.asarray(Image.fromarray(np.ascontiguousarray(grey)).reduce(step), np.float32)


def _slope(grey: Floats) -> Floats:
    """The quadratic surface nearest to most of a picture, (H, W) as the picture."""
    y, x = (np.linspace(-1, 1, n) for n in grey.shape)
    one = np.ones(grey.shape)
    y, x = y[:, None] * one, x * one
    terms = np.stack([one, x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = grey.ravel()
    weights = np.ones(len(values))
    for _ in range(SLOPE_ROUNDS):
        root = np.sqrt(weights)
        factors = np.linalg.lstsq(terms * root[:, None], values * root)[0]
        residual = values - terms @ factors
        spread = max(float(np.median(np.abs(residual))), 1.0)
        weights = 1 / (1 + (residual / (2 * spread)) ** 2)
    surface: Floats = (terms @ factors).reshape(grey.shape).astype(np.float32)
    return surface
