"""Pictures as PNG files and data URLs."""

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
    png = to_png(pixels if pixels.dtype == np.uint8 else grey(pixels))
    return "data:image/png;base64," + base64.b64encode(png).decode()


def to_png(pixels: NDArray[np.generic]) -> bytes:
    """Encode a grey picture of (H, W) bytes as a PNG file."""
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def grey(pixels: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Convert floats from 0 to 1 to bytes."""
    levels: NDArray[np.uint8] = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    return levels
