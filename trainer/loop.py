"""The training loop: a generator of events that the terminal, the tests and the server drive."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trainer.batches import Batches
from trainer.events import Answers, Epoch, Step
from trainer.functions import Array, Labels, one_hot
from trainer.metrics import score
from trainer.optimizers import SCHEDULES, SGD
from trainer.parallel import one_blas_thread

if TYPE_CHECKING:
    from trainer.network import Network


class Diverged(ArithmeticError):
    """The loss is no number any more; training cannot go on.

    Attributes:
        step: The step whose loss it was.
    """

    def __init__(self, step: int, learning_rate: float) -> None:
        super().__init__(
            f"The loss stopped being a number at step {step:,}: the steps were too big and the "
            f"weights ran away. The learning rate {learning_rate:g} is too high for this network; "
            f"try {learning_rate / 10:g}."
        )
        self.step = step


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures and what they show.

    Attributes:
        x: (N, D) bytes or numbers in 0..1.
        t: (N,) integer labels.
    """

    x: NDArray[np.uint8] | Array
    t: Labels


@dataclass(slots=True)
class State:
    """A training under way: all that it needs to go on from where it is.

    Attributes:
        network: Changed in place as training goes.
        optimizer: Likewise.
        step: The last step done, 0 at first.
        epoch: The last complete epoch, 0 at first.
        batch: Batches done of the epoch under way.
    """

    network: "Network"
    optimizer: SGD
    step: int = 0
    epoch: int = 0
    batch: int = 0


def train(
    state: State,
    training: Pictures,
    test: Pictures | None = None,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    schedule: str = "constant",
    sampling: str = "random",
    augment: bool = False,
    seed: int = 0,
) -> Iterator[Step | Epoch]:
    """Train from ``state`` to the end of the last epoch.

    Between two events ``state`` is consistent: a caller may stop there, keep it, and go on from
    a copy later; the steps that follow are the same to the bit.

    Args:
        state: Where to begin; kept up to date.
        training: What to learn from.
        test: What to measure against at each epoch's end. None: its numbers are None.
        epochs: The number of the last epoch.
        batch_size: Pictures of a step.
        learning_rate: Size of a step, before the schedule.
        schedule: A name in ``SCHEDULES``.
        sampling: A name in ``SAMPLINGS``.
        augment: Whether pictures are distorted at random.
        seed: Governs what is drawn.

    Yields:
        A ``Step`` after each iteration and an ``Epoch`` after each epoch's last.

    Raises:
        Diverged: After the ``Step`` whose loss is not finite; its update is not made.
        ValueError: If an option is none of those named.
    """
    network, optimizer = state.network, state.optimizer
    if schedule not in SCHEDULES:
        raise ValueError(f"expected a schedule of {', '.join(SCHEDULES)}; got {schedule!r}")
    classes = network.classes
    targets = one_hot(training.t, classes)
    test_targets = None if test is None else one_hot(test.t, classes)
    batches = Batches(
        training.x,
        targets,
        batch_size=batch_size,
        sampling=sampling,
        augment=augment,
        seed=seed,
        dtype=network.dtype,
    )
    parameters = list(network.parameters().values())
    with network.buffers_kept(), one_blas_thread():
        while state.epoch < epochs:
            started = perf_counter()
            for x, t in batches.epoch(state.epoch + 1, first=state.batch):
                progress = (state.epoch + state.batch / batches.per_epoch) / epochs
                rate = learning_rate * SCHEDULES[schedule](progress)
                # Overflow is no accident to warn of: it shows as a loss that is not finite.
                with np.errstate(all="ignore"):
                    network.forward_pass(x)
                    loss = network.loss(t)
                    if isfinite(loss):
                        network.backward()
                        optimizer.update(parameters, list(network.gradients().values()), rate)
                state.step += 1
                state.batch += 1
                yield Step(state.step, loss)
                if not isfinite(loss):
                    raise Diverged(state.step, learning_rate)
            state.epoch, state.batch = state.epoch + 1, 0
            yield _measure(state, training, targets, test, test_targets, started)


def _measure(
    state: State,
    training: Pictures,
    targets: Array,
    test: Pictures | None,
    test_targets: Array | None,
    started: float,
) -> Epoch:
    """The numbers of an epoch that has just ended."""
    trained = score(state.network, training.x, targets)
    tested = None
    if test is not None and test_targets is not None:
        tested = score(state.network, test.x, test_targets)
    return Epoch(
        epoch=state.epoch,
        step=state.step,
        train_accuracy=trained.accuracy,
        test_accuracy=tested.accuracy if tested else None,
        train_loss=trained.loss,
        test_loss=tested.loss if tested else None,
        seconds=perf_counter() - started,
        answers=Answers.of(tested.log_probabilities) if tested else None,
    )
