"""Trace of a batch through a network: every array of the forward and the backward pass.

The layers themselves compute all of it, in passes of their own: the network does not change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike

from trainer.batches import pixels_to_input
from trainer.functions import Array
from trainer.layers import Layer, SoftmaxWithLoss, names
from trainer.layers.sequential import Sequential, named
from trainer.optimizers import SGD


@dataclass(frozen=True, slots=True)
class LayerTrace:
    """Arrays of one layer; gradients are those of the mean loss of the batch.

    Attributes:
        name: Name in the network: Dense 1 and so on.
        layer: The layer; its gradients are still in it.
        input: (N, D).
        output: (N, H); the probabilities for the last layer.
        d_output: (N, H) gradient with respect to the output.
        d_input: (N, D) gradient with respect to the input.
    """

    name: str
    layer: Layer
    input: Array
    output: Array
    d_output: Array
    d_input: Array


@dataclass(frozen=True, slots=True)
class Trace:
    """Forward and backward pass of a batch.

    Attributes:
        loss: Mean loss.
        layers: First to last.
    """

    loss: float
    layers: Sequence[LayerTrace]

    @property
    def probabilities(self) -> Array:
        """(N, C) probability of each class."""
        return self.layers[-1].output

    def gradients(self) -> dict[str, Array]:
        """Gradients of the parameters, by their names in the network: W1, b1 and so on."""
        return named(layer.layer.gradients() for layer in self.layers)


def trace(network: Sequential, x: ArrayLike, t: ArrayLike) -> Trace:
    """Run a forward and a backward pass and keep every array.

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, numbers in 0..1 or bytes.
        t: (N,) integer labels or (N, C) one-hot rows.
    """
    layers = [layer.sharing_parameters() for layer in network.layers]
    with np.errstate(all="ignore"):
        values = [pixels_to_input(np.asarray(x), network.dtype)]
        for layer in layers:
            values.append(layer.forward(values[-1]))
        last = layers[-1]
        assert isinstance(last, SoftmaxWithLoss)
        loss = last.loss(t)
        gradients = [last.probability_gradient(), last.backward()]
        for layer in reversed(layers[:-1]):
            gradients.append(layer.backward(gradients[-1]))
    gradients.reverse()
    found = zip(
        names(layer.spec for layer in layers),
        layers,
        values[:-1],
        values[1:],
        gradients[1:],
        gradients[:-1],
        strict=True,
    )
    return Trace(loss, [LayerTrace(*arrays) for arrays in found])


@dataclass(frozen=True, slots=True)
class Step:
    """State of a network before or after a step.

    Attributes:
        loss: Mean loss of the batch.
        probabilities: (N, C) probability of each class.
    """

    loss: float
    probabilities: Array


def take_steps(
    network: Sequential,
    optimizer: SGD,
    x: ArrayLike,
    t: ArrayLike,
    learning_rate: float,
    steps: int,
) -> Iterator[Step]:
    """Train on one batch again and again, as the training loop does.

    Args:
        network: Changed in place.
        optimizer: Optimizer of the network's parameters; changed in place.
        x: (N, D) pictures, numbers in 0..1 or bytes.
        t: (N,) integer labels or (N, C) one-hot rows.
        learning_rate: Learning rate of each step.
        steps: Number of steps.

    Yields:
        The state before the first step and after each. After a loss that is not finite, the
        weights stay as they are.
    """
    parameters = list(network.parameters().values())
    with network.buffers_kept(), np.errstate(all="ignore"):
        for number in range(steps + 1):
            probabilities = network.forward_pass(x)
            loss = network.loss(t)
            yield Step(loss, probabilities)
            if number < steps and isfinite(loss):
                network.backward()
                optimizer.update(parameters, list(network.gradients().values()), learning_rate)
