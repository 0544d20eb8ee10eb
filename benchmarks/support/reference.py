"""The reference network, plainly, as one would write it the first time: the code to be beaten.

Everything is float64, labels are one-hot, the weights are changed within ``backward``, the
gradient of the pictures is computed though nobody uses it, and an epoch ends with one pass over
the whole training set.
"""

from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


class Layer(Protocol):
    """Interface that the network expects of a layer."""

    def forward(self, x: Array) -> Array:
        """Compute the output and remember what ``backward`` needs."""

    def backward(self, dy: Any, rate: float) -> Any:
        """Learn, and return the gradient of the input."""


class Dense:
    """Affine map that takes its own gradient step on the way back."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.weights = 0.1 * np.random.randn(inputs, outputs)
        self.biases = np.zeros(outputs)

    def forward(self, x: Array) -> Array:
        """Return x W + b."""
        self.x = x
        y: Array = np.dot(x, self.weights) + self.biases
        return y

    def backward(self, dy: Array, rate: float) -> Array:
        """Step W and b down their gradients; return dy Wᵀ."""
        weight_gradient = np.dot(self.x.T, dy)
        bias_gradient = np.sum(dy, axis=0)
        dx: Array = np.dot(dy, self.weights.T)
        self.weights -= rate * weight_gradient
        self.biases -= rate * bias_gradient
        return dx


class Relu:
    """Rectifier by a mask of what is not positive."""

    def forward(self, x: Array) -> Array:
        """Zero what is not positive, in a copy."""
        self.mask = x <= 0
        y = x.copy()
        y[self.mask] = 0
        return y

    def backward(self, dy: Array, rate: float) -> Array:
        """Zero the same places of the gradient, in place."""
        dy[self.mask] = 0
        return dy


class SoftmaxWithLoss:
    """Row-wise softmax; its loss is the mean cross entropy."""

    def forward(self, x: Array) -> Array:
        """Return the probabilities."""
        exponentials = np.exp(x - np.max(x, axis=1, keepdims=True))
        y: Array = exponentials / np.sum(exponentials, axis=1, keepdims=True)
        self.y = y
        return y

    def loss(self, t: Array) -> float:
        """Mean cross entropy against one-hot rows."""
        self.t = t
        return float(-np.sum(t * np.log(self.y + 1e-9)) / len(t))

    def backward(self, dy: float, rate: float) -> Array:
        """Return (y - t) / N."""
        dx: Array = dy * (self.y - self.t) / len(self.t)
        return dx


class Network:
    """Layers in a row and the loop that trains them."""

    def __init__(self, hidden: tuple[int, ...]) -> None:
        widths = (784, *hidden, 10)
        self.layers: list[Layer] = []
        for inputs, outputs in pairwise(widths):
            self.layers += [Dense(inputs, outputs), Relu()]
        self.last = SoftmaxWithLoss()
        self.layers[-1] = self.last

    def predict(self, x: Array) -> Array:
        """Forward through all layers."""
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def accuracy(self, x: Array, t: Array) -> float:
        """Share of right predictions, in one pass."""
        return float(np.mean(self.predict(x).argmax(axis=1) == t.argmax(axis=1)))

    def epoch(self, x: Array, t: Array, batch_size: int, rate: float) -> tuple[list[float], float]:
        """Train for ceil(N / batch_size) batches drawn with replacement.

        Returns:
            The loss of each batch, and the accuracy over the whole set at the end.
        """
        losses = []
        for _ in range(-(-len(x) // batch_size)):
            rows = np.random.choice(len(x), batch_size)
            self.predict(x[rows])
            losses.append(self.last.loss(t[rows]))
            gradient: Any = 1.0
            for layer in reversed(self.layers):
                gradient = layer.backward(gradient, rate)
        return losses, self.accuracy(x, t)
