"""The layers: each knows how to go forward and how to send a gradient back.

``apply`` is the layer as a plain function and remembers nothing: it is what prediction uses.
``forward`` is the same function and remembers what ``backward`` will need.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from trainer.functions import Array, floats, log_softmax, sigmoid, softmax, targets
from trainer.initializers import initial_weights
from trainer.parallel import product


class Layer(ABC):
    """What all layers share: buffers, and no parameters unless a layer has some.

    Attributes:
        keep_buffers: Whether results are written into arrays that the layer owns and uses again
            at the next call. Off, every call returns a fresh array. The training loop turns it
            on for itself, since allocating megabytes at every step costs more than the maths.
    """

    def __init__(self) -> None:
        self.keep_buffers = False
        self._buffers: dict[str, NDArray[Any]] = {}

    @abstractmethod
    def apply(self, x: Array) -> Array:
        """The layer as a function: nothing is remembered, the result is a fresh array."""

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """``apply``, and remember what ``backward`` needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """The gradient of the input, given that of the output, which is never written to."""

    def parameter_gradients(self, dy: Array) -> None:  # noqa: B027 - right for most layers
        """Leave the gradients of the parameters and no more.

        All that is needed of a first layer: nobody asks for the gradient of the pictures.
        """

    def parameters(self) -> dict[str, Array]:
        """The arrays that training changes, by name."""
        return {}

    def gradients(self) -> dict[str, Array]:
        """The gradients that the last ``backward`` left, by their parameters' names."""
        return {}

    def _buffer(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array to write a result into: a fresh one, or our own of last time."""
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
        initializer: Name of the distribution of the first weights.
        rng: Source of the first weights; same seed, same layer. None: unseeded.
        dtype: Type of the weights and so of the arithmetic.

    Attributes:
        W: (D, H) weights.
        b: (H,) biases, 0 at first.
        dW: (D, H) gradient of the mean batch loss, left by the last ``backward``.
        db: (H,) likewise.
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
        self.dW: Array = np.zeros_like(self.W)
        self.db: Array = np.zeros_like(self.b)
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
        """Leave ``dW`` and ``db``, return the gradient of the input.

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
        """Leave ``dW`` and ``db``; see ``backward``."""
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
        """``dW`` and ``db`` as ``W`` and ``b``."""
        return {"W": self.dW, "b": self.db}


class Relu(Layer):
    """Rectifier ``y = max(x, 0)``, elementwise."""

    def __init__(self) -> None:
        super().__init__()
        self._positive: NDArray[np.bool_] | None = None

    def apply(self, x: Array) -> Array:
        """Zero what is negative, in a copy."""
        x = floats(x)
        return _rectified(x, np.empty_like(x))

    def forward(self, x: Array) -> Array:
        """Zero what is negative and remember what was not."""
        x = floats(x)
        self._positive = self._buffer("positive", x.shape, np.bool_)
        np.greater(x, 0, out=self._positive)
        return _rectified(x, self._buffer("y", x.shape, x.dtype))

    def backward(self, dy: Array) -> Array:
        """Pass the gradient on where the input was positive, 0 elsewhere.

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


class Sigmoid(Layer):
    """Logistic function ``y = 1 / (1 + exp(-x))``, elementwise."""

    def __init__(self) -> None:
        super().__init__()
        self._y: Array | None = None

    def apply(self, x: Array) -> Array:
        """Squeeze every number into 0..1."""
        return sigmoid(x)

    def forward(self, x: Array) -> Array:
        """Squeeze every number into 0..1 and remember the result."""
        x = floats(x)
        self._y = sigmoid(x, out=self._buffer("y", x.shape, x.dtype))
        return self._y

    def backward(self, dy: Array) -> Array:
        """The gradient of the input, ``dy · y · (1 - y)``.

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
    """Softmax and the loss of its answers, as the last layer of a network.

    Args:
        loss: ``cross_entropy`` (mean over the N rows, in nats) or ``mean_squared_error`` (of the
            probabilities, mean over all N·C numbers).

    Raises:
        ValueError: If there is no loss of that name.
    """

    def __init__(self, loss: str = "cross_entropy") -> None:
        super().__init__()
        losses = ("cross_entropy", "mean_squared_error")
        if loss not in losses:
            raise ValueError(f"expected a loss of {', '.join(losses)}; got {loss!r}")
        self.loss_name = loss
        self._log_y: Array | None = None
        self._y: Array | None = None
        self._t: Array | None = None

    def apply(self, x: Array) -> Array:
        """Turn (N, C) scores into probabilities, row by row."""
        return softmax(x)

    def forward(self, x: Array) -> Array:
        """Turn (N, C) scores into probabilities and remember them.

        Their logarithms are what is computed: the loss is taken from those, so that it is exact,
        and finite, where a probability rounds to 0.
        """
        self._log_y = log_softmax(x)
        with np.errstate(under="ignore"):
            self._y = np.exp(self._log_y)
        self._t = None
        return self._y

    def loss(self, t: ArrayLike) -> float:
        """The loss of the last ``forward``, and the one that ``backward`` differentiates.

        Args:
            t: (N,) integer labels or (N, C) one-hot rows.

        Returns:
            The mean, as the class says.

        Raises:
            RuntimeError: If called before ``forward``.
            ValueError: If ``t`` fits neither form.
        """
        if self._y is None or self._log_y is None:
            raise RuntimeError("SoftmaxWithLoss: loss called before forward")
        self._t = targets(self._y, t)
        return self.mean_loss(self._log_y, self._t)

    def mean_loss(self, log_y: Array, t: Array) -> float:
        """The loss of answers that are given by the logarithms of their probabilities.

        Args:
            log_y: (N, C) logarithms of probabilities, in nats.
            t: (N, C) one-hot rows.
        """
        if self.loss_name == "cross_entropy":
            return float(-np.vdot(t, log_y) / len(log_y))
        with np.errstate(under="ignore"):
            return float(np.mean((np.exp(log_y) - t) ** 2))

    def backward(self, dy: Array | float = 1.0) -> Array:
        """The gradient of ``dy · loss`` with respect to the scores.

        Args:
            dy: Gradient of whatever comes after the loss; 1 where nothing does.

        Returns:
            (N, C) gradient; the 1/N of the mean is in it.

        Raises:
            RuntimeError: If called before ``loss``.
        """
        if self._y is None or self._t is None:
            raise RuntimeError("SoftmaxWithLoss: backward called before loss")
        y = self._y
        with np.errstate(under="ignore"):
            error = (y - self._t) * dy
            if self.loss_name == "cross_entropy":
                return np.asarray(error / len(y), y.dtype)
            # Through the softmax: dx = y · (g - sum(g · y)), g being the mean square's gradient.
            g = error * (2 / y.size)
            return np.asarray(y * (g - np.sum(g * y, axis=1, keepdims=True)), y.dtype)
