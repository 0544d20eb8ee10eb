"""Random distortion of pictures, in place of the handwriting of many people."""

import numpy as np

from trainer.functions import Array

_SIDE = 28
# One row and column of 0 on each side of the picture: paper.
_PADDED = _SIDE + 2
# Pictures distorted at once: few enough that all arrays in use stay in the cache.
_BLOCK = 32

_SHIFT = 2.0  # pixels
_ROTATION = np.radians(12)
_SCALE = 0.12  # 0.88 to 1.12, drawn separately for width and height
_SHEAR = 0.15  # of the height, sideways


def distort(x: Array, rng: np.random.Generator) -> None:
    """Shift, rotate, scale and shear each picture by amounts of its own.

    The inverse map gives the source of each pixel; its value is interpolated from the four pixels
    around the source. Outside of the picture all pixels are 0.

    Args:
        x: (N, 784) pictures, changed in place.
        rng: Source of the amounts.
    """
    maps = _inverse_maps(len(x), rng).astype(x.dtype)
    for start in range(0, len(x), _BLOCK):
        block = slice(start, start + _BLOCK)
        _resample(x[block].reshape(-1, _SIDE, _SIDE), maps[block])


def _inverse_maps(n: int, rng: np.random.Generator) -> Array:
    """Draw (n, 2, 3) affine maps from a place in the new picture to its source.

    Rows give x and y; columns are the factors of x and y, in pixels from the centre, and the
    shift.
    """
    angle = rng.uniform(-_ROTATION, _ROTATION, n)
    shear = rng.uniform(-_SHEAR, _SHEAR, n)
    width, height = rng.uniform(1 - _SCALE, 1 + _SCALE, (2, n))
    shift = rng.uniform(-_SHIFT, _SHIFT, (2, n))
    cos, sin = np.cos(angle), np.sin(angle)
    rows = [
        [cos / width, (sin + shear * cos) / width, shift[0]],
        [-sin / height, (cos - shear * sin) / height, shift[1]],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _resample(pictures: Array, maps: Array) -> None:
    """Apply ``maps`` to (N, 28, 28) pictures, in place."""
    n = len(pictures)
    padded = np.zeros((n, _PADDED, _PADDED), pictures.dtype)
    padded[:, 1:-1, 1:-1] = pictures
    flat = padded.reshape(-1)

    place = np.arange(_SIDE, dtype=pictures.dtype) - (_SIDE - 1) / 2
    (left, across), (top, down) = (_split(maps[:, i], place) for i in range(2))
    index = top
    index *= _PADDED
    index += left
    index += np.arange(n, dtype=index.dtype)[:, None, None] * _PADDED**2
    corner = index.astype(np.intp)

    above = _blend(flat[0:], flat[1:], corner, across)
    below = _blend(flat[_PADDED:], flat[_PADDED + 1 :], corner, across)
    below -= above
    below *= down
    np.add(above, below, out=pictures)


def _split(factors: Array, place: Array) -> tuple[Array, Array]:
    """Compute one source coordinate of each pixel in the padded picture: whole part and fraction.

    Args:
        factors: (N, 3) one row of each map.
        place: (28,) pixels from the centre.

    Returns:
        Two arrays (N, 28, 28).
    """
    by_x = factors[:, 0, None] * place + (factors[:, 2, None] + (_PADDED - 1) / 2)
    by_y = factors[:, 1, None] * place
    source = by_y[:, :, None] + by_x[:, None, :]
    np.clip(source, 0, np.nextafter(source.dtype.type(_PADDED - 1), 0), out=source)
    whole = np.floor(source)
    source -= whole
    return whole, source


def _blend(first: Array, second: Array, corner: np.ndarray, weight: Array) -> Array:
    """Interpolate between ``first`` and ``second`` at some places; ``weight`` is the second's."""
    a = first.take(corner, mode="clip")
    b = second.take(corner, mode="clip")
    b -= a
    b *= weight
    b += a
    return b
