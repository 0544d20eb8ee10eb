"""Softmax with the loss, the last layer of a network."""

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from trainer.functions import Array, log_softmax, softmax, targets
from trainer.layers.base import Layer, LayerSpec, Shape
from trainer.layers.explanation import Explanation, Formula
from trainer.layers.losses import LOSSES


@dataclass(frozen=True)
class SoftmaxWithLossSpec(LayerSpec):
    """Softmax with the loss of this name."""

    loss: str

    @property
    def layer(self) -> "type[SoftmaxWithLoss]":
        return SoftmaxWithLoss

    def flops(self, input_shape: Shape) -> int:
        return 4 * prod(input_shape)  # difference to the maximum, exponential, sum, quotient

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None, dtype: DTypeLike
    ) -> "SoftmaxWithLoss":
        return SoftmaxWithLoss(self.loss)


class SoftmaxWithLoss(Layer):
    """Softmax and the loss of its probabilities; the last layer of a network.

    Args:
        loss: A name in ``LOSSES``.

    Raises:
        ValueError: If there is no loss of that name.
    """

    kind = "softmax_with_loss"
    label = "Softmax with loss"

    def __init__(self, loss: str = "cross_entropy") -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"expected a loss of {', '.join(LOSSES)}; got {loss!r}")
        self.spec = SoftmaxWithLossSpec(loss)
        self._loss = LOSSES[loss]
        self._log_y: Array | None = None
        self._y: Array | None = None
        self._t: Array | None = None

    def apply(self, x: Array) -> Array:
        """Map (N, C) scores to probabilities, row by row."""
        return softmax(x)

    def forward(self, x: Array) -> Array:
        """Map (N, C) scores to probabilities and keep them for ``loss`` and ``backward``.

        The logarithms of the probabilities are computed first and kept too: the loss taken from
        them is exact, and finite, where a probability rounds to 0.
        """
        self._log_y = log_softmax(x)
        with np.errstate(under="ignore"):
            self._y = np.exp(self._log_y)
        self._t = None
        return self._y

    def loss(self, t: ArrayLike) -> float:
        """Mean loss of the last ``forward``; ``backward`` differentiates this function.

        Args:
            t: (N,) integer labels or (N, C) one-hot rows.

        Raises:
            RuntimeError: If called before ``forward``.
            ValueError: If ``t`` has neither shape.
        """
        if self._y is None or self._log_y is None:
            raise RuntimeError("SoftmaxWithLoss: loss called before forward")
        self._t = targets(self._y, t)
        return float(self.mean_loss(self._log_y, self._t))

    def mean_loss(self, log_y: Array, t: Array) -> np.floating[Any]:
        """Mean loss of predictions, in the precision of ``log_y``.

        Args:
            log_y: (N, C) logarithms of probabilities, in nats.
            t: (N, C) one-hot rows.
        """
        with np.errstate(under="ignore"):
            return self._loss.mean(log_y, t)

    def backward(self, dy: Array | float = 1.0) -> Array:
        """Gradient of ``dy · loss`` with respect to the scores.

        Args:
            dy: Gradient with respect to the loss; 1 if the loss is the last function.

        Returns:
            (N, C) gradient, including the 1/N of the mean.

        Raises:
            RuntimeError: If called before ``loss``.
        """
        if self._y is None or self._t is None:
            raise RuntimeError("SoftmaxWithLoss: backward called before loss")
        with np.errstate(under="ignore"):
            return self._loss.gradient(self._y, self._t, dy)

    def probability_gradient(self) -> Array:
        """Gradient of the last ``loss`` with respect to the probabilities.

        Returns:
            (N, C) gradient, including the 1/N of the mean; infinite where it is too large for its
            type.

        Raises:
            RuntimeError: If called before ``loss``.
        """
        if self._y is None or self._t is None:
            raise RuntimeError("SoftmaxWithLoss: probability_gradient called before loss")
        with np.errstate(all="ignore"):
            return self._loss.probability_gradient(self._y, self._t)

    def explain_forward(self) -> Explanation:
        probabilities = Formula(
            "y = exp(x) / Σ exp(x)",
            "y",
            ("x",),
            "The scores become probabilities: positive numbers that add up to 1.",
        )
        return Explanation(
            [probabilities, self._loss.formula],
            [SoftmaxWithLoss.forward, log_softmax, type(self._loss).mean],
        )

    def explain_backward(self) -> Explanation:
        return Explanation(
            [self._loss.probability_gradient_formula, self._loss.gradient_formula],
            [SoftmaxWithLoss.backward, type(self._loss).gradient],
        )
