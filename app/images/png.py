"""Pictures as data URLs."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_png_url(pixels: NDArray[np.uint8] | NDArray[np.float32]) -> str:
    """Encode a grey picture as ``data:image/png;base64,…``.

    Args:
        pixels: (H, W) bytes from 0 to 255, or floats from 0 to 1.
    """
    buffer = BytesIO()
    Image.fromarray(pixels if pixels.dtype == np.uint8 else grey(pixels)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def grey(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Convert floats from 0 to 1 to bytes."""
    levels: NDArray[np.uint8] = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return levels
