"""Losses of the softmax's probabilities, each with its gradient."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from trainer.functions import Array
from trainer.layers.explanation import Formula


class Loss(ABC):
    """Loss of predictions, given as logarithms of probabilities so that it stays finite.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        formula: Formula of ``mean``.
        gradient_formula: Formula of ``gradient``, with dy of ``probability_gradient_formula``.
        probability_gradient_formula: Formula of ``probability_gradient``.
    """

    label: ClassVar[str]
    help: ClassVar[str] = ""
    formula: ClassVar[Formula]
    gradient_formula: ClassVar[Formula]
    probability_gradient_formula: ClassVar[Formula]

    @abstractmethod
    def rows(self, log_y: Array, t: Array) -> Array:
        """Loss of each row.

        Args:
            log_y: (N, C) logarithms of probabilities, in nats.
            t: (N, C) one-hot rows.

        Returns:
            (N,) losses; their mean is ``mean``.
        """

    @abstractmethod
    def mean(self, log_y: Array, t: Array) -> np.floating[Any]:
        """Mean loss over the rows, in the precision of ``log_y``.

        Args:
            log_y: (N, C) logarithms of probabilities, in nats.
            t: (N, C) one-hot rows.
        """

    @abstractmethod
    def gradient(self, y: Array, t: Array, dy: Array | float) -> Array:
        """Gradient of ``dy · mean`` with respect to the scores before the softmax.

        Args:
            y: (N, C) probabilities.
            t: (N, C) one-hot rows.
            dy: Gradient with respect to the mean loss.

        Returns:
            (N, C) gradient, including the 1/N of the mean.
        """

    @abstractmethod
    def probability_gradient(self, y: Array, t: Array) -> Array:
        """Gradient of ``mean`` with respect to the probabilities, each taken for itself.

        Args:
            y: (N, C) probabilities.
            t: (N, C) one-hot rows.

        Returns:
            (N, C) gradient, including the 1/N of the mean.
        """


class CrossEntropy(Loss):
    """Cross entropy ``-sum(t · log(y))``, mean over the N rows, in nats."""

    label = "Cross entropy"
    help = "punishes being sure and wrong"
    formula = Formula(
        "L = −Σ t · log(y) / N",
        "L",
        ("t", "y"),
        "The loss is high where the label's probability is low.",
    )
    probability_gradient_formula = Formula(
        "dy = −t / (N · y)",
        "dy",
        ("t", "y"),
        "Only the label's probability counts: the smaller it is, the steeper the loss.",
    )
    gradient_formula = Formula(
        "dx = (y − t) / N",
        "dx",
        ("y", "t"),
        "Softmax and logarithm together: the probability, minus 1 for the label.",
    )

    def rows(self, log_y: Array, t: Array) -> Array:
        # Only the label's logarithm: the others may be infinite, and 0 · inf is not a number.
        return np.asarray(-log_y[np.arange(len(log_y)), t.argmax(axis=1)])

    def mean(self, log_y: Array, t: Array) -> np.floating[Any]:
        return -np.vdot(t, log_y) / len(log_y)

    def gradient(self, y: Array, t: Array, dy: Array | float) -> Array:
        return np.asarray((y - t) * dy / len(y), y.dtype)

    def probability_gradient(self, y: Array, t: Array) -> Array:
        return np.asarray(np.divide(-t, y, out=np.zeros_like(y), where=t != 0) / len(y), y.dtype)


class MeanSquaredError(Loss):
    """Mean of ``(y - t)²`` over all N·C numbers."""

    label = "Mean squared error"
    help = "the squared distance to the right answer; learns more slowly"
    formula = Formula(
        "L = Σ (y − t)² / (N · C)",
        "L",
        ("y", "t"),
        "The squared distances of the probabilities to 1 for the label and 0 elsewhere.",
    )
    probability_gradient_formula = Formula(
        "dy = 2 · (y − t) / (N · C)",
        "dy",
        ("y", "t"),
        "The further a probability is from its target, the steeper the loss.",
    )
    gradient_formula = Formula(
        "dx = y · (dy − Σ dy · y)",
        "dx",
        ("y", "dy"),
        "Through the softmax: raising one score lowers the other probabilities.",
    )

    def rows(self, log_y: Array, t: Array) -> Array:
        return np.asarray(np.mean((np.exp(log_y) - t) ** 2, axis=1))

    def mean(self, log_y: Array, t: Array) -> np.floating[Any]:
        return np.mean((np.exp(log_y) - t) ** 2)

    def gradient(self, y: Array, t: Array, dy: Array | float) -> Array:
        # Through the softmax: dx = y · (g - sum(g · y)) with g the gradient of the mean square.
        g = self.probability_gradient(y, t) * dy
        return np.asarray(y * (g - np.sum(g * y, axis=1, keepdims=True)), y.dtype)

    def probability_gradient(self, y: Array, t: Array) -> Array:
        return np.asarray((y - t) * (2 / y.size), y.dtype)


LOSSES: dict[str, Loss] = {
    "cross_entropy": CrossEntropy(),
    "mean_squared_error": MeanSquaredError(),
}
