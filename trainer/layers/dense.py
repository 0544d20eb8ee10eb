"""Dense layer: every output depends on every input."""

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import DTypeLike

from trainer.functions import Array
from trainer.initializers import initial_weights
from trainer.layers.base import Layer, LayerSpec, Shape
from trainer.layers.explanation import Explanation, Formula
from trainer.parallel import product


@dataclass(frozen=True)
class DenseSpec(LayerSpec):
    """Dense layer of this number of units.

    Attributes:
        units: H, number of output features.
        initializer: Name of the distribution of the initial weights.
    """

    units: int
    initializer: str

    @property
    def layer(self) -> "type[Dense]":
        return Dense

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def parameters(self, input_shape: Shape) -> int:
        return (prod(input_shape) + 1) * self.units

    def flops(self, input_shape: Shape) -> int:
        return 2 * self.parameters(input_shape)

    def build(
        self, input_shape: Shape, rng: np.random.Generator | None, dtype: DTypeLike
    ) -> "Dense":
        D, H = prod(input_shape), self.units
        W = np.zeros((D, H), dtype) if rng is None else None
        return Dense(D, H, self.initializer, rng, dtype, W=W)


class Dense(Layer):
    """Affine map ``y = x @ W + b``.

    Args:
        input_size: D, number of input features.
        output_size: H, number of output features.
        initializer: Name of the distribution of the initial weights.
        rng: Source of the initial weights; same seed, same layer. None: unseeded.
        dtype: Float type of the weights and of the arithmetic.
        W: (D, H) initial weights of this type, not copied; None: drawn from ``rng``.

    Attributes:
        W: (D, H) weights.
        b: (H,) biases, 0 at first.
        dW: (D, H) gradient of the mean batch loss, computed by the last ``backward``; before the
            first one zeros that cannot be written to.
        db: (H,) gradient of the mean batch loss, as ``dW``.
    """

    kind = "dense"
    label = "Dense"

    def __init__(
        self,
        input_size: int,
        output_size: int,
        initializer: str = "random",
        rng: np.random.Generator | None = None,
        dtype: DTypeLike = np.float32,
        *,
        W: Array | None = None,
    ) -> None:
        super().__init__()
        self.spec = DenseSpec(output_size, initializer)
        if W is None:
            rng = rng or np.random.default_rng()
            W = initial_weights(initializer, input_size, output_size, rng).astype(dtype)
        self.W: Array = W
        self.b: Array = np.zeros(output_size, dtype)
        # Zeros that take no memory: a network that only predicts has no use for gradients.
        self.dW: Array = np.broadcast_to(np.zeros((), dtype), self.W.shape)
        self.db: Array = np.broadcast_to(np.zeros((), dtype), self.b.shape)
        self._x: Array | None = None

    def apply(self, x: Array) -> Array:
        """Map (N, D) to (N, H)."""
        y: Array = x @ self.W
        y += self.b
        return y

    def forward(self, x: Array) -> Array:
        """Map (N, D) to (N, H) and keep ``x`` for ``backward``."""
        self._x = x
        y = self._buffer("y", (len(x), self.W.shape[1]), np.result_type(x, self.W))
        product(x, self.W, out=y)
        y += self.b
        return y

    def backward(self, dy: Array) -> Array:
        """Compute ``dW`` and ``db`` and return the gradient of the input.

        Args:
            dy: (N, H) gradient of the mean batch loss with respect to the output; never written
                to.

        Returns:
            (N, D) gradient with respect to the last ``forward`` input.

        Raises:
            RuntimeError: If called before ``forward``.
        """
        self.parameter_gradients(dy)
        dx = self._buffer("dx", (len(dy), self.W.shape[0]), np.result_type(dy, self.W))
        product(dy, self.W.T, out=dx)
        return dx

    def parameter_gradients(self, dy: Array) -> None:
        """Compute ``dW`` and ``db`` only; see ``backward``."""
        if self._x is None:
            raise RuntimeError("Dense: backward called before forward")
        # dy already carries the 1/N of the mean loss: sum here, do not average.
        dtype = np.result_type(self._x, dy)
        self.dW = self._buffer("dW", self.W.shape, dtype)
        self.db = self._buffer("db", self.b.shape, dtype)
        product(self._x.T, dy, out=self.dW)
        # The sum of the rows; as a product it takes a third of np.sum's time.
        np.matmul(np.ones(len(dy), dy.dtype), dy, out=self.db)

    def parameters(self) -> dict[str, Array]:
        """``W`` and ``b``."""
        return {"W": self.W, "b": self.b}

    def gradients(self) -> dict[str, Array]:
        """``dW`` and ``db`` under the names ``W`` and ``b``."""
        return {"W": self.dW, "b": self.db}

    def explain_forward(self) -> Explanation:
        affine = Formula(
            "y = x · W + b",
            "y",
            ("x", "W", "b"),
            "Each unit adds up its inputs, each times a weight, and its bias.",
        )
        return Explanation([affine], [Dense.forward])

    def explain_backward(self) -> Explanation:
        formulas = [
            Formula(
                "dW = xᵀ · dy",
                "dW",
                ("xᵀ", "dy"),
                "A weight's gradient is its input times the gradient of its unit.",
            ),
            Formula(
                "db = Σ dy",
                "db",
                ("dy",),
                "A bias's gradient is that of its unit, added up over the batch.",
            ),
            Formula(
                "dx = dy · Wᵀ",
                "dx",
                ("dy", "Wᵀ"),
                "An input's gradient adds up those of all units, each times its weight.",
            ),
        ]
        return Explanation(formulas, [Dense.backward, Dense.parameter_gradients])
