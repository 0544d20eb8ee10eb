"""Series of numbers, made fit for JSON and for charts."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def finite(values: NDArray[np.float64]) -> list[float | None]:
    """Numbers as JSON can say them: what is not finite becomes None."""
    if np.isfinite(values).all():
        return list(values.tolist())
    return [value if np.isfinite(value) else None for value in values.tolist()]


def decimate(values: NDArray[np.float64], max_points: int) -> NDArray[np.intp]:
    """Choose the points that show a series: each bucket's minimum and maximum.

    Args:
        values: (N,) numbers, of which some may not be finite.
        max_points: How many to choose at the most, 2 or more; those that are not finite come on
            top of that.

    Returns:
        Places in ``values``, ascending.
    """
    n = len(values)
    if n <= max_points:
        return np.arange(n)
    holes = np.flatnonzero(~np.isfinite(values))
    edges = np.linspace(0, n, max_points // 2 + 1).astype(np.intp)
    low = np.where(np.isfinite(values), values, np.inf)
    high = np.where(np.isfinite(values), values, -np.inf)
    chosen = [
        start + place
        for start, end in pairwise(edges)
        for place in (low[start:end].argmin(), high[start:end].argmax())
    ]
    return np.unique(np.concatenate([np.array(chosen, np.intp), holes]))
