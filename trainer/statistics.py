"""Statistics of a training: norms of weights, gradients and updates, and silent units."""

from collections.abc import Iterable
from math import isfinite, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.batches import pixels_to_input
from trainer.config import INPUT_SIZE, Config
from trainer.events import Statistics
from trainer.functions import Array
from trainer.layers import Activation, names, with_input_shapes
from trainer.layers.sequential import Sequential

FIRST_STEPS, PER_EPOCH = 20, 10
_SAMPLE = 512
# Few pictures show that most units are not silent; the rest of the sample is rarely needed.
_BLOCK = 64


def is_due(step: int, batch: int, per_epoch: int) -> bool:
    """Return True for the steps with statistics: the first 20, and 10 of each epoch.

    Args:
        step: Number of the step, from 1.
        batch: Its number in the epoch, from 1.
        per_epoch: Steps of an epoch. With less than 10, each step has statistics.
    """
    tenths = batch * PER_EPOCH // per_epoch
    return step <= FIRST_STEPS or tenths > (batch - 1) * PER_EPOCH // per_epoch


def layer_names(config: Config) -> list[str]:
    """Names of the layers with weights, in the order of the statistics: Dense 1 and so on."""
    # The names are the same for any number of classes.
    specs = config.layers(classes=1)
    pairs = zip(names(specs), with_input_shapes(specs, (INPUT_SIZE,)), strict=True)
    return [name for name, (spec, shape) in pairs if spec.parameters(shape)]


class Meter:
    """Measures the statistics of single steps; the training does not change.

    Args:
        network: Network in training.
        x: (N, D) training pictures, bytes or numbers in 0..1. A sample of at most 512, spread
            evenly, decides on silent units.
    """

    def __init__(self, network: Sequential, x: NDArray[Any]) -> None:
        size = min(_SAMPLE, len(x))
        sample = np.asarray(x)[np.arange(size) * len(x) // size]
        self._x = pixels_to_input(sample, network.dtype)
        self._network = network
        self._layers = [layer for layer in network.layers if "W" in layer.parameters()]
        self._before: list[Array] = []

    def before_update(self) -> None:
        """Keep the weights that the update will change."""
        self._before = [layer.parameters()["W"].copy() for layer in self._layers]

    def after_update(self, step: int, learning_rate: float) -> Statistics:
        """Measure the step; its gradients are still in the layers.

        Args:
            step: Number of the step.
            learning_rate: Learning rate of the step.
        """
        weights = [layer.parameters()["W"] for layer in self._layers]
        with np.errstate(all="ignore"):
            weight_norm = [_norm(w) for w in weights]
            update_norm = [_norm(w - b) for w, b in zip(weights, self._before, strict=True)]
            ratios = np.divide(update_norm, weight_norm).tolist()
            gradient_norm = [_norm(layer.gradients()["W"]) for layer in self._layers]
            silent_share = self._silent_shares()
        self._before = []
        return Statistics(
            step=step,
            learning_rate=learning_rate,
            weight_norm=_finite(weight_norm),
            gradient_norm=_finite(gradient_norm),
            update_norm=_finite(update_norm),
            update_ratio=_finite(ratios),
            silent_share=silent_share,
        )

    def _silent_shares(self) -> tuple[float | None, ...]:
        """Share of the units behind each layer that are silent for the whole sample."""
        layers = self._network.layers
        last = max((i for i, x in enumerate(layers) if isinstance(x, Activation)), default=-1)
        # By the place of the activation: True for each unit that has been silent so far.
        silent: dict[int, NDArray[np.bool_]] = {}
        for start in range(0, len(self._x), _BLOCK):
            y = self._x[start : start + _BLOCK]
            for place, layer in enumerate(layers[: last + 1]):
                y = layer.apply(y)
                if isinstance(layer, Activation):
                    found = layer.silent(y).all(axis=0)
                    silent[place] = np.logical_and(silent.get(place, True), found)
            if not any(units.any() for units in silent.values()):
                break
        shares = {place - 1: float(units.mean()) for place, units in silent.items()}
        return tuple(shares.get(layers.index(layer)) for layer in self._layers)


def _norm(array: Array) -> float:
    """Frobenius norm, as a dot product, which is faster than ``numpy.linalg.norm``."""
    return sqrt(float(np.vdot(array, array)))


def _finite(numbers: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(number if isfinite(number) else None for number in numbers)
