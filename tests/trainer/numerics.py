"""Central differences, to check gradients."""

from collections.abc import Callable

import numpy as np

from trainer.functions import Array

STEP = 1e-5


def numerical_gradient(f: Callable[[], float], x: Array) -> Array:
    """Compute the gradient of ``f`` with respect to ``x``, which ``f`` reads and this changes.

    Central differences in float64: the error is of the order of STEP² plus 1e-16 / STEP.
    """
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        kept = x[place]
        x[place] = kept + STEP
        above = f()
        x[place] = kept - STEP
        below = f()
        x[place] = kept
        gradient[place] = (above - below) / (2 * STEP)
    return gradient


def assert_gradient(name: str, analytic: Array, f: Callable[[], float], x: Array) -> None:
    numerical = numerical_gradient(f, x)
    worst = np.unravel_index(np.argmax(np.abs(analytic - numerical)), x.shape)
    assert np.allclose(analytic, numerical, rtol=1e-6, atol=1e-9), (
        f"{name}{list(map(int, worst))}: backward says {analytic[worst]!r}, "
        f"central differences say {numerical[worst]!r}"
    )
