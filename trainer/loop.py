"""Training loop: a generator of events for the terminal, the tests and the server."""

from collections.abc import Iterator
from math import isfinite
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.batches import Batches
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch, Predictions, Step
from trainer.functions import Array, one_hot
from trainer.metrics import score
from trainer.optimizers import lower_rate
from trainer.parallel import one_blas_thread
from trainer.schedules import SCHEDULES
from trainer.state import State
from trainer.statistics import Meter, is_due

# Pictures (N, D) and their one-hot rows (N, C).
_Set = tuple[NDArray[Any], Array]


class Diverged(ArithmeticError):
    """Loss that is not finite; training cannot continue.

    Attributes:
        step: Step with that loss.
    """

    def __init__(self, step: int, learning_rate: float, usual_rate: float) -> None:
        super().__init__(
            f"The loss stopped being a number at iteration {step:,}: the updates were too large "
            f"and the weights ran away. The learning rate {learning_rate:g} is too high for this "
            f"network; try {lower_rate(learning_rate, usual_rate):g}."
        )
        self.step = step


def train(
    state: State,
    training: Pictures,
    test: Pictures | None = None,
    validation: Pictures | None = None,
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

    Between two events ``state`` is consistent: a caller may stop there, save it and continue from
    the copy later; the following steps are the same to the bit.

    Args:
        state: State to continue from; kept up to date.
        training: Training set.
        test: Test set, evaluated at each epoch's end. None: its numbers are None.
        validation: Validation set, treated as the test set.
        epochs: Number of the last epoch.
        batch_size: Pictures of a step.
        learning_rate: Learning rate before the schedule.
        schedule: A name in ``SCHEDULES``.
        sampling: A name in ``SAMPLINGS``.
        augment: True if pictures are distorted at random.
        seed: Seed of the random numbers.

    Yields:
        A ``Step`` after each iteration and an ``Epoch`` after each epoch's last.

    Raises:
        Diverged: After the ``Step`` whose loss is not finite; its update is not made.
        ValueError: If ``schedule`` or ``sampling`` is unknown.
    """
    network, optimizer = state.network, state.optimizer
    if schedule not in SCHEDULES:
        raise ValueError(f"expected a schedule of {', '.join(SCHEDULES)}; got {schedule!r}")
    classes = network.classes
    targets = one_hot(training.t, classes)
    test_set = None if test is None else (test.x, one_hot(test.t, classes))
    validation_set = None if validation is None else (validation.x, one_hot(validation.t, classes))
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
    meter = Meter(network, training.x)
    with network.buffers_kept(), one_blas_thread():
        while state.epoch < epochs:
            started = perf_counter()
            for x, t in batches.epoch(state.epoch + 1, first=state.batch):
                due = is_due(state.step + 1, state.batch + 1, batches.per_epoch)
                statistics = None
                progress = (state.epoch + state.batch / batches.per_epoch) / epochs
                rate = learning_rate * SCHEDULES[schedule].factor(progress)
                # Overflow needs no warning: it appears as a loss that is not finite.
                with np.errstate(all="ignore"):
                    network.forward_pass(x)
                    loss = network.loss(t)
                    if isfinite(loss):
                        network.backward()
                        if due:
                            meter.before_update()
                        optimizer.update(parameters, list(network.gradients().values()), rate)
                        if due:
                            statistics = meter.after_update(state.step + 1, rate)
                state.step += 1
                state.batch += 1
                yield Step(state.step, loss, statistics)
                if not isfinite(loss):
                    raise Diverged(state.step, learning_rate, optimizer.usual_rate)
            state.epoch, state.batch = state.epoch + 1, 0
            training_set = training.x, targets
            yield _measure(state, training_set, test_set, validation_set, started)


def _measure(
    state: State,
    training: _Set,
    test: _Set | None,
    validation: _Set | None,
    started: float,
) -> Epoch:
    """Evaluate the network at the end of an epoch."""
    trained = score(state.network, *training)
    tested = score(state.network, *test) if test else None
    validated = score(state.network, *validation) if validation else None
    return Epoch(
        epoch=state.epoch,
        step=state.step,
        train_accuracy=trained.accuracy,
        test_accuracy=tested.accuracy if tested else None,
        train_loss=trained.loss,
        test_loss=tested.loss if tested else None,
        seconds=perf_counter() - started,
        predictions=Predictions.of(tested.log_probabilities) if tested else None,
        validation_accuracy=validated.accuracy if validated else None,
        validation_loss=validated.loss if validated else None,
    )
