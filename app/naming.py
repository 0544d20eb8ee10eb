"""A name for a run whose owner gave it none."""

from trainer.config import CLASSES, INPUT_SIZE, Config

_OPTIMIZERS = {"sgd": "SGD", "momentum": "Momentum", "adam": "Adam"}


def name_for(config: Config) -> str:
    """Say what sets a run apart, such as ``784-50-10, SGD 0.1``."""
    layers = "-".join(map(str, (INPUT_SIZE, *config.hidden, CLASSES)))
    distorted = ", distorted" if config.augment else ""
    return f"{layers}, {_OPTIMIZERS[config.optimizer]} {config.learning_rate:g}{distorted}"
