"""What a training run is made of: every field, its default, its limits, in a learner's words."""

import json
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from itertools import pairwise
from typing import Any

INPUT_SIZE, CLASSES = 28 * 28, 10
TRAIN_SIZE, TEST_SIZE = 60_000, 10_000  # of every data set
MAX_STEPS = 20_000_000


class ConfigError(ValueError):
    """A configuration that cannot be trained.

    Attributes:
        fields: For each bad field what was expected and what came.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


def _one_of(default: str, label: str, about: str, group: str, **choices: str) -> Any:
    meta = {"label": label, "about": about, "group": group, "choices": choices}
    return field(default=default, metadata=meta)


def _number(
    default: object,
    label: str,
    about: str,
    group: str,
    minimum: float,
    maximum: float,
    *,
    above: bool = False,
) -> Any:
    """Describe a number in ``minimum..maximum``; with ``above`` the minimum itself is excluded."""
    limits = {"minimum": minimum, "maximum": maximum, "above": above}
    return field(
        default=default, metadata={"label": label, "about": about, "group": group, **limits}
    )


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that decides how a run goes; same config and machine, same weights to the bit.

    The metadata of each field (label, about, group, choices or limits) is the one source of the
    web form, the request schema and the command line's flags.

    Raises:
        ConfigError: If a field has the wrong type or lies outside its limits.
    """

    dataset: str = _one_of(
        "mnist",
        "Data",
        "The pictures to learn from",
        "data",
        mnist="MNIST, 70,000 handwritten digits",
        strokes="Strokes, 70,000 digits drawn by this program",
    )
    hidden: tuple[int, ...] = field(
        default=(50,),
        metadata={
            "label": "Hidden layers",
            "about": "Units in each layer between picture and answer: more can learn more, slower",
            "group": "network",
            "minimum": 1,
            "maximum": 2048,
            "longest": 8,
        },
    )
    activation: str = _one_of(
        "relu",
        "Activation",
        "What each unit does with its sum; without it, layers add nothing",
        "network",
        relu="ReLU: negative becomes 0",
        sigmoid="Sigmoid: squeezed into 0 to 1",
    )
    initializer: str = _one_of(
        "random",
        "First weights",
        "Where learning starts from; deep networks want He or Xavier",
        "network",
        random="Random, 0.1 wide",
        he="He, for ReLU",
        xavier="Xavier, for sigmoid",
    )
    loss: str = _one_of(
        "cross_entropy",
        "Loss",
        "How wrong an answer is, as one number to bring down",
        "optimizer",
        cross_entropy="Cross entropy",
        mean_squared_error="Mean squared error",
    )
    optimizer: str = _one_of(
        "sgd",
        "Optimizer",
        "How the weights follow the gradient",
        "optimizer",
        sgd="SGD: straight down",
        momentum="Momentum: keeps some of its speed",
        adam="Adam: a step size for each weight",
    )
    learning_rate: float = _number(
        0.1,
        "Learning rate",
        "How big a step each batch takes; Adam wants about 0.001",
        "optimizer",
        0,
        10,
        above=True,
    )
    schedule: str = _one_of(
        "constant",
        "Schedule",
        "Whether the learning rate changes on the way",
        "optimizer",
        constant="Constant",
        cosine="Cosine: falls to 0 over the run",
    )
    batch_size: int = _number(
        128, "Batch size", "Pictures looked at for each step", "optimizer", 1, 4096
    )
    epochs: int = _number(
        20,
        "Epochs",
        "Rounds of training; each looks at as many pictures as there are",
        "data",
        1,
        1000,
    )
    sampling: str = _one_of(
        "random",
        "Sampling",
        "How each batch is picked",
        "more",
        random="Random: any picture, any number of times",
        shuffle="Shuffle: each picture once an epoch",
    )
    augment: bool = field(
        default=False,
        metadata={
            "label": "Distort pictures",
            "about": "Shift, turn, scale and shear each picture at random, anew each time: "
            "slower, but reads other people's writing better",
            "group": "more",
        },
    )
    seed: int = _number(0, "Seed", "Same seed, same run, number for number", "more", 0, 2**32 - 1)
    train_limit: int | None = _number(
        None,
        "Training pictures",
        "Learn from the first so many only; empty: all",
        "more",
        1,
        TRAIN_SIZE,
    )

    def __post_init__(self) -> None:
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        problems = {f.name: p for f in fields(self) if (p := _problem(f, getattr(self, f.name)))}
        if not problems:
            problems = self._contradictions()
        if problems:
            raise ConfigError(problems)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Config":
        """Build a config from plain values as JSON has them.

        Where ``batch_size`` is left out, it is no more than ``train_limit``.

        Raises:
            ConfigError: If a field is unknown, of the wrong type or outside its limits.
        """
        known = {f.name for f in fields(cls)}
        unknown = {name: f"no such setting; there are {', '.join(sorted(known))}"
                   for name in values if name not in known}  # fmt: skip
        limit = values.get("train_limit")
        if "batch_size" not in values and type(limit) is int and 1 <= limit < cls.batch_size:
            values = {**values, "batch_size": limit}
        try:
            config = cls(**{name: values[name] for name in values if name in known})  # type: ignore[arg-type]
        except ConfigError as error:
            raise ConfigError(unknown | error.fields) from None
        if unknown:
            raise ConfigError(unknown)
        return config

    def training_options(self) -> dict[str, Any]:
        """The options of ``loop.train``."""
        names = (
            "epochs",
            "batch_size",
            "learning_rate",
            "schedule",
            "sampling",
            "augment",
            "seed",
        )
        return {name: getattr(self, name) for name in names}

    @property
    def train_size(self) -> int:
        """How many pictures are learned from."""
        return self.train_limit or TRAIN_SIZE

    @property
    def steps_per_epoch(self) -> int:
        """Iterations of an epoch, ceil(train_size / batch_size)."""
        return -(-self.train_size // self.batch_size)

    @property
    def weights(self) -> int:
        """How many numbers the network learns, biases included."""
        widths = (INPUT_SIZE, *self.hidden, CLASSES)
        return sum((d + 1) * h for d, h in pairwise(widths))

    def to_dict(self) -> dict[str, Any]:
        """The config as plain values for JSON."""
        return {**asdict(self), "hidden": list(self.hidden)}

    def _contradictions(self) -> dict[str, str]:
        """What is wrong with fields that are right one by one."""
        if self.batch_size > self.train_size:
            return {
                "batch_size": f"expected at most the {self.train_size:,} training pictures; "
                f"got {self.batch_size:,}"
            }
        steps = self.steps_per_epoch * self.epochs
        if steps > MAX_STEPS:
            return {
                "epochs": f"expected at most {MAX_STEPS:,} steps in all; got {steps:,} "
                f"({self.steps_per_epoch:,} an epoch): fewer epochs or larger batches do it"
            }
        return {}


def _problem(f: "Field[Any]", value: object) -> str | None:
    """What is wrong with a field's value, or None."""
    meta = f.metadata
    if "choices" in meta:
        if not isinstance(value, str) or value not in meta["choices"]:
            return f"expected one of {', '.join(meta['choices'])}; got {_shown(value)}"
        return None
    if f.name == "augment":
        return None if isinstance(value, bool) else f"expected true or false; got {_shown(value)}"
    if f.name == "hidden":
        return _hidden_problem(value, meta)
    if f.name == "train_limit" and value is None:
        return None
    kinds, kind = ((int, float), "a number") if f.name == "learning_rate" else (int, "an integer")
    low, high = meta["minimum"], meta["maximum"]
    limits = f"above {low} and at most {high:,}" if meta["above"] else f"from {low:,} to {high:,}"
    right_kind = isinstance(value, kinds) and not isinstance(value, bool)
    if not right_kind or not low <= value <= high:
        return f"expected {kind} {limits}; got {_shown(value)}"
    if meta["above"] and value == low:
        return f"expected {kind} {limits}; got {_shown(value)}"
    return None


def _shown(value: object) -> str:
    """A value as its sender wrote it, cut short where it is long."""
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _hidden_problem(value: object, meta: Mapping[str, Any]) -> str | None:
    low, high, longest = meta["minimum"], meta["maximum"], meta["longest"]
    expected = f"expected 0 to {longest} layers of {low:,} to {high:,} units"
    if not isinstance(value, tuple):
        return f"{expected}, as a list of integers; got {_shown(value)}"
    if len(value) > longest:
        return f"{expected}; got {len(value)} layers"
    for units in value:
        if not isinstance(units, int) or isinstance(units, bool) or not low <= units <= high:
            return f"{expected}; got {_shown(units)}"
    return None
