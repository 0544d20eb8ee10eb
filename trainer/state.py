"""State of a training."""

from dataclasses import dataclass

from trainer.config import Config
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS, SGD


@dataclass(slots=True)
class State:
    """Training in progress: everything that is needed to continue it.

    Attributes:
        network: Changed in place by the training.
        optimizer: Changed in place by the training.
        step: Last step done, 0 at first.
        epoch: Last complete epoch, 0 at first.
        batch: Batches done of the current epoch.
    """

    network: Sequential
    optimizer: SGD
    step: int = 0
    epoch: int = 0
    batch: int = 0

    @classmethod
    def begin(cls, config: Config, classes: int = 10) -> "State":
        """State of a training before its first step.

        Args:
            config: Config of the training.
            classes: C, number of classes of its data set.
        """
        return cls.of(Sequential.from_config(config, classes=classes), config)

    @classmethod
    def of(cls, network: Sequential, config: Config) -> "State":
        """State before the first step of this network, with the optimizer of a config."""
        return cls(network, OPTIMIZERS[config.optimizer](list(network.parameters().values())))
