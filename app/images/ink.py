"""Ink told apart from paper, whichever is darker, under even or uneven light."""

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

# Ink differs from its paper by at least this much, of 255.
LEAST_CONTRAST = 12
# Noise exceeds so many standard deviations only in single pixels, which are too small for ink.
NOISE_DEVIATIONS = 5
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
# The median size of the difference of two numbers from a normal distribution of deviation 1.
NORMAL_MEDIAN = 0.954

LEVELS = np.arange(256, dtype=np.float32)


@dataclass(frozen=True)
class Ink:
    """Difference of each pixel from the paper around it.

    Attributes:
        strength: (H, W), in 0..255; 0 where there is paper.
        inverted: Whether the ink is darker than the paper.
    """

    strength: Bytes
    inverted: bool


def find_ink(pixels: Bytes) -> Ink:
    """Take the paper away from a picture.

    Args:
        pixels: (H, W) grey or (H, W, 3) colours.

    Raises:
        PictureBlank: If nothing stands out from the paper.
    """
    channels = [pixels] if pixels.ndim == 2 else [pixels[..., c].copy() for c in range(3)]
    # The channel that shows the ink best decides which side of the paper it lies on.
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
    """The one level of drawn paper, or None if the paper has many."""
    margin = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    # The margin is paper even where bold ink covers most of the picture, unless it has a frame.
    shares = (2 * counts / grey.size + np.bincount(margin, minlength=256) / margin.size) / 3
    level = int(shares.argmax())
    return level if shares[max(level - 1, 0) : level + 2].sum() >= FLAT_SHARE else None


def _darker(differences: Floats, counts: NDArray[np.int64] | int = 1) -> bool:
    """Whether ink is darker than its paper, by how often each difference from it occurs.

    Ink is rare and stands out; noise and light vary to both sides: the skew tells the side.
    """
    return bool((differences**3 * counts).sum() < 0)


def _drawn(channels: list[Bytes], paper: NDArray[np.bool_], inverted: bool) -> Bytes:
    """(H, W) strength of the ink on paper of one colour, in the channel that shows it best."""
    strengths = []
    for channel in channels:
        level = np.uint8(np.median(channel[paper]))
        # Bytes never go below zero here: what lies on the paper's other side counts as paper.
        strengths.append(
            level - np.minimum(channel, level) if inverted else np.maximum(channel, level) - level
        )
    return functools.reduce(np.maximum, strengths)


def _photographed(channels: list[Bytes], inverted: bool) -> tuple[Bytes, float]:
    """(H, W) strength of the ink on unevenly lit paper, and the noise's standard deviation."""
    strength = functools.reduce(np.maximum, [_lit(channel, inverted) for channel in channels])
    radius = SMOOTHING * max(*strength.shape)
    strength = ndimage.gaussian_filter(strength, radius)
    # Pixels so far apart share no noise, but mostly the same paper or ink.
    apart = math.ceil(4 * radius)
    row = strength.ravel()
    noise = float(np.median(np.abs(row[apart:] - row[:-apart]))) / NORMAL_MEDIAN
    # The closing lies above most of the paper's noise: the paper's own middle is found where
    # three in ten pixels are below, which are paper, whatever ink there is.
    strength -= np.float32(np.percentile(strength, 30) + 0.52 * noise)
    return np.rint(np.clip(strength, 0, 255)).astype(np.uint8), noise


def _lit(grey: Bytes, inverted: bool) -> Floats:
    """(H, W) how far each pixel of a photograph lies on the ink's side of its paper."""
    paper = _paper(grey, inverted)
    difference = paper - grey if inverted else grey - paper
    if inverted:
        # Ink swallows a share of the light, so in a shadow it differs less.
        difference *= paper.mean() / np.maximum(paper, 1)
    return difference


def _paper(grey: Bytes, inverted: bool) -> Floats:
    """(H, W) a photograph's paper with its light and shadows, without what is written on it.

    A slope is taken out first, because closing would flatten it at the margin.
    """
    coarse = _coarse(grey)
    slope = _slope(coarse)
    sign = 1 if inverted else -1
    window = (COARSE_WINDOW, COARSE_WINDOW)
    paper = slope + sign * ndimage.grey_closing(sign * (coarse - slope), window, mode="nearest")
    height, width = grey.shape
    box = (0, 0, width / _step(grey), height / _step(grey))
    resized = Image.fromarray(paper).resize((width, height), Image.Resampling.BICUBIC, box)
    return np.asarray(resized, np.float32)


def _step(grey: Bytes) -> int:
    longest: int = max(grey.shape)
    return math.ceil(longest / COARSE_SIDE)


def _coarse(grey: Bytes) -> Floats:
    """At most ``COARSE_SIDE`` pixels a side, each the mean of ``_step`` × ``_step``."""
    return np.asarray(Image.fromarray(grey).reduce(_step(grey)), np.float32)


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
