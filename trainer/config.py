"""Config of a training run: its fields with defaults, limits and help texts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from trainer.batches import SAMPLINGS
from trainer.datasets.pictures import validation_size
from trainer.fields import (
    Choice,
    Described,
    Flag,
    Integer,
    Kind,
    Layers,
    Number,
    OpenChoice,
    described,
)
from trainer.initializers import INITIALIZERS
from trainer.layers import (
    ACTIVATIONS,
    ActivationSpec,
    Cost,
    DenseSpec,
    LayerSpec,
    SoftmaxWithLossSpec,
)
from trainer.layers.losses import LOSSES
from trainer.optimizers import OPTIMIZERS
from trainer.schedules import SCHEDULES

INPUT_SIZE = 28 * 28
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

    The ``Kind`` of each field describes it to the form, the API schema and the command line. A
    config does not know its data set: numbers that depend on its size take the size as argument,
    so that the config of a run stays valid after its data set has gone.

    Raises:
        ConfigError: If a field has the wrong type or is outside its limits.
    """

    dataset: str = described(
        "mnist",
        OpenChoice(label="Data", help="The pictures to learn from", group="data"),
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
            maximum=None,
            optional=True,
        ),
    )
    validation: float = described(
        0,
        Number(
            label="Validation share",
            help="Share of the training pictures to keep apart, such as 0.1. The network does not "
            "learn from them; they show which settings are best, and the test set stays unseen",
            group="more",
            minimum=0,
            maximum=0.5,
            fork=False,
        ),
    )

    def __post_init__(self) -> None:
        if isinstance(self.hidden, list):
            object.__setattr__(self, "hidden", tuple(self.hidden))
        problems = {
            name: problem
            for name, kind in kinds().items()
            if (problem := kind.problem(getattr(self, name)))
        }
        if problems:
            raise ConfigError(problems)
        if self.train_limit is not None:
            self._check_pictures(self.train_limit)

    @classmethod
    def from_dict(cls, values: Mapping[str, object], available: int | None = None) -> "Config":
        """Create a config from the values of a JSON object.

        Without ``batch_size``, the default is at most the pictures to learn from.

        Args:
            values: Values of fields.
            available: Number of training pictures of the data set. None: unknown; then the
                limits that depend on it are not checked.

        Raises:
            ConfigError: If a field is unknown, of the wrong type or outside its limits.
        """
        known = kinds().keys()
        unknown = {name: f"no such setting; there are {', '.join(sorted(known))}"
                   for name in values if name not in known}  # fmt: skip
        if "batch_size" not in values:
            limits = (values.get("train_limit"), available)
            sizes = [n for n in limits if type(n) is int and n >= 1]
            share = values.get("validation", 0)
            if sizes and kinds()["validation"].problem(share) is None:
                sizes = [min(sizes) - validation_size(min(sizes), share)]  # type: ignore[arg-type]
            values = {**values, "batch_size": min([cls.batch_size, *sizes])}
        try:
            config = cls(**{name: values[name] for name in values if name in known})  # type: ignore[arg-type]
        except ConfigError as error:
            raise ConfigError(unknown | error.fields) from None
        if unknown:
            raise ConfigError(unknown)
        if available is not None:
            config._check_sizes(available)
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

    def train_size(self, available: int) -> int:
        """Number of pictures to learn from, of those available in the data set."""
        pictures = min(self.train_limit or available, available)
        return pictures - validation_size(pictures, self.validation)

    def steps_per_epoch(self, available: int) -> int:
        """Iterations of an epoch, ceil(train_size / batch_size).

        Args:
            available: Number of training pictures of the data set.
        """
        return -(-self.train_size(available) // self.batch_size)

    def layers(self, classes: int) -> list[LayerSpec]:
        """Specifications of the network's layers, first to last.

        Args:
            classes: C, number of outputs.
        """
        specs: list[LayerSpec] = []
        for units in self.hidden:
            specs += [
                DenseSpec(units, self.initializer),
                ActivationSpec(ACTIVATIONS[self.activation]),
            ]
        return [*specs, DenseSpec(classes, self.initializer), SoftmaxWithLossSpec(self.loss)]

    def cost(self, classes: int) -> Cost:
        """Parameters of the network with C outputs, and operations of its forward pass."""
        return Cost.of(self.layers(classes), (INPUT_SIZE,))

    def weights(self, classes: int) -> int:
        """Number of parameters of the network with C outputs, biases included."""
        return self.cost(classes).parameters

    def to_dict(self) -> dict[str, Any]:
        """Values for a JSON object."""
        return {**asdict(self), "hidden": list(self.hidden)}

    def _check_pictures(self, pictures: int) -> None:
        """Check the limits that depend on the number of training pictures in use."""
        apart = validation_size(pictures, self.validation)
        if self.validation and not apart:
            message = f"expected a share of at least one of the {pictures:,} training pictures"
            raise ConfigError({"validation": f"{message}; got {self.validation:g}"})
        if self.batch_size > pictures - apart:
            message = (
                f"expected at most the {pictures - apart:,} training pictures; "
                f"got {self.batch_size:,}"
            )
            raise ConfigError({"batch_size": message})

    def _check_sizes(self, available: int) -> None:
        """Check the limits that depend on the number of training pictures of the data set."""
        if self.train_limit is not None and self.train_limit > available:
            message = f"expected at most the {available:,} training pictures"
            raise ConfigError({"train_limit": f"{message}; got {self.train_limit:,}"})
        self._check_pictures(min(self.train_limit or available, available))
        per_epoch = self.steps_per_epoch(available)
        if per_epoch * self.epochs > MAX_STEPS:
            message = (
                f"expected at most {MAX_STEPS:,} steps in all; got {per_epoch * self.epochs:,} "
                f"({per_epoch:,} an epoch): fewer epochs or larger batches do it"
            )
            raise ConfigError({"epochs": message})


def kinds(datasets: Mapping[str, Described] | None = None) -> dict[str, Kind]:
    """Return the kind of each field of ``Config``, by the field's name.

    Args:
        datasets: Data sets to offer, by name; None: any name is valid.
    """
    found: dict[str, Kind] = {field.name: field.metadata["kind"] for field in fields(Config)}
    if datasets is not None:
        found["dataset"] = replace(found["dataset"], choices=datasets)  # type: ignore[call-arg]
    return found
