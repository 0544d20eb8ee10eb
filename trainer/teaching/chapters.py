"""Chapters of the tour that teaches how a network learns; the pages have their texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.batches import Batches, pixels_to_input
from trainer.functions import log_softmax, softmax
from trainer.initializers import initial_weights
from trainer.layers import Dense, Relu, SoftmaxWithLoss
from trainer.layers.losses import CrossEntropy
from trainer.layers.sequential import Sequential
from trainer.optimizers import SGD
from trainer.statistics import Meter

_SHORT = {"train_limit": 2000, "batch_size": 32, "epochs": 2}


@dataclass(frozen=True, slots=True)
class Chapter:
    """Chapter of the tour.

    Attributes:
        title: Title on the page.
        functions: Functions whose source lines it shows.
        runs: Config fields of the runs that it starts, by their names.
    """

    title: str
    functions: Sequence[Callable[..., Any]]
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


CHAPTERS: dict[str, Chapter] = {
    "digit": Chapter("What a digit is to a network", (pixels_to_input,)),
    "layer": Chapter("A layer", (Dense.forward, Relu.forward)),
    "loss": Chapter(
        "The loss", (softmax, log_softmax, CrossEntropy.mean), {"Learn: the loss": _SHORT}
    ),
    "gradient": Chapter("The gradient and a step", (SGD.update, Sequential.backward_pass)),
    "backpropagation": Chapter(
        "Back propagation and the chain rule",
        (Sequential.backward, SoftmaxWithLoss.backward, Dense.backward, Dense.parameter_gradients,
         Relu.backward),
    ),
    "batches": Chapter(
        "Stochastic batches",
        (Batches.epoch,),
        {"Learn: batches of 2": {"train_limit": 300, "batch_size": 2, "epochs": 1}},
    ),
    "trouble": Chapter(
        "When it goes wrong",
        (initial_weights, Meter.after_update),
        {
            "Learn: run A": {**_SHORT, "learning_rate": 10},
            "Learn: run B": {**_SHORT, "hidden": [30] * 5, "activation": "sigmoid"},
            "Learn: run C": {**_SHORT, "learning_rate": 1.5, "batch_size": 8},
        },
    ),
}  # fmt: skip
"""Chapters by name, in order."""
