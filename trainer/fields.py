"""Kinds of config fields, described for the form, the API schema and the command line."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from math import inf
from typing import Any, ClassVar, Protocol


class Described(Protocol):
    """Entry of a registry that a ``Choice`` offers.

    Attributes:
        label: Its name, a word or two.
        help: Explanation in a learner's words; may be empty.
    """

    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Kind(ABC):
    """Description of one config field.

    Attributes:
        label: Name of the field in the form.
        help: Explanation in a learner's words.
        group: Part of the form that shows it: ``data``, ``network``, ``optimizer`` or ``more``.
        fork: True if a fork may have another value than its parent.
    """

    type: ClassVar[str]
    label: str
    help: str
    group: str
    fork: bool = True

    @abstractmethod
    def problem(self, value: object) -> str | None:
        """Describe an invalid value: the expected one and the received one. None if valid."""

    @property
    @abstractmethod
    def instruction(self) -> str:
        """Sentence that a form shows beside an invalid value."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the values, without title and description."""

    @abstractmethod
    def argument(self) -> dict[str, Any]:
        """Keyword arguments of ``ArgumentParser.add_argument``, without the help text."""

    def form(self) -> dict[str, Any]:
        """Limits of the values for the form."""
        return {}

    def shown(self, value: Any) -> str:
        """Format a value as the command line takes it."""
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Choice(Kind):
    """One name of a registry.

    Attributes:
        choices: The registry; entries that are added later are offered too.
        details: Names of further attributes of the entries that the form needs.
    """

    type = "choice"
    choices: Mapping[str, Described]
    details: tuple[str, ...] = ()

    def problem(self, value: object) -> str | None:
        if isinstance(value, str) and value in self.choices:
            return None
        return f"expected one of {', '.join(self.choices)}; got {as_json(value)}"

    @property
    def instruction(self) -> str:
        return f"Choose one of {', '.join(entry.label for entry in self.choices.values())}"

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}

    def argument(self) -> dict[str, Any]:
        return {"choices": list(self.choices)}

    def form(self) -> dict[str, Any]:
        choices = [
            {"value": name, "label": entry.label, "help": entry.help}
            | {detail: getattr(entry, detail) for detail in self.details}
            for name, entry in self.choices.items()
        ]
        return {"choices": choices}


@dataclass(frozen=True, kw_only=True)
class OpenChoice(Choice):
    """One name of a registry that is known only while the program runs.

    Any name is valid here; the owner of the registry checks it.

    Attributes:
        choices: Entries found; empty while none is looked for.
    """

    choices: Mapping[str, Described] = dataclass_field(default_factory=dict)

    def problem(self, value: object) -> str | None:
        if isinstance(value, str) and value:
            return None
        return f"expected a name; got {as_json(value)}"

    def schema(self) -> dict[str, Any]:
        return super().schema() if self.choices else {"type": "string", "minLength": 1}


@dataclass(frozen=True, kw_only=True)
class Number(Kind):
    """Number from a minimum to a maximum.

    Attributes:
        minimum: Least value.
        maximum: Largest value.
        exclusive_minimum: True if the minimum itself is invalid.
    """

    type = "number"
    minimum: float
    maximum: float
    exclusive_minimum: bool = False

    def problem(self, value: object) -> str | None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            above = self.minimum < value or (self.minimum == value and not self.exclusive_minimum)
            if above and value <= self.maximum:
                return None
        return f"expected a number {self._limits}; got {as_json(value)}"

    @property
    def instruction(self) -> str:
        return f"Enter a number {self._limits}"

    @property
    def _limits(self) -> str:
        if self.exclusive_minimum:
            return f"above {self.minimum:,} and at most {self.maximum:,}"
        return f"from {self.minimum:,} to {self.maximum:,}"

    def schema(self) -> dict[str, Any]:
        lowest = "exclusiveMinimum" if self.exclusive_minimum else "minimum"
        return {"type": "number", lowest: self.minimum, "maximum": self.maximum}

    def argument(self) -> dict[str, Any]:
        return {"type": float}

    def form(self) -> dict[str, Any]:
        return {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "exclusive_minimum": self.exclusive_minimum,
        }


