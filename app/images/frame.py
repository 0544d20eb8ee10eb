"""A digit's ink framed the way MNIST's digits are: 20×20, centred by mass in 28×28."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Floats = NDArray[np.float32]

SIDE = 28
FITTED = 20
# Thinner strokes, in pixels of the fitted digit, are thickened to this: MNIST's are 2 to 4 wide.
STROKE = 2.0


def fit(ink: Floats) -> Floats:
    """Scale a digit into 20×20, keeping its aspect, and thicken it where its lines are thin.

    Args:
        ink: (H, W) of the digit's own box, in 0..1.

    Returns:
        (h, w) with the longer side 20.
    """
    height, width = ink.shape
    longest = max(height, width)
    growth = max(0.0, STROKE - stroke_width(ink) * FITTED / longest) / 2
    scale = (FITTED - 2 * growth) / longest
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fitted = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.HAMMING))
    if growth == 0:
        return fitted
    return _thickened(np.pad(fitted, int(np.ceil(growth))), growth)


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


def _thickened(ink: Floats, growth: float) -> Floats:
    """Let strokes grow by so many pixels on each side."""
    while growth > 0:
        step = min(growth, 1.0)
        ink = (1 - step) * ink + step * ndimage.grey_dilation(ink, size=(3, 3))
        growth -= step
    return ink
