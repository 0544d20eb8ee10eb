"""Optimizers: rules that change the weights by their gradients."""

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import ClassVar

import numpy as np

from trainer.functions import Array

# Updates process this many numbers at a time, so that the passes over a large layer stay in cache.
_BLOCK = 65_536


class SGD:
    """Plain stochastic gradient descent, ``w -= rate * g``; the base of the others.

    A subclass implements ``_step`` for one block of one parameter. The numbers that it keeps for
    each weight are in its slots, arrays of the parameters' shapes, initially 0.

    Attributes:
        label: Name in the form and in the names of runs.
        help: Explanation in a learner's words.
        usual_rate: Customary learning rate.
        slot_names: Names of the slots.
        steps: Updates done so far.
        slots: For each slot, one array for each parameter.
    """

    label: ClassVar[str] = "SGD"
    help: ClassVar[str] = "a step straight downhill"
    usual_rate: ClassVar[float] = 0.1
    slot_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Sequence[Array]) -> None:
        self.steps = 0
        self.slots = {name: [np.zeros_like(p) for p in parameters] for name in self.slot_names}
        self._scratch = np.empty(_BLOCK, np.result_type(*parameters))

    def update(self, parameters: Sequence[Array], gradients: Sequence[Array], rate: float) -> None:
        """Take one step: change the parameters in place.

        Args:
            parameters: Contiguous arrays, in the constructor's order.
            gradients: One array of the same shape for each; never written to.
            rate: Learning rate of this step.
        """
        self.steps += 1
        for arrays in zip(parameters, gradients, *self.slots.values(), strict=True):
            for w, g, *slots in _blocks(arrays):
                scratch = self._scratch[: w.size].reshape(w.shape)
                self._step(w, g, rate, scratch, *slots)

    def _step(self, w: Array, g: Array, rate: float, scratch: Array, *slots: Array) -> None:
        np.multiply(g, rate, out=scratch)
        w -= scratch


class Momentum(SGD):
    """Gradient descent with classical momentum: ``v = 0.9 v - rate * g; w += v``.

    Polyak 1964, "Some methods of speeding up the convergence of iteration methods".
    """

    label = "Momentum"
    help = "keeps some of the speed of earlier steps, like a rolling ball"
    usual_rate = 0.05
    slot_names = ("velocity",)

    def _step(self, w: Array, g: Array, rate: float, scratch: Array, *slots: Array) -> None:
        (v,) = slots
        v *= 0.9
        np.multiply(g, rate, out=scratch)
        v -= scratch
        w += v


class Adam(SGD):
    """Adam with its published constants: 0.9, 0.999 and 1e-8.

    Kingma and Ba 2015, "Adam: a method for stochastic optimization", algorithm 1. The slots hold
    the sums m / (1 - 0.9) and v / (1 - 0.999): the constant factors go into the rate, which saves
    two passes over the weights.
    """

    label = "Adam"
    help = "a step size of its own for each weight"
    usual_rate = 0.001
    slot_names = ("mean", "square")

    def _step(self, w: Array, g: Array, rate: float, scratch: Array, *slots: Array) -> None:
        beta1, beta2, epsilon = 0.9, 0.999, 1e-8
        mean, square = slots
        mean *= beta1
        mean += g
        square *= beta2
        np.multiply(g, g, out=scratch)
        square += scratch
        # w -= rate * m̂ / (sqrt(v̂) + epsilon) with m̂ = mean * a, v̂ = square * b².
        a = (1 - beta1) / (1 - beta1**self.steps)
        b = sqrt((1 - beta2) / (1 - beta2**self.steps))
        np.sqrt(square, out=scratch)
        scratch += epsilon / b
        np.divide(mean, scratch, out=scratch)
        scratch *= rate * a / b
        w -= scratch


def lower_rate(rate: float, usual_rate: float) -> float:
    """Learning rate to try where ``rate`` is too high: the usual one, or a tenth if that is lower.

    A tenth of a rate that is far too high is often too high as well.
    """
    return usual_rate if rate > usual_rate else rounded_rate(rate / 10)


def rounded_rate(rate: float) -> float:
    """Round to one significant digit, as people choose rates."""
    return float(f"{rate:.0e}")


def _blocks(arrays: Sequence[Array]) -> Iterator[Sequence[Array]]:
    """Split arrays of one shape into blocks; small arrays stay whole."""
    size = arrays[0].size
    if size <= _BLOCK:
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, size, _BLOCK):
        yield [array[start : start + _BLOCK] for array in flat]


OPTIMIZERS: dict[str, type[SGD]] = {"sgd": SGD, "momentum": Momentum, "adam": Adam}
"""Optimizers by their names in a config."""
