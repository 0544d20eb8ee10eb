"""Ink told apart from paper, whichever is darker, under even or uneven light."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.images.errors import PictureBlank

Floats = NDArray[np.float32]
Colours = NDArray[np.uint8]

# Ink differs from its paper by at least this much, of 255.
LEAST_CONTRAST = 12
# Noise exceeds so many standard deviations only in single pixels, which are too small for ink.
NOISE_DEVIATIONS = 4
# Weaker than this share of the strongest ink: the halo of a JPEG, a shadow, what an eraser left.
WEAK_INK = 0.15
# Drawn paper has one level in at least this share of the picture; photographed paper has many.
FLAT_SHARE = 0.25
# Photographed paper is looked at so coarsely, through a window that is wider than any stroke.
COARSE_SIDE = 32
COARSE_WINDOW = 15
SLOPE_ROUNDS = 5
# Photographs are smoothed by this share of their longer side: less than any stroke's width.
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
    grey = _plainest(colours)
    level = _flat_level(grey)
    if level is None:
        strength, inverted, noise = _photographed(colours, grey)
    else:
        paper = np.median(colours[grey == level], axis=0).astype(np.float32)
        difference = colours - paper
        inverted = _darker(difference)
        strength, noise = _signed(difference, inverted), 0.0
    strongest = float(strength.max())
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    if strongest < least:
        raise PictureBlank(
            f"expected something drawn; got nothing that stands out from the paper by "
            f"{least:.0f} of 255 or more"
        )
    strength[strength < max(least, WEAK_INK * strongest)] = 0
    return Ink(strength, inverted)


def _plainest(colours: Colours) -> NDArray[np.uint8]:
    """(H, W) the channel that shows the ink best."""
    channel = 0 if colours.shape[2] == 1 else int(colours[::4, ::4].std(axis=(0, 1)).argmax())
    return colours[..., channel]


def _flat_level(grey: NDArray[np.uint8]) -> int | None:
    """The one level of drawn paper, or None if the paper has many."""
    margin = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # The margin is paper even where bold ink covers most of the picture, unless it has a frame.
    shares = (
        2 * np.bincount(grey.ravel(), minlength=256) / grey.size
        + np.bincount(margin, minlength=256) / margin.size
    ) / 3
    level = int(shares.argmax())
    return level if shares[max(level - 1, 0) : level + 2].sum() >= FLAT_SHARE else None


def _darker(difference: Floats) -> bool:
    """Whether ink is darker than its paper.

    Ink is rare and stands out; noise and light vary to both sides: the skew tells the side.
    """
    flat = difference.ravel()
    return bool(np.dot(flat * flat, flat) < 0)


def _signed(difference: Floats, inverted: bool) -> Floats:
    """(H, W) how far each pixel lies on the ink's side of the paper, in its clearest channel."""
    strength: Floats = (-difference if inverted else difference).max(axis=2)
    return strength


def _photographed(colours: Colours, grey: NDArray[np.uint8]) -> tuple[Floats, bool, float]:
    """(H, W) strength of the ink, whether it is darker, and the standard deviation of the noise."""
    coarse = _coarse(grey)
    inverted = _darker(coarse - _slope(coarse))
    paper = np.stack(
        [_light(colours[..., c], inverted) for c in range(colours.shape[2])],
        axis=2,
    )
    difference = colours - paper
    if inverted:
        # Ink swallows a share of the light, so in a shadow it differs less.
        difference *= paper.mean() / np.maximum(paper, 1)
    strength = _signed(difference, inverted)
    strength = ndimage.gaussian_filter(strength, SMOOTHING * max(strength.shape))
    # Of normal noise, these quantiles lie 1.28 and 0.25 deviations below its middle; what lies
    # above the middle may be ink.
    low, high = np.percentile(strength[::2, ::2], (10, 40))
    noise = float(high - low) / 1.03
    strength -= np.float32(high + 0.25 * noise)
    return np.maximum(strength, 0), inverted, noise


def _light(grey: NDArray[np.uint8], inverted: bool) -> Floats:
    """(H, W) a photograph's paper with its light and shadows, without what is written on it.

    A slope is taken out first, because closing would flatten it at the margin.
    """
    height, width = grey.shape
    coarse = _coarse(grey)
    slope = _slope(coarse)
    sign = 1 if inverted else -1
    closed = ndimage.grey_closing(
        sign * (coarse - slope), size=(COARSE_WINDOW,) * 2, mode="nearest"
    )
    step = _step(grey)
    return np.asarray(
        Image.fromarray(slope + sign * closed).resize(
            (width, height), Image.Resampling.BICUBIC, box=(0, 0, width / step, height / step)
        )
    )


def _step(grey: NDArray[np.uint8]) -> int:
    return math.ceil(max(grey.shape) / COARSE_SIDE)


def _coarse(grey: NDArray[np.uint8]) -> Floats:
    """At most ``COARSE_SIDE`` pixels a side, each the mean of ``_step`` × ``_step``."""
    image = Image.fromarray(np.ascontiguousarray(grey))
    return np.asarray(image.reduce(_step(grey)), np.float32)


def _slope(grey: Floats) -> Floats:
    """(H, W) the quadratic surface nearest to most of a picture.

    Least squares, repeated with Cauchy weights, so that ink and desk hardly count.
    """
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in grey.shape), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values = grey.ravel()
    surface = np.full(values.shape, np.median(values))
    for _ in range(SLOPE_ROUNDS):
        residual = np.abs(values - surface)
        spread = 2 * max(float(np.median(residual)), 1.0)
        root = 1 / np.hypot(1, residual / spread)
        surface = terms @ np.linalg.lstsq(terms * root[:, None], values * root)[0]
    return surface.reshape(grey.shape).astype(np.float32)
