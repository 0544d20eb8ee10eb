"""Attribution of a prediction to the pixels of its picture."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from trainer.batches import pixels_to_input
from trainer.functions import Array
from trainer.inspection.trace import Step, trace
from trainer.layers.sequential import Sequential

PATCH = 4
"""Pixels a side of the patch that covers a part of the picture."""

STEP = 0.5
"""Length of a step that changes a picture, as the Euclidean norm over pixels in 0..1."""


def saliency(network: Sequential, x: ArrayLike, target: int) -> tuple[Array, Array]:
    """Differentiate the score of a class with respect to the pixels.

    Simonyan, Vedaldi and Zisserman 2014, "Deep inside convolutional networks".

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, numbers in 0..1 or bytes.
        target: Class.

    Returns:
        (N, C) scores before the softmax, and the (N, D) gradients of the class's score.
    """
    layers = [layer.sharing_parameters() for layer in network.layers[:-1]]
    with np.errstate(all="ignore"):
        scores = pixels_to_input(np.asarray(x), network.dtype)
        for layer in layers:
            scores = layer.forward(scores)
        gradient = np.zeros_like(scores)
        gradient[:, target] = 1
        for layer in reversed(layers):
            gradient = layer.backward(gradient)
    return scores, gradient


def occlusion(network: Sequential, x: ArrayLike, target: int) -> Array:
    """Cover each part of a picture with a black patch and predict it again.

    Zeiler and Fergus 2014, "Visualizing and understanding convolutional networks".

    Args:
        network: Network, which does not change.
        x: (S, S) picture, numbers in 0..1 or bytes.
        target: Class.

    Returns:
        (S − PATCH + 1, S − PATCH + 1) probability of the class by row and column of the patch's
        first pixel.
    """
    x = np.asarray(x)
    places = len(x) - PATCH + 1
    covered = np.broadcast_to(x, (places, places, *x.shape)).copy()
    for row, column in np.ndindex(places, places):
        covered[row, column, row : row + PATCH, column : column + PATCH] = 0
    y = network.predict(covered.reshape(places * places, -1))
    return np.asarray(y[:, target].reshape(places, places))


def change(
    network: Sequential, x: ArrayLike, target: int, steps: int
) -> Iterator[tuple[Step, Array]]:
    """Change a picture along the gradient of its pixels until it is predicted as a class.

    Each step is of the length ``STEP`` against the gradient of the loss that the class would have;
    pixels stay in 0..1. The weights do not change.

    Args:
        network: Network, which does not change.
        x: (1, D) picture, numbers in 0..1 or bytes.
        target: Class.
        steps: Largest number of steps.

    Yields:
        Loss and probabilities, and the picture: before the first step and after each.
    """
    x = pixels_to_input(np.asarray(x), network.dtype)
    for number in range(steps + 1):
        found = trace(network, x, [target])
        yield Step(found.loss, found.probabilities), x
        gradient = found.layers[0].d_input
        norm = float(np.linalg.norm(gradient))
        if number == steps or found.probabilities.argmax() == target or not 0 < norm < np.inf:
            return
        x = np.clip(x - gradient * (STEP / norm), 0, 1)
