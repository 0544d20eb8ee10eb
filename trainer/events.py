"""Events that a training emits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array


@dataclass(frozen=True, slots=True)
class Progress:
    """Preparation of the data, before the first step: download, drawing or reading.

    Attributes:
        phase: Name of the work, for a person.
        done: Units of work that are done.
        total: Units of work in all.
    """

    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Measurements of one step; a tuple has a number for each layer with weights.

    Norms are Frobenius norms of a layer's weights W, biases left out. A number that is not finite
    is None.

    Attributes:
        step: Number of the step.
        learning_rate: Learning rate of the step, after the schedule.
        weight_norm: Norm of the weights after the update.
        gradient_norm: Norm of the gradient of the batch.
        update_norm: Norm of the change of the weights.
        update_ratio: Norm of the change divided by the norm of the weights.
        silent_share: Share in 0..1 of the units behind the layer that do not react to any picture
            of a fixed sample: 0 (ReLU), or within 0.01 of 0 or 1 (sigmoid). None without
            activation, as behind the last layer.
    """

    step: int
    learning_rate: float
    weight_norm: tuple[float | None, ...]
    gradient_norm: tuple[float | None, ...]
    update_norm: tuple[float | None, ...]
    update_ratio: tuple[float | None, ...]
    silent_share: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """End of an iteration.

    Attributes:
        step: Number of the iteration, from 1.
        loss: Mean loss of its batch before the update, in nats for the cross entropy.
        statistics: Measurements, at the steps that ``trainer.statistics.is_due`` names.
    """

    step: int
    loss: float
    statistics: Statistics | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """End of an epoch; its numbers are over whole sets, with the weights at its end.

    Attributes:
        epoch: Number of the epoch, from 1.
        step: Number of its last step.
        train_accuracy: In 0..1, over the pictures learned from, not augmented.
        test_accuracy: In 0..1, over the test set. None without a test set, as are ``test_loss``
            and ``predictions``.
        train_loss: Mean loss over the same training pictures.
        test_loss: Mean loss over the test set.
        seconds: Duration, its accuracies included.
        predictions: Predictions for all test pictures.
        validation_accuracy: In 0..1, over the validation set. None without one, as is
            ``validation_loss``.
        validation_loss: Mean loss over the validation set.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float | None
    train_loss: float
    test_loss: float | None
    seconds: float
    predictions: "Predictions | None"
    validation_accuracy: float | None = None
    validation_loss: float | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """A network's predictions for N pictures, in small types.

    Attributes:
        predicted: (N,) uint8, the most probable class.
        log_probabilities: (N, C) float32. Logarithms, because no probability rounds to 0 then, and
            every loss can be computed from them.
    """

    predicted: NDArray[np.uint8]
    log_probabilities: NDArray[np.float32]

    @classmethod
    def of(cls, log_probabilities: Array) -> "Predictions":
        """Pack (N, C) logarithms of probabilities."""
        lowest = np.finfo(np.float32).min
        stored = np.maximum(log_probabilities, lowest).astype(np.float32)
        return cls(stored.argmax(axis=1).astype(np.uint8), stored)

    def probabilities(self) -> NDArray[np.float64]:
        """Return (N, C) probabilities; the sum of each row is 1 in double precision."""
        y = np.exp(self.log_probabilities.astype(np.float64))
        return np.asarray(y / y.sum(axis=1, keepdims=True))


Event = Progress | Step | Epoch
