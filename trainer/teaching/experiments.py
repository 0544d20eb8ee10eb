"""Experiments: comparisons of a few runs that each show one thing about learning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Experiment:
    """Runs that differ in one respect.

    Attributes:
        label: Name on the page.
        question: Question that the comparison answers.
        look_for: Hint at what the charts will show, in a learner's words.
        runs: Config fields of each run, by the run's name.
    """

    label: str
    question: str
    look_for: str
    runs: Mapping[str, Mapping[str, Any]]


EXPERIMENTS: dict[str, Experiment] = {
    "learning_rate": Experiment(
        "Learning rate",
        "How large should a step be?",
        "Too small a rate creeps: the loss falls in a nearly straight line. Too large a rate jumps "
        "over every valley: the loss stays where guessing stands, or rises.",
        {
            "Rate 0.001, too low": {"learning_rate": 0.001, "epochs": 5},
            "Rate 0.1, right": {"learning_rate": 0.1, "epochs": 5},
            "Rate 10, too high": {"learning_rate": 10, "epochs": 5},
        },
    ),
    "activation": Experiment(
        "Sigmoid or ReLU",
        "Why do deep networks use ReLU?",
        "Behind four layers of sigmoids hardly any gradient arrives at the first one, so its loss "
        "stays flat for a long time. ReLU passes the gradient on.",
        {
            "Four layers, ReLU": {"hidden": [64] * 4, "activation": "relu", "epochs": 5},
            "Four layers, sigmoid": {"hidden": [64] * 4, "activation": "sigmoid", "epochs": 5},
        },
    ),
    "optimizer": Experiment(
        "Optimizers",
        "Do momentum and Adam learn faster than plain steps?",
        "In the same five epochs momentum and Adam get further than SGD, each at its usual rate. "
        "Watch the first epoch most of all.",
        {
            "SGD, rate 0.1": {"optimizer": "sgd", "learning_rate": 0.1, "epochs": 5},
            "Momentum, rate 0.05": {"optimizer": "momentum", "learning_rate": 0.05, "epochs": 5},
            "Adam, rate 0.001": {"optimizer": "adam", "learning_rate": 0.001, "epochs": 5},
        },
    ),
    "overfitting": Experiment(
        "Few pictures",
        "What happens with too few pictures to learn from?",
        "With 500 pictures the network learns all of them by heart, and reads new digits no better "
        "for it: the two accuracies part. That is overfitting.",
        {
            "500 pictures": {"train_limit": 500, "epochs": 100},
            "5,000 pictures": {"train_limit": 5000, "epochs": 30},
            "All pictures": {"epochs": 10},
        },
    ),
    "batch_size": Experiment(
        "Batch size",
        "How many pictures should each step look at?",
        "Small batches take many rough steps in an epoch: a noisy line, but it falls far. Large "
        "batches take few smooth steps: in the same epochs they get less far, and take less time.",
        {
            "Batches of 8": {"batch_size": 8, "epochs": 5},
            "Batches of 128": {"batch_size": 128, "epochs": 5},
            "Batches of 2,048": {"batch_size": 2048, "epochs": 5},
        },
    ),
    "initializer": Experiment(
        "Initial weights",
        "Does it matter where the weights begin?",
        "In a deep, narrow network weights that begin too small let signal and gradient fade from "
        "layer to layer. He and Xavier choose the width so that they keep their size.",
        {
            "Six layers, random": {"hidden": [30] * 6, "initializer": "random", "epochs": 5},
            "Six layers, He": {"hidden": [30] * 6, "initializer": "he", "epochs": 5},
            "Six layers, Xavier": {"hidden": [30] * 6, "initializer": "xavier", "epochs": 5},
        },
    ),
}
"""Experiments by name, in the order of the page."""
