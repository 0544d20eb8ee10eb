"""Default names of runs."""

from dataclasses import fields

from trainer.config import INPUT_SIZE, Config, kinds
from trainer.fields import Choice, Flag, Kind
from trainer.optimizers import OPTIMIZERS

LONGEST_NAME = 80
# Characters of a fork's name that are left to its parent's.
_PARENT = 24
# Config fields that every name begins with.
_ALWAYS = ("hidden", "optimizer", "learning_rate")
# The data set is not named: which one is the default depends on the machine.
_NEVER = ("dataset",)


def name_for(config: Config, classes: int) -> str:
    """Make a name from the network, the optimizer and all fields that differ from the defaults.

    Example: ``784-50-10, SGD 0.1, seed 3``.

    Args:
        config: Config of the run.
        classes: Number of classes of its data set.
    """
    return _shortened(_description(config, classes), LONGEST_NAME)


def name_of_fork(config: Config, classes: int, epoch: int, parent: str) -> str:
    """Make a name from the fork's own config and its start.

    Example: ``784-50-10, SGD 0.01, epoch 5 of my run``.

    Args:
        config: Config of the fork.
        classes: Number of classes of its data set.
        epoch: Epoch that it starts from.
        parent: Name of the run that it starts from.
    """
    start = f", epoch {epoch} of {_shortened(parent, _PARENT)}"
    return _shortened(_description(config, classes), LONGEST_NAME - len(start)) + start


def _description(config: Config, classes: int) -> str:
    layers = "-".join(map(str, (INPUT_SIZE, *config.hidden, classes)))
    optimizer = f"{OPTIMIZERS[config.optimizer].label} {config.learning_rate:g}"
    differing = [
        _part(kinds()[field.name], getattr(config, field.name))
        for field in fields(config)
        if field.name not in _ALWAYS + _NEVER and getattr(config, field.name) != field.default
    ]
    return ", ".join([layers, optimizer, *differing])


def _part(kind: Kind, value: object) -> str:
    match kind:
        case Choice():
            return kind.choices[str(value)].label
        case Flag():
            return kind.label.lower()
        case _:
            return f"{kind.label.lower()} {kind.shown(value)}"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
