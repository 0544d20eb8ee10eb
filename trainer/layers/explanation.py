"""Explanation of a layer's passes: formulas, and the source lines that compute them."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Formula:
    """Formula of one array of a pass: x is the input, y the output, dx and dy their gradients.

    Attributes:
        text: The formula, such as ``dW = xᵀ · dy``.
        result: Name of the array on the left.
        operands: Names of the arrays on the right, each once; a ᵀ marks a transposed one.
        help: Explanation in a learner's words.
    """

    text: str
    result: str
    operands: tuple[str, ...]
    help: str


@dataclass(frozen=True, slots=True)
class Source:
    """Source lines of a function, read from the running program.

    Attributes:
        name: Name of the function, with its class: ``Dense.forward``.
        file: Path in the project, with slashes.
        line: Number of the first line, from 1.
        text: The lines, without the indentation that they share.
    """

    name: str
    file: str
    line: int
    text: str

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Source":
        """Read the source of a function or method."""
        lines, first = inspect.getsourcelines(function)
        file = function.__module__.replace(".", "/") + ".py"
        return cls(function.__qualname__, file, first, inspect.cleandoc("\n" + "".join(lines)))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Explanation of the forward or of the backward pass of a layer.

    Attributes:
        formulas: In the order of computation.
        functions: Functions that compute it, the layer's own method first.
    """

    formulas: Sequence[Formula]
    functions: Sequence[Callable[..., Any]]

    def sources(self) -> list[Source]:
        """Read the source of each function."""
        return [Source.of(function) for function in self.functions]
