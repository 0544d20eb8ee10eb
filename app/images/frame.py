"""Framing of a digit as in MNIST: fitted into 20 × 20, centred by mass in 28 × 28."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from app.images.prepared import SIDE

Floats = NDArray[np.float32]

FITTED = 20
# The ink of lines is amplified by 1 / FAINTEST at most.
FAINTEST = 0.05
# Least and largest width of strokes in pixels of the fitted digit, as in most of MNIST, where
# the median is 2.2.
THINNEST = 1.8
THICKEST = 3.5
CROSS = ndimage.generate_binary_structure(2, 1)


def fit(ink: Floats) -> Floats:
    """Scale a digit into 20 × 20 with its aspect ratio, and its strokes to the width of MNIST's.

    Args:
        ink: (H, W) strength from 0 to 1, of the digit's box.

    Returns:
        (h, w) from 0 to 1; h or w is about 20.
    """
    height, width = ink.shape
    longest = max(height, width)
    stroke = stroke_width(ink) * FITTED / longest
    # A line thinner than a pixel is amplified to a line of one pixel before it grows in width.
    growth = max(THINNEST - max(stroke, 1), 0) / 2
    surplus = max(stroke - THICKEST, 0) / 2
    # Growth takes twice the space: the new edge is faint, but a whole pixel wide.
    scale = (FITTED - 4 * growth + 2 * surplus) / longest
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX))
    if stroke < 1:
        fitted = np.minimum(fitted / np.float32(max(stroke, FAINTEST)), 1)
    if growth > 0:
        fitted = np.pad(fitted, 1)
        fitted = fitted + growth * (ndimage.grey_dilation(fitted, size=(3, 3)) - fitted)
    while surplus > 0:
        eroded = ndimage.grey_erosion(fitted, footprint=CROSS, mode="constant")
        fitted = fitted + min(surplus, 1) * (eroded - fitted)
        surplus -= 1
    return fitted.astype(np.float32)


def centre(fitted: Floats) -> Floats:
    """Return (28, 28) pixels with the digit's centre of mass in the middle."""
    frame = np.zeros((SIDE, SIDE), np.float32)
    height, width = fitted.shape
    row, column = ndimage.center_of_mass(fitted)
    top = min(max(round(SIDE / 2 - row), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - column), 0), SIDE - width)
    frame[top : top + height, left : left + width] = fitted
    return frame


def stroke_width(ink: Floats) -> float:
    """Estimate the mean width of strokes in pixels: twice their area, divided by their outline."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0), np.diff(padded, axis=1)
    outline = float(np.hypot(down[:, :-1], right[:-1]).sum())
    return 2 * float(ink.sum()) / outline
