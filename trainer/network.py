"""The network: layers in order, used the way the reference is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from trainer import figures, loop
from trainer.batches import pixels_to_input, weights_rng
from trainer.config import Config
from trainer.events import Epoch, Step
from trainer.functions import Array, class_labels, log_softmax
from trainer.layers import Dense, Layer, Relu, Sigmoid, SoftmaxWithLoss
from trainer.optimizers import OPTIMIZERS, SGD

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ACTIVATIONS = {"relu": Relu, "sigmoid": Sigmoid}

# Pictures answered in one go: enough for the matrix products, few enough for the cache.
_BLOCK = 1000


class Network:
    """A stack of layers, the last of which is a ``SoftmaxWithLoss``.

    Attributes:
        layers: The layers, first to last.
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
    ) -> "Network":
        """Build the network that a config describes, its first weights drawn from its seed."""
        rng = weights_rng(config.seed)
        network = cls()
        for units in config.hidden:
            network.add(Dense(input_size, units, config.initializer, rng, dtype))
            network.add(_ACTIVATIONS[config.activation]())
            input_size = units
        network.add(Dense(input_size, classes, config.initializer, rng, dtype))
        network.add(SoftmaxWithLoss(config.loss))
        return network

    def add(self, layer: Layer) -> None:
        """Put a layer behind the last one."""
        self.layers.append(layer)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Float type of the arithmetic: that of the first parameter."""
        return next((p.dtype for p in self.parameters().values()), np.dtype(np.float32))

    @property
    def classes(self) -> int:
        """C, the width of the last layer that has parameters.

        Raises:
            RuntimeError: If no layer has any.
        """
        parameters = list(self.parameters().values())
        if not parameters:
            raise RuntimeError("expected a layer with parameters, such as Dense; there is none")
        return len(parameters[-1])

    @property
    def loss_layer(self) -> SoftmaxWithLoss:
        """The last layer.

        Raises:
            RuntimeError: If that is not a ``SoftmaxWithLoss``.
        """
        last = self.layers[-1] if self.layers else None
        if not isinstance(last, SoftmaxWithLoss):
            raise RuntimeError(f"expected SoftmaxWithLoss as the last layer; got {last!r}")
        return last

    @contextmanager
    def buffers_kept(self) -> Iterator[None]:
        """Let the layers use their buffers again at every step, as long as this lasts."""
        for layer in self.layers:
            layer.keep_buffers = True
        try:
            yield
        finally:
            for layer in self.layers:
                layer.keep_buffers = False

    def parameters(self) -> dict[str, Array]:
        """All arrays that training changes: W1, b1 of the first layer that has some and so on."""
        return self._named("parameters")

    def gradients(self) -> dict[str, Array]:
        """The gradients that the last backward pass left, by their parameters' names."""
        return self._named("gradients")

    def _named(self, what: str) -> dict[str, Array]:
        groups = [getattr(layer, what)() for layer in self.layers]
        numbered = enumerate((group for group in groups if group), start=1)
        return {f"{name}{i}": array for i, group in numbered for name, array in group.items()}

    def predict(self, x: ArrayLike) -> Array:
        """The probability of each class.

        Args:
            x: (N, D) pictures, numbers in 0..1 or bytes.

        Returns:
            (N, C) probabilities, a fresh array; what training remembers is left alone.
        """
        return self._answers(x, self.loss_layer.apply)

    def log_probabilities(self, x: ArrayLike) -> Array:
        """``predict``'s logarithms, which stay finite where a probability rounds to 0."""
        return self._answers(x, log_softmax)

    def _answers(self, x: ArrayLike, last: Callable[[Array], Array]) -> Array:
        x = np.asarray(x)
        if x.ndim != 2:
            raise ValueError(f"expected pictures of shape (N, D); got {x.shape}")
        answers = np.empty((len(x), self.classes), self.dtype)
        numbers = np.empty((min(_BLOCK, len(x)), x.shape[1]), self.dtype)
        for start in range(0, len(x), _BLOCK):
            block = slice(start, start + _BLOCK)
            y = pixels_to_input(x[block], self.dtype, out=numbers[: len(x[block])])
            for layer in self.layers[:-1]:
                y = layer.apply(y)
            answers[block] = last(y)
        return answers

    def forward_pass(self, x: ArrayLike) -> Array:
        """Forward through all layers, remembering what ``backward_pass`` needs.

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
        """Share of the pictures whose most probable class is the true one, in 0..1.

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
        """Send the gradient of the last ``loss`` back and take one plain gradient step."""
        self.backward()
        parameters = list(self.parameters().values())
        SGD(parameters).update(parameters, list(self.gradients().values()), learning_rate)

    def backward(self) -> None:
        """Send the gradient of the last ``loss`` back; the layers keep their parameters'."""
        dy = self.loss_layer.backward()
        for layer in reversed(self.layers[1:-1]):
            dy = layer.backward(dy)
        self.layers[0].parameter_gradients(dy)

    def evaluate(self, x_test: ArrayLike, t_test: ArrayLike) -> float:
        """Print the test accuracy, and return it."""
        accuracy = self.accuracy(x_test, t_test)
        print(f"Test accuracy={accuracy:.4f}")
        return accuracy

    def train(
        self,
        x_train: ArrayLike,
        t_train: ArrayLike,
        *,
        epochs: int = 20,
        batch_size: int = 128,
        learning_rate: float = 0.1,
        optimizer: str = "sgd",
        schedule: str = "constant",
        sampling: str = "random",
        augment: bool = False,
        seed: int | None = None,
    ) -> list[float]:
        """Train on a set, printing the accuracy over it after each epoch.

        Args:
            x_train: (N, D) pictures, numbers in 0..1 or bytes; left as they are.
            t_train: (N,) integer labels or (N, C) one-hot rows; left as they are.
            epochs: Times ceil(N / batch_size) steps.
            batch_size: Pictures of a step.
            learning_rate: Size of a step.
            optimizer: ``sgd``, ``momentum`` or ``adam``.
            schedule: ``constant`` or ``cosine``.
            sampling: ``random`` or ``shuffle``.
            augment: Whether pictures (28 × 28) are distorted at random.
            seed: Governs which pictures are drawn; the first weights are the layers' matter.
                None: another draw each time.

        Returns:
            The loss of each iteration.

        Raises:
            Diverged: If a loss is not finite.
            ValueError: If an argument is none of those named.
        """
        if optimizer not in OPTIMIZERS:
            raise ValueError(f"expected an optimizer of {', '.join(OPTIMIZERS)}; got {optimizer!r}")
        state = loop.State(self, OPTIMIZERS[optimizer](list(self.parameters().values())))
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        losses = []
        for event in loop.train(
            state,
            loop.Pictures(np.asarray(x_train), class_labels(t_train)),
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            schedule=schedule,
            sampling=sampling,
            augment=augment,
            seed=seed,
        ):
            match event:
                case Step(loss=loss):
                    losses.append(loss)
                case Epoch():
                    print(f"Epoch {event.epoch}/{epochs}")
                    print(f"Train accuracy={event.train_accuracy:.4f}")
        return losses

    def plot_error(self, train_errors: list[float], *, show: bool = False) -> "go.Figure":
        """Draw the loss by iteration.

        Args:
            train_errors: What ``train`` returned.
            show: Whether to open the figure.
        """
        figure = figures.loss_figure(train_errors)
        if show:
            figure.show()
        return figure

    def show_failures(
        self, x_test: ArrayLike, t_test: ArrayLike, *, show: bool = False
    ) -> "go.Figure":
        """Draw the first 60 pictures that are misread, 6 rows of 10, predicted and true digit.

        Args:
            x_test: (N, 784) pictures, numbers in 0..1 or bytes.
            t_test: (N,) integer labels or (N, 10) one-hot rows.
            show: Whether to open the figure.
        """
        predicted = self.predict(x_test).argmax(axis=1)
        figure = figures.failures_figure(np.asarray(x_test), class_labels(t_test), predicted)
        if show:
            figure.show()
        return figure
