"""Histograms of the weights and activations of each layer after an epoch."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import frexp

import numpy as np
from numpy.typing import NDArray

from trainer.batches import pixels_to_input
from trainer.functions import Array
from trainer.layers import Activation, names
from trainer.layers.sequential import Sequential
from trainer.parallel import one_blas_thread

BINS = 128
"""Bins of a histogram."""

SAMPLE = 500
"""Test pictures whose activations are counted."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of numbers in ``BINS`` bins of equal width from ``-limit`` to ``limit``.

    Attributes:
        layer: Name of the layer.
        limit: Power of two, so that two neighbouring bins are exactly one of the next limit.
        counts: (BINS,) finite numbers in each bin.
    """

    layer: str
    limit: float
    counts: NDArray[np.intp]


def histograms(
    network: Sequential, x: NDArray[np.generic]
) -> tuple[Sequence[Histogram], Sequence[Histogram]]:
    """Count the weights of each layer, and the outputs of each activation.

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, bytes or numbers in 0..1, of which the first ``SAMPLE`` are used.

    Returns:
        Histograms of weights and of activations, each first to last.
    """
    weights, activations = [], []
    with one_blas_thread(), np.errstate(all="ignore"):
        y = pixels_to_input(x[:SAMPLE], network.dtype)
        for name, layer in zip(
            names(layer.spec for layer in network.layers), network.layers, strict=True
        ):
            y = layer.apply(y)
            if "W" in layer.parameters():
                weights.append(_histogram(name, layer.parameters()["W"]))
            if isinstance(layer, Activation):
                activations.append(_histogram(name, y))
    return weights, activations


def _histogram(name: str, array: Array) -> Histogram:
    numbers = array[np.isfinite(array)]
    largest = float(np.abs(numbers).max(initial=0))
    # The smallest power of two above the largest number.
    limit = 2.0 ** frexp(largest)[1] if largest else 1.0
    counts, _ = np.histogram(numbers, BINS, (-limit, limit))
    return Histogram(name, limit, counts)
