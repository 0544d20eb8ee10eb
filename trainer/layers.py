"""Layers of a network, each with its forward and backward pass.

``apply`` computes a layer's output and keeps nothing; predictions use it. ``forward`` computes the
same and keeps what ``backward`` needs.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from trainer.functions import Array, floats, log_softmax, sigmoid, softmax, targets
from trainer.initializers import initial_weights
from trainer.losses import LOSSES
from trainer.parallel import product


class Layer(ABC):
    """Base of all layers.

    Attributes:
        keep_buffers: True if results are written into arrays that the layer owns and uses again
            at the next call; else every call returns a new array. The training loop sets it,
            because allocating megabytes in every step takes longer than the computation.
    """

    def __init__(self) -> None:
        self.keep_buffers = False
        self._buffers: dict[str, NDArray[Any]] = {}

    @abstractmethod
    def apply(self, x: Array) -> Array:
        """Compute the output in a new array and keep nothing."""

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Compute the output and keep what ``backward`` needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Compute the gradient of the input from that of the output, which is never written to."""

    def parameter_gradients(self, dy: Array) -> None:  # noqa: B027 - right for layers without parameters
        """Compute the gradients of the parameters only.

        Sufficient for the first layer, because the gradient of the pictures is not used.
        """

    def parameters(self) -> dict[str, Array]:
        """Parameters by name."""
        return {}

    def gradients(self) -> dict[str, Array]:
        """Gradients that the last ``backward`` computed, by the names of their parameters."""
        return {}

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array for a result: a new one, or the one of the last call."""
        if not self.keep_buffers:
            return np.empty(shape, dtype)
        buffer = self._buffers.get(name)
        if (
            buffer is None
            or buffer.dtype != dtype
            or len(buffer) < shape[0]
            or buffer.shape[1:] != shape[1:]
        ):
            buffer = self._buffers[name] = np.empty(shape, dtype)
        return buffer[: shape[0]]


class Dense(Layer):
    """Affine map ``y = x @ W + b``.

    Args:
        input_size: D, number of input features.
        output_size: H, number of output features.
        initializer: Name of the distribution of the initial weights.
        rng: Source of the initial weights; same seed, same layer. None: unseeded.
        dtype: Float type of the weights and of the arithmetic.

    Attributes:
        W: (D, H) weights.
        b: (H,) biases, 0 at first.
        dW: (D, H) gradient of the mean batch loss, computed by the last ``backward``; before the
            first one zeros that cannot be written to.
        db: (H,) gradient of the mean batch loss, as ``dW``.
    """

    def __init__(
        self,
        input_size: int,
        output_size: int,
        initializer: str = "random",
        rng: np.random.Generator | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        super().__init__()
        rng = rng or np.random.default_rng()
        self.W: Array = initial_weights(initializer, input_size, output_size, rng).astype(dtype)
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


class Activation(Layer):
    """Function applied to each number; without it, several dense layers equal one.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
    """

    label: ClassVar[str]
    help: ClassVar[str]


class Relu(Activation):
    """Rectifier ``y = max(x, 0)``, elementwise."""

    label = "ReLU"
    help = "negative becomes 0"

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

    def backward(self, dy: Array) -> Array:
        """Gradient of the input: ``dy`` where the input was positive, else 0.

        Args:
            dy: Gradient with respect to the output; never written to.

        Returns:
            Gradient with respect to the last ``forward`` input, of the same shape.

        Raises:
            RuntimeError: If called before ``forward``.
        """
        if self._positive is None:
            raise RuntimeError("Relu: backward called before forward")
        dx = self._buffer("dx", dy.shape, dy.dtype)
        np.multiply(dy, self._positive, out=dx)
        return dx


def _rectified(x: Array, out: Array) -> Array:
    # Against a row of zeros NumPy is twice as fast as against a lone zero.
    np.maximum(x, np.zeros(x.shape[-1:], x.dtype), out=out)
    return out


class Sigmoid(Activation):
    """Logistic function ``y = 1 / (1 + exp(-x))``, elementwise."""

    label = "Sigmoid"
    help = "squeezed into 0 to 1"

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

    def backward(self, dy: Array) -> Array:
        """Gradient of the input, ``dy · y · (1 - y)``.

        Args:
            dy: Gradient with respect to the output; never written to.

        Returns:
            Gradient with respect to the last ``forward`` input, of the same shape.

        Raises:
            RuntimeError: If called before ``forward``.
        """
        if self._y is None:
            raise RuntimeError("Sigmoid: backward called before forward")
        dx = self._buffer("dx", dy.shape, np.result_type(dy, self._y))
        with np.errstate(under="ignore"):
            np.subtract(1, self._y, out=dx)
            dx *= self._y
            dx *= dy
        return dx


class SoftmaxWithLoss(Layer):
    """Softmax and the loss of its probabilities; the last layer of a network.

    Args:
        loss: A name in ``LOSSES``.

    Raises:
        ValueError: If there is no loss of that name.
    """

    def __init__(self, loss: str = "cross_entropy") -> None:
        super().__init__()
        if loss not in LOSSES:
            raise ValueError(f"expected a loss of {', '.join(LOSSES)}; got {loss!r}")
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
        return self.mean_loss(self._log_y, self._t)

    def mean_loss(self, log_y: Array, t: Array) -> float:
        """Mean loss of predictions.

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


ACTIVATIONS: dict[str, type[Activation]] = {"relu": Relu, "sigmoid": Sigmoid}
"""Activations by their names in a config."""
