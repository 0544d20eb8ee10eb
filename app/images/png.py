"""Pictures as data URLs."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_png_url(pixels: NDArray[np.uint8] | NDArray[np.float32]) -> str:
    """A grey picture as ``data:image/png;base64,…``.

    Args:
        pixels: (H, W), in 0..255, or in 0..1 where they are floats.
    """
    buffer = BytesIO()
    Image.fromarray(pixels if pixels.dtype == np.uint8 else grey(pixels)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def grey(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Floats in 0..1 as bytes."""
    levels: NDArray[np.uint8] = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return levels
