"""Messages of a worker to the server. ``trainer.events.Progress`` is sent as it is."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trainer.events import Progress, Statistics


@dataclass(frozen=True, slots=True)
class DataReady:
    """The data set is prepared; training begins.

    Attributes:
        sha256: Checksum of the data.
        processor: Description of what rounding depends on, from ``trainer.parallel.processor``.
    """

    sha256: str
    processor: str


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of the steps that follow those already sent.

    Attributes:
        values: (N,) the losses.
        trained_s: Seconds of training in this process up to the last of the steps.
        statistics: Measurements of those steps that have some.
    """

    values: NDArray[np.float64]
    trained_s: float
    statistics: tuple[Statistics, ...] = ()


@dataclass(frozen=True, slots=True)
class EpochSaved:
    """An epoch is complete and its checkpoint is written.

    Attributes are those of ``trainer.events.Epoch``, and:
        trained_s: Seconds of training in this process up to the end of the epoch.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float
    train_loss: float
    test_loss: float
    seconds: float
    trained_s: float
    validation_accuracy: float | None = None
    validation_loss: float | None = None


@dataclass(frozen=True, slots=True)
class ResumePointSaved:
    """A resume point is written.

    Attributes:
        step: Its step.
        trained_s: Seconds of training in this process up to the step.
    """

    step: int
    trained_s: float


class Outcome(StrEnum):
    """Outcome of a worker's work."""

    FINISHED = "finished"
    ASKED = "asked"
    DIVERGED = "diverged"
    DATA = "data"
    STORAGE = "storage"
    CHECKPOINT = "checkpoint"
    PROCESSOR = "processor"
    VERSION = "version"
    WORKER = "worker"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Ended:
    """The last message.

    Attributes:
        outcome: Outcome of the work.
        message: Description of an error for a person, else empty.
    """

    outcome: Outcome
    message: str = ""


Message = Progress | DataReady | Losses | EpochSaved | ResumePointSaved | Ended
