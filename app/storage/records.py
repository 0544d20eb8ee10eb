"""Runs and their epochs as they are kept, and reading them from rows that may be damaged."""

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

# JSON's readers keep whole numbers exact up to here; no step or epoch comes near.
_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Epoch:
    """The numbers of a complete epoch, as the contract names them."""

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float
    train_loss: float | None
    test_loss: float | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it is kept.

    Attributes:
        dataset_sha256: The data it has learned from; None until that is prepared.
        start_step: Steps that were done before its own first; more than 0 for a fork.
        start_epoch: Likewise its epochs.
        step: The last one done.
        resume_step: The step it can go on from.
        steps_total: The number its last step will have.
        queue_position: Place in the queue, from 1; None if it does not wait there.
        last_epoch: The last complete one of its own, or None.
        error: Type and message, where it failed or was interrupted.
        parent: Run and epoch that it was forked from.
        damaged: Whether its record cannot be read; the other fields are placeholders then.
    """

    id: str
    name: str
    status: Status
    config: Config
    dataset_sha256: str | None
    created_at: str
    started_at: str | None
    ended_at: str | None
    start_step: int
    start_epoch: int
    step: int
    resume_step: int
    steps_total: int
    queue_position: int | None
    last_epoch: Epoch | None
    error: tuple[str, str] | None
    parent: tuple[str, int] | None
    damaged: bool = False

    @property
    def obstacle(self) -> str | None:
        """Why it can never go on, or None where it can, as far as the run itself is concerned."""
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
        """Why it cannot go on from a data set with that checksum, or None where it can.

        Args:
            sha256: None where that is not known yet.
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
        if self.damaged or self.last_epoch is None:
            excluded.add(Action.FORK)
        return [a for a in Action if self.status in ALLOWED[a] and a not in excluded]


def read_run(
    values: Mapping[str, Any], last_epoch: EpochRow | None, losses: int, queue: Sequence[str]
) -> Run:
    """Read a run's row; a row that is not valid becomes a damaged run.

    Args:
        values: The row, by column.
        last_epoch: The run's last complete epoch, if it has one.
        losses: Number of stored losses.
        queue: Ids of the queued runs, the next one first.
    """
    try:
        return _read_run(values, read_epoch(last_epoch) if last_epoch else None, losses, queue)
    except ValueError as error:
        return _damaged_run(values, error)


def read_epoch(row: EpochRow) -> Epoch:
    """Read an epoch's row.

    Raises:
        ValueError: If that makes no sense.
    """
    return Epoch(
        epoch=_count(row.epoch),
        step=_count(row.step),
        train_accuracy=_number(row.train_accuracy),
        test_accuracy=_number(row.test_accuracy),
        train_loss=None if row.train_loss is None else _number(row.train_loss),
        test_loss=None if row.test_loss is None else _number(row.test_loss),
        seconds=_number(row.seconds),
    )


def _read_run(
    values: Mapping[str, Any], last_epoch: Epoch | None, losses: int, queue: Sequence[str]
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
    error_type, parent = values["error_type"], values["parent_run"]
    return Run(
        id=run_id,
        name=_text(values["name"]),
        status=Status(values["status"]),
        config=Config.from_dict(config),
        dataset_sha256=_optional(_text, values["dataset_sha256"]),
        created_at=_time(values["created_at"]),
        started_at=_optional(_time, values["started_at"]),
        ended_at=_optional(_time, values["ended_at"]),
        start_step=start_step,
        start_epoch=_count(values["start_epoch"]),
        step=start_step + losses,
        resume_step=resume_step,
        steps_total=steps_total,
        queue_position=queue.index(run_id) + 1 if run_id in queue else None,
        last_epoch=last_epoch,
        error=None if error_type is None else (_text(error_type), _text(values["error_message"])),
        parent=None if parent is None else (_text(parent), _count(values["parent_epoch"])),
    )


def _damaged_run(values: Mapping[str, Any], error: ValueError) -> Run:
    return Run(
        id=str(values["id"]),
        name=str(values["name"]),
        status=Status.FAILED,
        config=Config(),
        dataset_sha256=None,
        created_at=str(values["created_at"]),
        started_at=None,
        ended_at=None,
        start_step=0,
        start_epoch=0,
        step=0,
        resume_step=0,
        steps_total=0,
        queue_position=None,
        last_epoch=None,
        error=("damaged", f"This run's record in the database cannot be read: {error}"),
        parent=None,
        damaged=True,
    )


# SQLite holds values of any type in any column: what is read is checked.


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