@dataclass(frozen=True, kw_only=True)
class Integer(Kind):
    """Whole number from a minimum to a maximum.

    Attributes:
        minimum: Least value.
        maximum: Largest value; None: it depends on other fields.
        optional: True if None is valid too.
    """

    type = "integer"
    minimum: int
    maximum: int | None
    optional: bool = False

    def problem(self, value: object) -> str | None:
        if value is None and self.optional:
            return None
        highest = inf if self.maximum is None else self.maximum
        if is_integer(value) and self.minimum <= value <= highest:  # type: ignore[operator]
            return None
        return f"expected an integer {self._limits}; got {as_json(value)}"

    @property
    def instruction(self) -> str:
        empty = ", or leave this empty" if self.optional else ""
        return f"Enter a whole number {self._limits}{empty}"

    @property
    def _limits(self) -> str:
        if self.maximum is None:
            return f"of at least {self.minimum:,}"
        return f"from {self.minimum:,} to {self.maximum:,}"

    def schema(self) -> dict[str, Any]:
        number: dict[str, Any] = {"type": "integer", "minimum": self.minimum}
        if self.maximum is not None:
            number["maximum"] = self.maximum
        return {"anyOf": [number, {"type": "null"}]} if self.optional else number

    def argument(self) -> dict[str, Any]:
        return {"type": int}

    def form(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum, "optional": self.optional}

    def shown(self, value: Any) -> str:
        return "all" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    """True or false."""

    type = "boolean"

    def problem(self, value: object) -> str | None:
        if isinstance(value, bool):
            return None
        return f"expected true or false; got {as_json(value)}"

    @property
    def instruction(self) -> str:
        return "Choose yes or no"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def argument(self) -> dict[str, Any]:
        return {"action": "store_true"}


@dataclass(frozen=True, kw_only=True)
class Layers(Kind):
    """Widths of the hidden layers.

    Attributes:
        minimum: Least number of units in a layer.
        maximum: Largest number of units in a layer.
        longest: Largest number of layers.
    """

    type = "layers"
    minimum: int
    maximum: int
    longest: int

    def problem(self, value: object) -> str | None:
        expected = f"expected {self._limits}"
        if not isinstance(value, tuple):
            return f"{expected}, as a list of integers; got {as_json(value)}"
        if len(value) > self.longest:
            return f"{expected}; got {len(value)} layers"
        for units in value:
            if not is_integer(units) or not self.minimum <= units <= self.maximum:
                return f"{expected}; got {as_json(units)}"
        return None

    @property
    def instruction(self) -> str:
        return f"Enter {self._limits}, such as 512, 256"

    @property
    def _limits(self) -> str:
        return f"0 to {self.longest} layers of {self.minimum:,} to {self.maximum:,} units"

    def schema(self) -> dict[str, Any]:
        units = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return {"type": "array", "items": units, "maxItems": self.longest}

    def argument(self) -> dict[str, Any]:
        return {"type": _layers}

    def form(self) -> dict[str, Any]:
        return {"minimum": self.minimum, "maximum": self.maximum, "longest": self.longest}

    def shown(self, value: Any) -> str:
        return ",".join(map(str, value)) or "none"


def _layers(text: str) -> list[int]:
    return [] if text == "none" else [int(units) for units in text.split(",")]


# argparse names the type in its error message.
_layers.__name__ = "list of integers like 512,256, or none"


def described(default: object, kind: Kind) -> Any:
    """Declare a dataclass field of this kind."""
    return dataclass_field(default=default, metadata={"kind": kind})


def is_integer(value: object) -> bool:
    """Return True for an int that is not a bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def as_json(value: object) -> str:
    """Format a value as its sender wrote it, cut after 80 characters."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
