"""Training pictures nearest to a picture, by the distance of their pixels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNT = 5
"""Number of neighbours of a picture."""

# Pictures compared at once: 1.6 MB as floats, which fits into the cache.
_BLOCK = 512

# Pixels summed at once. In single precision a sum of so many squares up to 255² is exact.
_EXACT = 196


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Training picture near another picture.

    Attributes:
        index: Index in the training set.
        distance: Euclidean distance of the pixels, each in 0..1.
    """

    index: int
    distance: float


def nearest(x: NDArray[Any], picture: NDArray[Any]) -> Sequence[Neighbour]:
    """Find the training pictures nearest to a picture, the nearest first; ties by index.

    Args:
        x: (N, D) bytes, the training pictures; D is a multiple of 196.
        picture: (D,) bytes.
    """
    squares = np.empty(len(x), np.int64)
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        difference = np.subtract(x[rows], picture, dtype=np.float32)
        parts = difference.reshape(len(difference), -1, _EXACT)
        squares[rows] = np.einsum("npd,npd->np", parts, parts).sum(axis=1, dtype=np.float64)
    order = np.argsort(squares, kind="stable")[:COUNT]
    return [Neighbour(int(i), float(np.sqrt(squares[i]) / 255)) for i in order]
