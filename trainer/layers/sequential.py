"""Network as a list of layers: forward pass, loss, backward pass."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from trainer.batches import pixels_to_input, weights_rng
from trainer.config import Config
from trainer.functions import Array, class_labels, log_softmax
from trainer.layers import Cost, Layer, Shape, SoftmaxWithLoss, with_input_shapes
from trainer.optimizers import SGD

# Pictures predicted at once: enough for the matrix products, few enough for the cache.
_BLOCK = 1000


class Sequential:
    """Layers in order, the last of which is a ``SoftmaxWithLoss``.

    Attributes:
        layers: Layers, first to last.
    """

    def __init__(self) -> None:
        self.layers: list[Layer] = []

    @classmethod
    def from_config(
        cls,
        config: Config,
        input_size: int = 784,
        classes: int = 10,
        dtype: DTypeLike = np.float32,
        *,
        drawn: bool = True,
    ) -> Self:
        """Build the network of a config.

        Args:
            config: Config of the network.
            input_size: D, number of input features.
            classes: C, number of classes.
            dtype: Float type of the weights and of the arithmetic.
            drawn: True to draw the initial weights from the config's seed; else they are 0, to be
                replaced by stored ones.
        """
        rng = weights_rng(config.seed) if drawn else None
        network = cls()
        for spec, shape in with_input_shapes(config.layers(classes), (input_size,)):
            network.add(spec.build(shape, rng, dtype))
        return network

    def add(self, layer: Layer) -> None:
        """Append a layer."""
        self.layers.append(layer)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Float type of the arithmetic, which is that of the first parameter."""
        return next((p.dtype for p in self.parameters().values()), np.dtype(np.float32))

    @property
    def classes(self) -> int:
        """C, number of outputs of the last layer that has parameters.

        Raises:
            RuntimeError: If no layer has parameters.
        """
        parameters = list(self.parameters().values())
        if not parameters:
            raise RuntimeError("expected a layer with parameters, such as Dense; there is none")
        return len(parameters[-1])

    def cost(self, input_shape: Shape) -> Cost:
        """Parameters of the network, and operations of its forward pass for one picture."""
        return Cost.of((layer.spec for layer in self.layers), input_shape)

    @property
    def loss_layer(self) -> SoftmaxWithLoss:
        """Last layer.

        Raises:
            RuntimeError: If it is not a ``SoftmaxWithLoss``.
        """
        last = self.layers[-1] if self.layers else None
        if not isinstance(last, SoftmaxWithLoss):
            raise RuntimeError(f"expected SoftmaxWithLoss as the last layer; got {last!r}")
        return last

    @contextmanager
    def buffers_kept(self) -> Iterator[None]:
        """Let the layers use their buffers again in every step while the context lasts."""
        for layer in self.layers:
            layer.keep_buffers = True
        try:
            yield
        finally:
            for layer in self.layers:
                layer.keep_buffers = False

    def parameters(self) -> dict[str, Array]:
        """Parameters by name: W1 and b1 of the first layer that has parameters, and so on."""
        return named(layer.parameters() for layer in self.layers)

    def gradients(self) -> dict[str, Array]:
        """Gradients that the last backward pass computed, by the names of their parameters."""
        return named(layer.gradients() for layer in self.layers)

    def copied(self, dtype: DTypeLike) -> "Sequential":
        """Return a copy, with parameters of a float type."""
        copy = Sequential()
        for layer in self.layers:
            copy.add(layer.copied(dtype))
        return copy

    def predict(self, x: ArrayLike) -> Array:
        """Probability of each class.

        Args:
            x: (N, D) pictures, numbers in 0..1 or bytes.

        Returns:
            (N, C) probabilities, a new array; arrays kept for ``backward`` do not change.
        """
        return self._outputs(x, self.loss_layer.apply)

    def log_probabilities(self, x: ArrayLike) -> Array:
        """Logarithms of ``predict``, finite where a probability rounds to 0."""
        return self._outputs(x, log_softmax)

    def features(self, x: NDArray[Any]) -> Array:
        """Activations of the last hidden layer, or the pixels if there is none.

        Args:
            x: (N, D) pictures, numbers in 0..1 or bytes.

        Returns:
            (N, H) inputs of the last layer that has parameters.
        """
        last = max(i for i, layer in enumerate(self.layers) if layer.parameters())
        y = pixels_to_input(x, self.dtype)
        for layer in self.layers[:last]:
            y = layer.apply(y)
        return y

    def _outputs(self, x: ArrayLike, last: Callable[[Array], Array]) -> Array:
        x = np.asarray(x)
        if x.ndim != 2:
            raise ValueError(f"expected pictures of shape (N, D); got {x.shape}")
        outputs = np.empty((len(x), self.classes), self.dtype)
        numbers = np.empty((min(_BLOCK, len(x)), x.shape[1]), self.dtype)
        for start in range(0, len(x), _BLOCK):
            block = slice(start, start + _BLOCK)
            y = pixels_to_input(x[block], self.dtype, out=numbers[: len(x[block])])
            for layer in self.layers[:-1]:
                y = layer.apply(y)
            outputs[block] = last(y)
        return outputs

    def forward_pass(self, x: ArrayLike) -> Array:
        """Forward pass through all layers, keeping what ``backward_pass`` needs.

        Args:
            x: (N, D) pictures, numbers in 0..1 or bytes.

        Returns:
            (N, C) probabilities.
        """
        x = np.asarray(x)
        y = x if x.dtype == self.dtype else pixels_to_input(x, self.dtype)
        for layer in self.layers:
            y = layer.forward(y)
        return y

    def loss(self, t: ArrayLike) -> float:
        """Mean loss of the last ``forward_pass``.

        Args:
            t: (N,) integer labels or (N, C) one-hot rows.
        """
        return self.loss_layer.loss(t)

    def accuracy(self, x: ArrayLike, t: ArrayLike) -> float:
        """Share of the pictures whose most probable class is the label, in 0..1.

        Args:
            x: (N, D) pictures, numbers in 0..1 or bytes.
            t: (N,) integer labels or (N, C) one-hot rows.
        """
        predicted, labels = self.predict(x).argmax(axis=1), class_labels(t)
        if len(predicted) != len(labels):
            raise ValueError(
                f"expected a label for each picture; got {len(labels)} for {len(predicted)}"
            )
        return float(np.mean(predicted == labels))

    def backward_pass(self, learning_rate: float) -> None:
        """Backward pass from the last ``loss``, then one step of plain gradient descent."""
        self.backward()
        parameters = list(self.parameters().values())
        SGD(parameters).update(parameters, list(self.gradients().values()), learning_rate)

    def backward(self) -> None:
        """Compute the gradients of the last ``loss`` with respect to all parameters."""
        dy = self.loss_layer.backward()
        for layer in reversed(self.layers[1:-1]):
            dy = layer.backward(dy)
        self.layers[0].parameter_gradients(dy)


def named(groups: Iterable[dict[str, Array]]) -> dict[str, Array]:
    """Name the arrays of a network's layers: W1 and b1 of the first layer with arrays, and so on.

    Args:
        groups: Arrays of each layer, first to last, by their names there.
    """
    numbered = enumerate((group for group in groups if group), start=1)
    return {f"{name}{i}": array for i, group in numbered for name, array in group.items()}
