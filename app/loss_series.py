"""Series of losses for JSON and for charts."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def finite(values: NDArray[np.float64]) -> list[float | None]:
    """Convert numbers for JSON: those that are not finite become None."""
    if np.isfinite(values).all():
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]


def decimate(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    """Choose the points that show a series: each bucket's minimum and maximum.

    Args:
        values: (N,) numbers, of which some may not be finite.
        max_points: Largest number of finite values to choose, 2 or more; those that are not finite
            are chosen in addition.

    Returns:
        Places in ``values``, ascending.
    """
    edges = _edges(len(values), max_points)
    if len(edges) > len(values):
        return np.arange(len(values))
    holes = np.flatnonzero(~np.isfinite(values))
    low = np.where(np.isfinite(values), values, np.inf)
    high = np.where(np.isfinite(values), values, -np.inf)
    chosen = [
        start + place
        for start, end in pairwise(edges)
        for place in (low[start:end].argmin(), high[start:end].argmax())
    ]
    return np.unique(np.concatenate([np.array(chosen, np.intp), holes]))


def means(
    values: NDArray[np.float64], max_points: int
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The mean of each bucket that ``decimate`` chooses from.

    Args:
        values: (N,) numbers.
        max_points: As in ``decimate``.

    Returns:
        For each bucket the place of its last number, and the mean of those that are finite; NaN
        where none is.
    """
    edges = _edges(len(values), max_points)
    if len(edges) == 1:
        return np.empty(0, np.intp), np.empty(0)
    good = np.isfinite(values)
    sums = np.add.reduceat(np.where(good, values, 0), edges[:-1])
    counts = np.add.reduceat(good.astype(np.intp), edges[:-1])
    return edges[1:] - 1, np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)


def _edges(n: int, max_points: int) -> NDArray[np.intp]:
    """Start of each bucket and end of the last one; one bucket for each number if they are few."""
    if n <= max_points:
        return np.arange(n + 1)
    return np.linspace(0, n, max_points // 2 + 1).astype(np.intp)
