"""Small network of 3 inputs, 2 hidden units and 2 classes, with numbers small enough for paper."""

import numpy as np

from trainer.layers import Dense, Relu, SoftmaxWithLoss
from trainer.layers.sequential import Sequential

PICTURE = ((1.0, 0.5, 0.0),)
"""(1, 3) picture of three pixels; the last one is black."""

LABEL = 1
"""Class of the picture, which the network gets wrong."""

LEARNING_RATE = 0.5
"""Learning rate of its step."""

_W1 = ((0.5, 1.0), (1.0, -1.0), (2.0, 0.5))
_B1 = (0.0, 1.5)
_W2 = ((1.0, -1.0), (0.5, 1.0))
_B2 = (0.0, -1.0)


def small_network() -> Sequential:
    """Create the network, in float64: dense, ReLU, dense, softmax with cross entropy."""
    network = Sequential()
    for layer in (_dense(_W1, _B1), Relu(), _dense(_W2, _B2), SoftmaxWithLoss()):
        network.add(layer)
    return network


def _dense(W: tuple[tuple[float, ...], ...], b: tuple[float, ...]) -> Dense:
    weights = np.array(W)
    D, H = weights.shape
    layer = Dense(D, H, dtype=np.float64, W=weights)
    layer.b[:] = b
    return layer
