"""Where learning starts from: the distributions of the first weights."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from trainer.functions import Array

# Standard deviation of N(0, s²) for a layer of so many inputs. He: He et al. 2015, "Delving deep
# into rectifiers". Xavier: Glorot and Bengio 2010, in its form for the inputs alone.
_DEVIATIONS: dict[str, Callable[[int], float]] = {
    "random": lambda inputs: 0.1,
    "he": lambda inputs: sqrt(2 / inputs),
    "xavier": lambda inputs: sqrt(1 / inputs),
}


def initial_weights(
    name: str, input_size: int, output_size: int, rng: np.random.Generator
) -> Array:
    """Draw the first weights of a dense layer.

    Args:
        name: ``random`` (deviation 0.1), ``he`` (√(2/D)) or ``xavier`` (√(1/D)).
        input_size: D.
        output_size: H.
        rng: Source of the numbers.

    Returns:
        (D, H) numbers, normally distributed around 0, float64.

    Raises:
        ValueError: If there is no initializer of that name.
    """
    if name not in _DEVIATIONS:
        raise ValueError(f"expected an initializer of {', '.join(_DEVIATIONS)}; got {name!r}")
    return _DEVIATIONS[name](input_size) * rng.standard_normal((input_size, output_size))
