"""Separation of ink from paper, whichever is darker, in even or uneven light."""

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.images.errors import PictureBlank

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

# Least difference of ink from its paper, of 255.
LEAST_CONTRAST = 12
# Noise exceeds this number of standard deviations only in single pixels, which are too small for
# ink.
NOISE_DEVIATIONS = 5
# Ink weaker than this share of the strongest is a JPEG artefact, a shadow or a trace of an eraser.
WEAK_INK = 0.15
# Drawn paper has one level in at least this share of the picture; photographed paper has many.
FLAT_SHARE = 0.25
# Photographed paper is estimated at this size, with a window that is wider than any stroke.
COARSE_SIDE = 32
COARSE_WINDOW = 15
SLOPE_ROUNDS = 5
# Smoothing of photographs, as a share of their longer side: less than the width of any stroke.
SMOOTHING = 1 / 300
# Median absolute difference of two numbers from a normal distribution of standard deviation 1.
NORMAL_MEDIAN = 0.954

LEVELS = np.arange(256, dtype=np.float32)


@dataclass(frozen=True)
class Ink:
    """Difference of each pixel from the paper around it.

    Attributes:
        strength: (H, W) from 0 to 255; 0 is paper.
        inverted: True if the ink is darker than the paper.
    """

    strength: Bytes
    inverted: bool


def find_ink(pixels: Bytes) -> Ink:
    """Separate the ink of a picture from its paper.

    Args:
        pixels: (H, W) grey or (H, W, 3) colours.

    Raises:
        PictureBlank: If nothing stands out from the paper.
    """
    channels = [pixels] if pixels.ndim == 2 else [pixels[..., c].copy() for c in range(3)]
    # The channel with the largest contrast decides whether ink is darker or lighter.
    clearest = max(channels, key=lambda channel: float(channel[::4, ::4].std()))
    counts = np.bincount(clearest.ravel(), minlength=256)
    level = _flat_level(clearest, counts)
    noise = 0.0
    if level is None:
        coarse = _coarse(clearest)
        inverted = _darker(coarse - _slope(coarse))
        strength, noise = _photographed(channels, inverted)
    else:
        inverted = _darker(LEVELS - level, counts)
        strength = _drawn(channels, clearest == level, inverted)
    strongest = int(strength.max())
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    if strongest < least:
        raise PictureBlank(
            f"expected something drawn; got nothing that stands out from the paper by "
            f"{least:.0f} of 255 or more"
        )
    strength *= strength >= max(least, WEAK_INK * strongest)
    return Ink(strength, inverted)


def _flat_level(grey: Bytes, counts: NDArray[np.int64]) -> int | None:
    """Return the level of drawn paper, or None for photographed paper."""
    margin = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # The margin is paper even if bold ink covers most of the picture, unless it has a frame.
    shares = (2 * counts / grey.size + np.bincount(margin, minlength=256) / margin.size) / 3
    level = int(shares.argmax())
    return level if shares[max(level - 1, 0) : level + 2].sum() >= FLAT_SHARE else None


def _darker(differences: Floats, counts: NDArray[np.int64] | int = 1) -> bool:
    """Return True if ink is darker than its paper, from the counts of differences from the paper.

    Ink is rare and differs much, noise and light vary in both directions: the sign of the skew is
    the sign of the ink.
    """
    return bool((differences**3 * counts).sum() < 0)


def _drawn(channels: list[Bytes], paper: NDArray[np.bool_], inverted: bool) -> Bytes:
    """Return the (H, W) strength of ink on paper of one colour, the largest of all channels."""
    strengths = []
    for channel in channels:
        level = np.uint8(np.median(channel[paper]))
        # Bytes must not go below zero: differences of the other sign are paper.
        strengths.append(
            level - np.minimum(channel, level) if inverted else np.maximum(channel, level) - level
        )
    return functools.reduce(np.maximum, strengths)


def _photographed(channels: list[Bytes], inverted: bool) -> tuple[Bytes, float]:
    """Return the (H, W) strength of ink on unevenly lit paper, and the deviation of noise."""
    strength = functools.reduce(np.maximum, [_lit(channel, inverted) for channel in channels])
    radius = SMOOTHING * max(*strength.shape)
    strength = ndimage.gaussian_filter(strength, radius)
    # At this distance, noise is independent, but most pixels are of the same paper or ink.
    apart = math.ceil(4 * radius)
    row = strength.ravel()
    noise = float(np.median(np.abs(row[apart:] - row[:-apart]))) / NORMAL_MEDIAN
    # The closing is above most of the noise of the paper. The middle of the paper is at the 30th
    # percentile, whose pixels are paper with any amount of ink.
    strength -= np.float32(np.percentile(strength, 30) + 0.52 * noise)
    return np.rint(np.clip(strength, 0, 255)).astype(np.uint8), noise


def _lit(grey: Bytes, inverted: bool) -> Floats:
    """Return the (H, W) differences of a photograph from its paper, positive for ink."""
    paper = _paper(grey, inverted)
    difference = paper - grey if inverted else grey - paper
    if inverted:
        # Ink absorbs a share of the light, so it differs less in a shadow.
        difference *= paper.mean() / np.maximum(paper, 1)
    return difference


def _paper(grey: Bytes, inverted: bool) -> Floats:
    """Estimate the (H, W) paper of a photograph with its light and shadows, without the ink.

    A slope is subtracted first, because closing would flatten it at the margin.
    """
    coarse = _coarse(grey)
    slope = _slope(coarse)
    sign = 1 if inverted else -1
    window = (COARSE_WINDOW, COARSE_WINDOW)
    paper = slope + sign * ndimage.grey_closing(sign * (coarse - slope), window, mode="nearest")
    height, width = grey.shape
    box = (0, 0, width / _factor(grey), height / _factor(grey))
    resized = Image.fromarray(paper).resize((width, height), Image.Resampling.BICUBIC, box)
    return np.asarray(resized, np.float32)


def _factor(grey: Bytes) -> int:
    longest: int = max(grey.shape)
    return math.ceil(longest / COARSE_SIDE)


def _coarse(grey: Bytes) -> Floats:
    """Reduce a picture to at most ``COARSE_SIDE`` pixels a side, each the mean of a square."""
    return np.asarray(Image.fromarray(grey).reduce(_factor(grey)), np.float32)


def _slope(grey: Floats) -> Floats:
    """Fit a quadratic surface, (H, W), to most of a picture.

    Least squares, repeated with Cauchy weights, so that ink and desk have little influence.
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
