"""Distributions of the initial weights."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from trainer.functions import Array


@dataclass(frozen=True, slots=True)
class Initializer:
    """Normal distribution N(0, s²) of the initial weights.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        deviation: Standard deviation s for a layer with this number of inputs.
    """

    label: str
    help: str
    deviation: Callable[[int], float]


# He: He et al. 2015, "Delving deep into rectifiers". Xavier: Glorot and Bengio 2010, in its form
# for the inputs alone.
INITIALIZERS: dict[str, Initializer] = {
    "random": Initializer("Random", "the same spread everywhere", lambda inputs: 0.1),
    "he": Initializer("He", "made for ReLU", lambda inputs: sqrt(2 / inputs)),
    "xavier": Initializer(
        "Xavier",
        "made for sigmoid",
        lambda inputs: sqrt(1 / inputs),
    ),
}


def initial_weights(
    name: str, input_size: int, output_size: int, rng: np.random.Generator
) -> Array:
    """Draw the initial weights of a dense layer.

    Args:
        name: A name in ``INITIALIZERS``.
        input_size: D.
        output_size: H.
        rng: Source of the numbers.

    Returns:
        (D, H) float64 numbers, normally distributed around 0.

    Raises:
        ValueError: If there is no initializer of that name.
    """
    if name not in INITIALIZERS:
        raise ValueError(f"expected an initializer of {', '.join(INITIALIZERS)}; got {name!r}")
    return INITIALIZERS[name].deviation(input_size) * rng.standard_normal((input_size, output_size))
