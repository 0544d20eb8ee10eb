"""Runs and epochs, and reading them from database rows that may be damaged."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, TypeVar

from app.runs.status import ACTIVE, ALLOWED, Action, Status
from app.storage.database import EpochRow
from trainer.config import Config

_T = TypeVar("_T")

# Largest integer that every JSON reader keeps exact; steps and epochs stay far below.
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Epoch:
    """Results of a complete epoch.

    A loss that is not finite is None, and so is what was not measured: ``validation_accuracy`` is
    None if there is no validation set.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float
    train_loss: float | None
    test_loss: float | None
    seconds: float
    validation_accuracy: float | None = None
    validation_loss: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is stored.

    Attributes:
        number: Place in the order of creation; a newer run has a larger number.
        dataset_sha256: Checksum of its data; None until the data is prepared.
        start_step: Last step before the run's own first; more than 0 for a fork.
        start_epoch: Last epoch before the run's own first; more than 0 for a fork.
        start_accuracies: Of a fork, training and test accuracy of its start; None if unknown.
        step: Last step done.
        resume_step: Step that it can be resumed from.
        steps_total: Number of its last step.
        classes: Number of classes of its data set.
        seconds: Time spent training up to ``step``, without pauses.
        queue_position: Place in the queue, from 1; None if it is not queued.
        last_epoch: Last complete epoch of its own, or None.
        best_own_epoch: Number and test accuracy of its own epoch that has the highest one, or None.
        error: Type and message if it failed or was interrupted, else None.
        parent: Of a fork, the run and the epoch that it starts from; else None.
        executor: Name of the executor that its training was last submitted to.
        worker: Name of the worker of a cluster that trains it, or trained it last; or None.
        sweep: Id and trial number of the sweep that it is a trial of, or None.
        processor: Description of what its rounding depends on; None while it has not trained.
        damaged: True if its record cannot be read; the other fields are then placeholders.
    """

    id: str
    number: int
    name: str
    status: Status
    config: Config
    dataset_sha256: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None
    start_step: int
    start_epoch: int
    start_accuracies: tuple[float, float] | None
    step: int
    resume_step: int
    steps_total: int
    classes: int
    seconds: float
    queue_position: int | None
    last_epoch: Epoch | None
    best_own_epoch: tuple[int, float] | None
    error: tuple[str, str] | None
    parent: tuple[str, int] | None
    notes: str
    tags: tuple[str, ...]
    pinned: bool
    executor: str = "local"
    worker: str | None = None
    processor: str | None = None
    sweep: tuple[str, int] | None = None
    damaged: bool = False

    @property
    def epoch(self) -> int:
        """Last complete epoch, 0 if there is none; of a fork without its own, its start."""
        return self.last_epoch.epoch if self.last_epoch else self.start_epoch

    @property
    def accuracies(self) -> tuple[float, float] | None:
        """Training and test accuracy after ``epoch``; None if there is none."""
        if self.last_epoch:
            return self.last_epoch.train_accuracy, self.last_epoch.test_accuracy
        return self.start_accuracies

    @property
    def best_epoch(self) -> tuple[int, float] | None:
        """Epoch with the highest test accuracy, and the accuracy; None if there is none."""
        if self.best_own_epoch or not self.start_accuracies:
            return self.best_own_epoch
        return self.start_epoch, self.start_accuracies[1]

    @property
    def obstacle(self) -> str | None:
        """Reason why it can never be resumed, or None; its data is not considered."""
        if self.damaged:
            return "This run's record is damaged; it cannot go on."
        if self.error and self.error[0] == "diverged":
            return (
                "This run diverged: it cannot go on. Start a new one with a lower learning rate, "
                "or fork it from an epoch before."
            )
        if self.step < self.resume_step:
            return (
                f"Expected {self.resume_step - self.start_step:,} losses in this run's folder; "
                f"got {self.step - self.start_step:,}: its series is damaged, it cannot go on. "
                "It can be forked from a complete epoch."
            )
        return None

    def obstacle_in_data(self, sha256: str | None) -> str | None:
        """Return the reason why it cannot be resumed on a data set, or None.

        Args:
            sha256: Checksum of the data set; None if it is not known yet.
        """
        if None in (sha256, self.dataset_sha256) or sha256 == self.dataset_sha256:
            return None
        return (
            f"The data set {self.config.dataset} is not the one this run has learned from: "
            f"expected SHA-256 {self.dataset_sha256}; got {sha256}."
        )

    @property
    def active(self) -> bool:
        """True if it trains or waits in the queue."""
        return self.status in ACTIVE

    @property
    def actions(self) -> list[Action]:
        """Actions that may be requested now, in the order of ``Action``."""
        excluded = set()
        if self.obstacle:
            excluded.add(Action.RESUME)
        if self.damaged or not self.epoch:
            excluded.add(Action.FORK)
        return [a for a in Action if self.status in ALLOWED[a] and a not in excluded]


def read_run(
    values: Mapping[str, Any],
    last_epoch: EpochRow | None,
    best_epoch: tuple[Any, Any],
    losses: int,
    queue: Sequence[str],
) -> Run:
    """Read a run's row; a row that is not valid becomes a damaged run.

    Args:
        values: The row, by column.
        last_epoch: The run's last complete epoch, or None.
        best_epoch: Number and test accuracy of the run's best epoch, or None twice.
        losses: Number of stored losses.
        queue: Ids of the queued runs, the next one first.
    """
    try:
        number, accuracy = best_epoch
        return _read_run(
            values,
            None if last_epoch is None else read_epoch(last_epoch),
            None if number is None else (_count(number), _number(accuracy)),
            losses,
            queue,
        )
    except ValueError as error:
        return _damaged_run(values, error)


def read_epoch(row: EpochRow) -> Epoch:
    """Read an epoch's row.

    Raises:
        ValueError: If a value is not valid.
    """
    return Epoch(
        epoch=_count(row.epoch),
        step=_count(row.step),
        train_accuracy=_number(row.train_accuracy),
        test_accuracy=_number(row.test_accuracy),
        train_loss=_optional(_number, row.train_loss),
        test_loss=_optional(_number, row.test_loss),
        seconds=_number(row.seconds),
        validation_accuracy=_optional(_number, row.validation_accuracy),
        validation_loss=_optional(_number, row.validation_loss),
    )


def _read_run(
    values: Mapping[str, Any],
    last_epoch: Epoch | None,
    best_own_epoch: tuple[int, float] | None,
    losses: int,
    queue: Sequence[str],
) -> Run:
    config = json.loads(_text(values["config"]))
    if not isinstance(config, dict):
        raise ValueError(f"expected a config; got {config!r}")
    start_step, resume_step, steps_total = (
        _count(values[name]) for name in ("start_step", "resume_step", "steps_total")
    )
    if not start_step <= resume_step <= steps_total:
        raise ValueError(
            f"expected a resume point from step {start_step} to {steps_total}; got {resume_step}"
        )
    _count(values["queue_ticket"])
    run_id = _text(values["id"])
    error_type, parent, sweep = values["error_type"], values["parent_run"], values["sweep"]
    return Run(
        id=run_id,
        number=values["number"],
        name=_text(values["name"]),
        status=Status(values["status"]),
        config=Config.from_dict(config),
        dataset_sha256=_optional(_text, values["dataset_sha256"]),
        created_at=_time(values["created_at"]),
        started_at=_optional(_time, values["started_at"]),
        ended_at=_optional(_time, values["ended_at"]),
        start_step=start_step,
        start_epoch=_count(values["start_epoch"]),
        start_accuracies=_start_accuracies(values),
        step=start_step + losses,
        resume_step=resume_step,
        steps_total=steps_total,
        classes=_count(values["classes"]),
        seconds=_number(values["seconds"]),
        queue_position=queue.index(run_id) + 1 if run_id in queue else None,
        last_epoch=last_epoch,
        best_own_epoch=best_own_epoch,
        error=None if error_type is None else (_text(error_type), _text(values["error_message"])),
        parent=None if parent is None else (_text(parent), _count(values["parent_epoch"])),
        notes=_text(values["notes"]),
        tags=_tags(values["tags"]),
        pinned=bool(_count(values["pinned"])),
        executor=_text(values["executor"]),
        worker=_optional(_text, values["worker"]),
        processor=_optional(_text, values["processor"]),
        sweep=None if sweep is None else (_text(sweep), _count(values["trial"])),
    )


def _start_accuracies(values: Mapping[str, Any]) -> tuple[float, float] | None:
    train, test = values["start_train_accuracy"], values["start_test_accuracy"]
    return None if train is None or test is None else (_number(train), _number(test))


def _tags(value: object) -> tuple[str, ...]:
    tags = json.loads(_text(value))
    if not isinstance(tags, list):
        raise ValueError(f"expected a list of tags; got {tags!r}")
    return tuple(map(_text, tags))


def _damaged_run(values: Mapping[str, Any], error: ValueError) -> Run:
    return Run(
        id=str(values["id"]),
        number=values["number"],
        name=str(values["name"]),
        status=Status.FAILED,
        config=Config(),
        dataset_sha256=None,
        created_at=str(values["created_at"]),
        started_at=None,
        ended_at=None,
        start_step=0,
        start_epoch=0,
        start_accuracies=None,
        step=0,
        resume_step=0,
        steps_total=0,
        classes=10,
        seconds=0.0,
        queue_position=None,
        last_epoch=None,
        best_own_epoch=None,
        error=("damaged", f"This run's record in the database cannot be read: {error}"),
        parent=None,
        notes="",
        tags=(),
        pinned=False,
        damaged=True,
    )


# SQLite stores values of any type in any column, so each value is checked.


def _optional(read: Callable[[object], _T], value: object) -> _T | None:
    return None if value is None else read(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text; got {value!r}")
    return value


def _time(value: object) -> str:
    datetime.fromisoformat(_text(value))
    return _text(value)


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise ValueError(f"expected a count; got {value!r}")
    return value


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError(f"expected a number; got {value!r}")
    return float(value)
