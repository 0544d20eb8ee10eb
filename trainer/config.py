"""Config of a training run: its fields with defaults, limits and help texts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from trainer.batches import SAMPLINGS
from trainer.datasets.registry import DATASETS
from trainer.fields import Choice, Flag, Integer, Kind, Layers, Number, described
from trainer.initializers import INITIALIZERS
from trainer.layers import (
    ACTIVATIONS,
    ActivationSpec,
    Cost,
    DenseSpec,
    LayerSpec,
    SoftmaxWithLossSpec,
)
from trainer.losses import LOSSES
from trainer.optimizers import OPTIMIZERS
from trainer.schedules import SCHEDULES

INPUT_SIZE, CLASSES = 28 * 28, 10
MAX_STEPS = 20_000_000
MAX_RATE = 10


class ConfigError(ValueError):
    """Config with invalid fields.

    Attributes:
        fields: For each invalid field the expected value and the received one.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


@dataclass(frozen=True, kw_only=True)
class Config:
    """Config of a run; the same config on the same machine gives the same weights to the bit.

    The ``Kind`` of each field describes it to the form, the API schema and the command line.

    Raises:
        ConfigError: If a field has the wrong type or is outside its limits.
    """

    dataset: str = described(
        "mnist",
        Choice(label="Data", help="The pictures to learn from", group="data", choices=DATASETS),
    )
    hidden: tuple[int, ...] = described(
        (50,),
        Layers(
            label="Hidden layers",
            help="Units of each layer between picture and prediction. "
            "More units can learn more, but train more slowly",
            group="network",
            minimum=1,
            maximum=2048,
            longest=8,
            fork=False,
        ),
    )
    activation: str = described(
        "relu",
        Choice(
            label="Activation",
            help="The function that each unit applies to its sum. "
            "Without one, many layers would learn no more than a single one",
            group="network",
            choices=ACTIVATIONS,
            fork=False,
        ),
    )
    initializer: str = described(
        "random",
        Choice(
            label="Initial weights",
            help="The random weights before the first iteration. Deep networks need He or Xavier",
            group="network",
            choices=INITIALIZERS,
            fork=False,
        ),
    )
    loss: str = described(
        "cross_entropy",
        Choice(
            label="Loss",
            help="The number that says how wrong the predictions are. Training makes it smaller",
            group="optimizer",
            choices=LOSSES,
        ),
    )
    optimizer: str = described(
        "sgd",
        Choice(
            label="Optimizer",
            help="The rule that changes the weights after each batch",
            group="optimizer",
            choices=OPTIMIZERS,
            details=("usual_rate",),
        ),
    )
    learning_rate: float = described(
        0.1,
        Number(
            label="Learning rate",
            help="How far each iteration changes the weights. "
            "Too high and they run away, too low and little happens",
            group="optimizer",
            minimum=0,
            maximum=MAX_RATE,
            exclusive_minimum=True,
        ),
    )
    schedule: str = described(
        "constant",
        Choice(
            label="Schedule",
            help="How the learning rate changes during the run",
            group="optimizer",
            choices=SCHEDULES,
        ),
    )
    batch_size: int = described(
        128,
        Integer(
            label="Batch size",
            help="Pictures in each iteration. More make it steadier and slower",
            group="optimizer",
            minimum=1,
            maximum=4096,
        ),
    )
    epochs: int = described(
        20,
        Integer(
            label="Epochs",
            help="One epoch looks at as many pictures as the training set has",
            group="data",
            minimum=1,
            maximum=1000,
        ),
    )
    sampling: str = described(
        "random",
        Choice(
            label="Sampling",
            help="How the pictures of a batch are chosen",
            group="more",
            choices=SAMPLINGS,
        ),
    )
    augment: bool = described(
        False,
        Flag(
            label="Distort pictures",
            help="Shift, turn, scale and slant each picture at random, anew each time. "
            "Slower, but the network reads other people's writing better",
            group="more",
        ),
    )
    seed: int = described(
        0,
        Integer(
            label="Seed",
            help="The start of all random numbers. The same seed gives the same run again",
            group="more",
            minimum=0,
            maximum=2**32 - 1,
        ),
    )
    train_limit: int | None = described(
        None,
        Integer(
            label="Training pictures",
            help="Learn from this number of pictures only. Empty: all of them",
            group="more",
            minimum=1,
            maximum=max(source.train_size for source in DATASETS.values()),
            optional=True,
        ),
    )

    def __post_init__(self) -> None:
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        problems = {
            name: problem
            for name, kind in kinds(type(self)).items()
            if (problem := kind.problem(getattr(self, name)))
        }
        if not problems:
            problems = self._contradictions()
        if problems:
            raise ConfigError(problems)

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Config":
        """Create a config from the values of a JSON object.

        Without ``batch_size``, the default is at most ``train_limit``.

        Raises:
            ConfigError: If a field is unknown, of the wrong type or outside its limits.
        """
        known = kinds(cls).keys()
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
        """Keyword arguments for ``loop.train``."""
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
        """Number of training pictures in use."""
        return self.train_limit or DATASETS[self.dataset].train_size

    @property
    def steps_per_epoch(self) -> int:
        """Iterations of an epoch, ceil(train_size / batch_size)."""
        return -(-self.train_size // self.batch_size)

    def layers(self, classes: int = CLASSES) -> list[LayerSpec]:
        """Specifications of the network's layers, first to last."""
        specs: list[LayerSpec] = []
        for units in self.hidden:
            specs += [
                DenseSpec(units, self.initializer),
                ActivationSpec(ACTIVATIONS[self.activation]),
            ]
        return [*specs, DenseSpec(classes, self.initializer), SoftmaxWithLossSpec(self.loss)]

    @property
    def cost(self) -> Cost:
        """Parameters of the network, and operations of its forward pass for one picture."""
        return Cost.of(self.layers(), (INPUT_SIZE,))

    @property
    def weights(self) -> int:
        """Number of parameters of the network, biases included."""
        return self.cost.parameters

    def to_dict(self) -> dict[str, Any]:
        """Values for a JSON object."""
        return {**asdict(self), "hidden": list(self.hidden)}

    def _contradictions(self) -> dict[str, str]:
        """Problems of fields that are valid one by one."""
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


def kinds(config: type[Config] = Config) -> dict[str, Kind]:
    """Return the kind of each field of a config class, by the field's name."""
    return {field.name: field.metadata["kind"] for field in fields(config)}
