"""A name for a run whose owner gave it none."""

from trainer.config import CLASSES, INPUT_SIZE, Config

LONGEST_NAME = 80

_OPTIMIZERS = {"sgd": "SGD", "momentum": "Momentum", "adam": "Adam"}


def name_for(config: Config) -> str:
    """Say what sets a run apart, such as ``784-50-10, SGD 0.1, seed 3``."""
    usual = Config()
    layers = "-".join(map(str, (INPUT_SIZE, *config.hidden, CLASSES)))
    parts = [
        layers,
        f"{_OPTIMIZERS[config.optimizer]} {config.learning_rate:g}",
        f"epochs {config.epochs}" if config.epochs != usual.epochs else "",
        "distorted" if config.augment else "",
        f"seed {config.seed}" if config.seed != usual.seed else "",
    ]
    return ", ".join(filter(None, parts))[:LONGEST_NAME]
