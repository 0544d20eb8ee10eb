"""Events that a training emits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array


@dataclass(frozen=True, slots=True)
class Progress:
    """Data being downloaded, drawn or read, before the first step.

    Attributes:
        phase: What is being done, in words for a person.
        done: How much of it is done.
        total: How much there is.
    """

    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One iteration is done.

    Attributes:
        step: Its number, from 1.
        loss: Mean loss of its batch before the update, in nats for the cross entropy.
    """

    step: int
    loss: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch is done; its numbers are over whole sets, with the weights at its end.

    Attributes:
        epoch: Its number, from 1.
        step: The number of its last step.
        train_accuracy: In 0..1, over the (limited) training set, not augmented.
        test_accuracy: In 0..1, over the test set; None where there is none, as what follows of it.
        train_loss: Mean loss over the same training pictures.
        test_loss: Mean loss over the test set.
        seconds: Time it took, its accuracies included.
        predictions: What the network says of every test picture.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float | None
    train_loss: float
    test_loss: float | None
    seconds: float
    predictions: "Predictions | None"


@dataclass(frozen=True, slots=True)
class Predictions:
    """A network's predictions for N pictures, in small types.

    Attributes:
        predicted: (N,) uint8, the most probable class.
        log_probabilities: (N, C) float32. Logarithms, so that no probability rounds to 0 and
            every loss is at hand.
    """

    predicted: NDArray[np.uint8]
    log_probabilities: NDArray[np.float32]

    @classmethod
    def of(cls, log_probabilities: Array) -> "Predictions":
        """Pack (N, C) logarithms of probabilities."""
        predicted = log_probabilities.argmax(axis=1).astype(np.uint8)
        lowest = np.finfo(np.float32).min
        return cls(predicted, np.maximum(log_probabilities, lowest).astype(np.float32))


Event = Progress | Step | Epoch
