"""Default names of runs."""

from trainer.config import INPUT_SIZE, Config
from trainer.optimizers import OPTIMIZERS

LONGEST_NAME = 80


def name_for(config: Config, classes: int) -> str:
    """Make a name from the settings, such as ``784-50-10, SGD 0.1, seed 3``.

    Args:
        config: Config of the run.
        classes: Number of classes of its data set.
    """
    default = Config()
    layers = "-".join(map(str, (INPUT_SIZE, *config.hidden, classes)))
    parts = [
        layers,
        f"{OPTIMIZERS[config.optimizer].label} {config.learning_rate:g}",
        f"epochs {config.epochs}" if config.epochs != default.epochs else "",
        "distorted" if config.augment else "",
        f"seed {config.seed}" if config.seed != default.seed else "",
    ]
    return ", ".join(filter(None, parts))[:LONGEST_NAME]
