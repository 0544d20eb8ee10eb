"""A digit's ink framed the way MNIST's digits are: 20×20, centred by mass in 28×28."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Floats = NDArray[np.float32]

SIDE = 28
FITTED = 20
# Lines are never amplified more than 1 / FAINTEST.
FAINTEST = 0.05
# Wanted width of strokes in pixels of the fitted digit; most of MNIST's lie between, 2.2 in the
# middle.
THINNEST = 1.8
THICKEST = 3.5
CROSS = ndimage.generate_binary_structure(2, 1)


def fit(ink: Floats) -> Floats:
    """Scale a digit into 20×20, keeping its aspect, its strokes as wide as MNIST's.

    Args:
        ink: (H, W) of the digit's own box, in 0..1.

    Returns:
        (h, w) in 0..1, about 20 high or wide.
    """
    height, width = ink.shape
    longest = max(height, width)
    stroke = stroke_width(ink) * FITTED / longest
    # A line of less than a pixel becomes a full pixel's line by gain, before it grows in width.
    growth = max(THINNEST - max(stroke, 1), 0) / 2
    surplus = max(stroke - THICKEST, 0) / 2
    # What grows needs twice the room: its new edge is faint, but a whole pixel wide.
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
    """(28, 28) with the digit's centre of mass in its middle."""
    frame = np.zeros((SIDE, SIDE), np.float32)
    height, width = fitted.shape
    row, column = ndimage.center_of_mass(fitted)
    top = min(max(round(SIDE / 2 - row), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - column), 0), SIDE - width)
    frame[top : top + height, left : left + width] = fitted
    return frame


def stroke_width(ink: Floats) -> float:
    """The mean width of the strokes in pixels: twice their area, divided by their outline."""
    padded = np.pad(ink, 1)
    down, right = np.diff(padded, axis=0), np.diff(padded, axis=1)
    outline = float(np.hypot(down[:, :-1], right[:-1]).sum())
    return 2 * float(ink.sum()) / outline
