"""Check of a network's gradients against central differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainer.batches import pixels_to_input
from trainer.functions import Array, log_softmax, targets
from trainer.inspection.trace import trace
from trainer.layers.sequential import Sequential

STEPS = 0.1 / 4.0 ** np.arange(8)
"""Steps of the central differences, largest first."""

TOLERANCE = 1e-6
"""Relative differences below this one are rounding; a wrong formula differs in the first digits."""

# Smaller gradients are compared as if they were of this size.
_SMALLEST = 1e-8


@dataclass(frozen=True, slots=True)
class Checked:
    """Number of a gradient, computed in two ways in float64.

    Attributes:
        parameter: Name of the parameter: W1 and so on.
        index: Index in the flat parameter.
        analytic: By the backward pass.
        numerical: By central differences.
    """

    parameter: str
    index: int
    analytic: float
    numerical: float

    @property
    def relative_difference(self) -> float:
        """|a − n| / max(|a|, |n|, 1e-8)."""
        a, n = self.analytic, self.numerical
        return abs(a - n) / max(abs(a), abs(n), _SMALLEST)


def check(
    network: Sequential, x: ArrayLike, t: ArrayLike, places: Mapping[str, Sequence[int]]
) -> list[Checked]:
    """Compute some numbers of the gradient of the mean loss, each in two ways.

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, numbers in 0..1 or bytes.
        t: (N,) integer labels or (N, C) one-hot rows.
        places: For some parameters, by name, indices in the flat parameter.
    """
    network = network.copied(np.float64)
    gradients = trace(network, x, t).gradients()
    analytic = {name: gradients[name].reshape(-1)[list(places[name])] for name in places}
    del gradients
    return [
        Checked(name, index, float(a), float(n))
        for name, indices in places.items()
        for index, a, n in zip(
            indices, analytic[name], numerical_gradient(network, x, t, name, indices), strict=True
        )
    ]


def random_places(
    parameters: Mapping[str, Array], count: int, rng: np.random.Generator
) -> dict[str, Sequence[int]]:
    """Draw indices of parameters without repetition, as many of each as there are.

    Args:
        parameters: Parameters by name.
        count: Number of indices in all; fewer if the parameters have fewer.
        rng: Source of the indices.
    """
    shares = dict.fromkeys(parameters, 0)
    while count and (free := [k for k in parameters if shares[k] < parameters[k].size]):
        for name in free[:count]:
            shares[name] += 1
        count -= len(free[:count])
    return {
        name: np.sort(rng.choice(parameters[name].size, share, replace=False)).tolist()
        for name, share in shares.items()
        if share
    }


def numerical_gradient(
    network: Sequential, x: ArrayLike, t: ArrayLike, parameter: str, indices: Sequence[int]
) -> NDArray[np.float64]:
    """Compute some numbers of a parameter's gradient by central differences in float64.

    (L(w + h) − L(w − h)) / 2h is taken at several steps h, each a quarter of the one before. Two
    neighbours are combined so that their errors of the order of h² cancel (Richardson
    extrapolation). Of these estimates the one with the smallest error counts, which is its
    difference to the next one, and the rounding divided by the step: a large step may
    cross the bend of a ReLU, a small one loses digits. The losses are computed and subtracted in
    extended precision where the machine has it: the loss of a confident prediction is the logarithm
    of a number so close to 1 that float64 keeps only a few of its digits, and a large loss hides a
    small difference.

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, numbers in 0..1 or bytes.
        t: (N,) integer labels or (N, C) one-hot rows.
        parameter: Name of the parameter: W1 and so on.
        indices: Indices in the flat parameter.

    Returns:
        An element for each index: the gradient of the mean loss.

    Raises:
        KeyError: If the network has no such parameter.
    """
    with np.errstate(all="ignore"):
        place, name = _place(network, parameter)
        if network.dtype != np.float64:
            network = network.copied(np.float64)
        y = pixels_to_input(np.asarray(x), np.float64)
        for before in network.layers[:place]:
            y = before.apply(y)
        layer = network.layers[place].copied(np.float64)
        weights = layer.parameters()[name].reshape(-1)
        steps = np.tile(STEPS, len(indices))
        # Both sides go through the other layers in batches of one shape, so that equal numbers
        # stay equal to the last bit, and a gradient of 0 is 0.
        outputs: list[list[Array]] = [[], []]
        for index, step in zip(np.repeat(indices, len(STEPS)), steps, strict=True):
            kept = weights[index]
            for side, sign in zip(outputs, (1, -1), strict=True):
                weights[index] = kept + sign * step
                side.append(layer.apply(y))
            weights[index] = kept
        above, below = (_losses(network, place + 1, side, t) for side in outputs)
    slopes = ((above - below) / (2 * steps)).reshape(len(indices), len(STEPS))
    estimates = (16 * slopes[:, 1:] - slopes[:, :-1]) / 15
    # Of the loss in its precision, and of the outputs that it was computed from in float64.
    rounding = np.finfo(above.dtype).eps * above.reshape(slopes.shape)[:, 2:]
    rounding += np.finfo(np.float64).eps * np.abs(estimates[:, 1:])
    errors = np.abs(np.diff(estimates)) + rounding / STEPS[2:]
    return np.asarray(estimates[np.arange(len(indices)), errors.argmin(axis=1)], np.float64)


def _place(network: Sequential, parameter: str) -> tuple[int, str]:
    """Find the layer of a parameter, and the parameter's name there."""
    array = network.parameters()[parameter]
    for place, layer in enumerate(network.layers):
        for name, own in layer.parameters().items():
            if own is array:
                return place, name
    raise KeyError(parameter)


def _losses(
    network: Sequential, place: int, outputs: Sequence[Array], t: ArrayLike
) -> NDArray[np.longdouble]:
    """Mean loss of each of several batches, continued from the inputs of the layer at a place."""
    y = np.concatenate(outputs)
    for layer in network.layers[place:-1]:
        y = layer.apply(y)
    log_y = log_softmax(y.astype(np.longdouble)).reshape(len(outputs), -1, y.shape[1])
    one_hot = targets(log_y[0], t)
    return np.array([network.loss_layer.mean_loss(rows, one_hot) for rows in log_y])
