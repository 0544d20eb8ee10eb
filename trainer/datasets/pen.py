"""Drawing of pen paths as pictures framed as in MNIST."""

import numpy as np
from numpy.typing import NDArray

from trainer.datasets.glyphs import Floats

SIDE = 28
BOX = 20
"""Side of the square that the ink is fitted into, in pixels."""

SHARPNESS = 2.0
"""Standard deviations of the Gaussian in one pen radius: a higher value follows the path more
exactly, but needs positions closer together."""


def fit(path: Floats, radius: Floats) -> Floats:
    """Scale and shift paths so that their ink just fits the box, keeping the aspect ratio.

    Args:
        path: (N, P, 2) pen positions, x and y, in any unit.
        radius: (N, P) half of the stroke's width at each position, in pixels.

    Returns:
        (N, P, 2) positions in pixels, the ink centred in the box.
    """
    rim = radius[..., None]
    scale = BOX / np.ptp(path, axis=1).max(1)[:, None, None]
    # Scaling changes the path but not the pen's width, so the scale is found iteratively.
    for _ in range(3):
        low, high = (path * scale - rim).min(1), (path * scale + rim).max(1)
        scale *= (BOX / (high - low).max(1))[:, None, None]
    low, high = (path * scale - rim).min(1), (path * scale + rim).max(1)
    fitted: Floats = path * scale + (BOX - low - high)[:, None] / 2
    return fitted


def ink(path: Floats, radius: Floats, drawn: NDArray[np.bool_], softness: Floats) -> Floats:
    """Draw paths as anti-aliased strokes.

    The ink is a sum of Gaussians along the path. A Gaussian is separable into rows and columns,
    so a picture is one matrix product. For a straight stroke, the sum determines the distance
    from the stroke's centre line; where strokes meet, they merge like ink.

    Args:
        path: (N, P, 2) pen positions, x and y, in pixels of the box.
        radius: (N, P) half the stroke's width at each position, in pixels.
        drawn: (N, P - 1) True if the pen is down between two positions.
        softness: (N,) width of the stroke's edge, in pixels; 1 for an ideal scanner.

    Returns:
        (N, BOX, BOX) coverage in 0..1.
    """
    middles = (path[:, 1:] + path[:, :-1]) / 2
    lengths = np.sqrt(np.square(np.diff(path, axis=1)).sum(2))
    sigma = (radius[:, 1:] + radius[:, :-1]) / (2 * SHARPNESS)
    heights = drawn * lengths / (sigma * np.float32(np.sqrt(2 * np.pi)))
    centres = np.arange(BOX, dtype=np.float32) + np.float32(0.5)
    columns = _bells((centres - middles[..., :1]) / sigma[..., None])
    rows = _bells((centres - middles[..., 1:]) / sigma[..., None])
    total = (rows * heights[..., None]).transpose(0, 2, 1) @ columns
    # Above 1 the strokes overlap, which counts as distance 0. The lower bound keeps log finite.
    distance = np.sqrt(-2 * np.log(np.clip(total, 1e-30, 1))) / SHARPNESS
    width = radius.mean(1)[:, None, None]
    coverage: Floats = np.clip(0.5 + (1 - distance) * width / softness[:, None, None], 0, 1)
    return coverage


def _bells(z: Floats) -> Floats:
    """Compute ``exp(-z² / 2)`` in place."""
    np.multiply(z, z, out=z)
    np.multiply(z, np.float32(-0.5), out=z)
    return np.exp(z, out=z)


def centre(boxes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place boxes in pictures so that the ink's centre of mass is in the middle.

    Boxes move by whole pixels, as in MNIST, so that they are not blurred again, and stay
    completely inside the picture.

    Args:
        boxes: (N, BOX, BOX) ink in 0..255, each with some ink.

    Returns:
        (N, SIDE, SIDE) pictures.
    """
    mass = boxes / boxes.sum((1, 2), keepdims=True)
    rows, columns = _places(mass.sum(2)), _places(mass.sum(1))
    pictures = np.zeros((len(boxes), SIDE, SIDE), np.uint8)
    pictures[np.arange(len(boxes))[:, None, None], rows[:, :, None], columns[:, None, :]] = boxes
    return pictures


def _places(shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """Compute (N, BOX) coordinates in the picture along one side, given the box's shares of ink."""
    middle = shares @ (np.arange(BOX) + 0.5)
    first = np.rint(SIDE / 2 - middle).clip(0, SIDE - BOX).astype(np.intp)
    return np.add.outer(first, np.arange(BOX))
