"""Activations: functions between dense layers, applied to each number."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.functions import Array, floats, sigmoid
from trainer.layers.base import Layer, LayerSpec, Shape
from trainer.layers.explanation import Explanation, Formula


class Activation(Layer):
    """Function applied to each number; without it, several dense layers equal one.

    Attributes:
        help: Explanation in a learner's words.
        flops: Floating-point operations for each number.
    """

    help: ClassVar[str]
    flops: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__()
        self.spec = ActivationSpec(type(self))

    def silent(self, y: Array) -> NDArray[np.bool_]:
        """Mark the outputs of units that do not react: their gradient is 0, or nearly.

        Args:
            y: Outputs of this layer.

        Returns:
            An array of the same shape; all False if the function always reacts.
        """
        return np.zeros(y.shape, np.bool_)


@dataclass(frozen=True)
class ActivationSpec(LayerSpec):
    """Activation of this kind."""

    activation: type[Activation]

    @property
    def layer(self) -> type[Activation]:
        return self.activation

    def flops(self, input_shape: Shape) -> int:
        return self.activation.flops * prod(input_shape)

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None, dtype: DTypeLike
    ) -> Activation:
        return self.activation()


class Relu(Activation):
    """Rectifier ``y = max(x, 0)``, elementwise."""

    kind = "relu"
    label = "ReLU"
    help = "negative numbers become 0"

    def __init__(self) -> None:
        super().__init__()
        self._positive: NDArray[np.bool_] | None = None

    def apply(self, x: Array) -> Array:
        """Replace negative numbers by 0 in a new array."""
        x = floats(x)
        return _rectified(x, np.empty_like(x))

    def forward(self, x: Array) -> Array:
        """Replace negative numbers by 0 and keep the places of the positive ones."""
        x = floats(x)
        self._positive = self._buffer("positive", x.shape, np.bool_)
        np.greater(x, 0, out=self._positive)
        return _rectified(x, self._buffer("y", x.shape, x.dtype))

    def silent(self, y: Array) -> NDArray[np.bool_]:
        """Mark outputs of 0."""
        return np.equal(y, 0)

    def backward(self, dy: Array) -> Array:
        """Gradient of the input: ``dy`` where the input was positive, else 0."""
        if self._positive is None:
            raise RuntimeError("Relu: backward called before forward")
        dx = self._buffer("dx", dy.shape, dy.dtype)
        np.multiply(dy, self._positive, out=dx)
        return dx

    def explain_forward(self) -> Explanation:
        formula = Formula("y = max(x, 0)", "y", ("x",), "Negative numbers become 0.")
        return Explanation([formula], [Relu.forward, _rectified])

    def explain_backward(self) -> Explanation:
        formula = Formula(
            "dx = dy · [x > 0]",
            "dx",
            ("dy", "x"),
            "The gradient passes where the number was positive, and stops elsewhere.",
        )
        return Explanation([formula], [Relu.backward])


def _rectified(x: Array, out: Array) -> Array:
    # Against a row of zeros NumPy is twice as fast as against a lone zero.
    np.maximum(x, np.zeros(x.shape[-1:], x.dtype), out=out)
    return out


class Sigmoid(Activation):
    """Logistic function ``y = 1 / (1 + exp(-x))``, elementwise."""

    kind = "sigmoid"
    label = "Sigmoid"
    help = "squeezes every number between 0 and 1"
    flops = 4  # negative, exponential, sum, reciprocal

    def __init__(self) -> None:
        super().__init__()
        self._y: Array | None = None

    def apply(self, x: Array) -> Array:
        """Map every number to 0..1."""
        return sigmoid(x)

    def forward(self, x: Array) -> Array:
        """Map every number to 0..1 and keep the result."""
        x = floats(x)
        self._y = sigmoid(x, out=self._buffer("y", x.shape, x.dtype))
        return self._y

    def silent(self, y: Array) -> NDArray[np.bool_]:
        """Mark outputs within 0.01 of 0 or 1."""
        return np.asarray(np.abs(y - 0.5) > 0.49)

    def backward(self, dy: Array) -> Array:
        """Gradient of the input, ``dy · y · (1 - y)``."""
        if self._y is None:
            raise RuntimeError("Sigmoid: backward called before forward")
        dx = self._buffer("dx", dy.shape, np.result_type(dy, self._y))
        with np.errstate(under="ignore"):
            np.subtract(1, self._y, out=dx)
            dx *= self._y
            dx *= dy
        return dx

    def explain_forward(self) -> Explanation:
        formula = Formula(
            "y = 1 / (1 + exp(−x))", "y", ("x",), "Every number is squeezed between 0 and 1."
        )
        return Explanation([formula], [Sigmoid.forward, sigmoid])

    def explain_backward(self) -> Explanation:
        formula = Formula(
            "dx = dy · y · (1 − y)",
            "dx",
            ("dy", "y"),
            "The gradient shrinks to a quarter at most, and to almost nothing near 0 and 1.",
        )
        return Explanation([formula], [Sigmoid.backward])


ACTIVATIONS: dict[str, type[Activation]] = {layer.kind: layer for layer in (Relu, Sigmoid)}
"""Activations by their names in a config."""
