"""Bases of all layers and of their specifications."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.functions import Array
from trainer.layers.explanation import Explanation

Shape = tuple[int, ...]
"""Shape of one picture's numbers, without the batch."""


@dataclass(frozen=True)
class LayerSpec(ABC):
    """Specification of a layer; the defaults are right for a layer without parameters."""

    @property
    @abstractmethod
    def layer(self) -> "type[Layer]":
        """Class of the layer."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """Shape of the output for an input of this shape."""
        return input_shape

    def parameters(self, input_shape: Shape) -> int:
        """Number of weights and biases."""
        return 0

    @abstractmethod
    def flops(self, input_shape: Shape) -> int:
        """Floating-point operations of the forward pass of one picture."""

    @abstractmethod
    def build(
        self, input_shape: Shape, rng: np.random.Generator | None, dtype: DTypeLike
    ) -> "Layer":
        """Create the layer.

        Args:
            input_shape: Shape of the input for one picture.
            rng: Source of the initial weights; None: they are 0.
            dtype: Float type of the weights.
        """


def with_input_shapes(
    specs: Iterable[LayerSpec], input_shape: Shape
) -> Iterator[tuple[LayerSpec, Shape]]:
    """Pair each layer of a network, first to last, with the shape of its input."""
    for spec in specs:
        yield spec, input_shape
        input_shape = spec.output_shape(input_shape)


def names(specs: Iterable[LayerSpec]) -> list[str]:
    """Names of the layers of a network, first to last: Dense 1, ReLU 1, Dense 2 and so on.

    The last layer has no number, because there is one only.
    """
    *labels, last = [spec.layer.label for spec in specs]
    seen: Counter[str] = Counter()
    numbered = []
    for label in labels:
        seen[label] += 1
        numbered.append(f"{label} {seen[label]}")
    return [*numbered, last]


@dataclass(frozen=True, slots=True)
class Cost:
    """Size and cost of a network.

    Attributes:
        parameters: Number of weights and biases.
        flops: Floating-point operations of the forward pass of one picture.
    """

    parameters: int
    flops: int

    @classmethod
    def of(cls, specs: Iterable[LayerSpec], input_shape: Shape) -> "Cost":
        """Add up the layers of a network, first to last."""
        pairs = list(with_input_shapes(specs, input_shape))
        return cls(
            sum(spec.parameters(shape) for spec, shape in pairs),
            sum(spec.flops(shape) for spec, shape in pairs),
        )


class Layer(ABC):
    """Base of all layers.

    Attributes:
        kind: Name of the kind of layer in the API.
        label: Name of the kind of layer on the pages.
        spec: Specification of the layer.
        keep_buffers: True if results are written into arrays that the layer owns and uses again
            at the next call; else every call returns a new array. The training loop sets it,
            because allocating megabytes in every step takes longer than the computation.
    """

    kind: ClassVar[str]
    label: ClassVar[str]
    spec: LayerSpec

    def __init__(self) -> None:
        self.keep_buffers = False
        self._buffers: dict[str, NDArray[Any]] = {}

    def sharing_parameters(self) -> Self:
        """Return a layer with the same parameter arrays and passes of its own."""
        layer = copy(self)
        layer.keep_buffers, layer._buffers = False, {}
        return layer

    def copied(self, dtype: DTypeLike) -> Self:
        """Return a layer with copies of the parameters, of a float type."""
        layer = self.sharing_parameters()
        for name, parameter in self.parameters().items():
            setattr(layer, name, parameter.astype(dtype))
        return layer

    @abstractmethod
    def apply(self, x: Array) -> Array:
        """Compute the output in a new array and keep nothing."""

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Compute the output and keep what ``backward`` needs."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Compute the gradient of the input, and those of the parameters, from that of the output.

        Args:
            dy: Gradient of the loss with respect to the output; never written to.

        Returns:
            Gradient with respect to the input of the last ``forward``, of its shape.

        Raises:
            RuntimeError: If called before ``forward``.
        """

    def parameter_gradients(self, dy: Array) -> None:  # noqa: B027 - right for layers without parameters
        """Compute the gradients of the parameters only.

        Sufficient for the first layer, because the gradient of the pictures is not used.
        """

    def parameters(self) -> dict[str, Array]:
        """Parameters by name, which is that of the attribute too."""
        return {}

    def gradients(self) -> dict[str, Array]:
        """Gradients that the last ``backward`` computed, by the names of their parameters."""
        return {}

    @abstractmethod
    def explain_forward(self) -> Explanation:
        """Explain ``forward``: y from x."""

    @abstractmethod
    def explain_backward(self) -> Explanation:
        """Explain ``backward``: the gradients of the input and the parameters from dy."""

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
