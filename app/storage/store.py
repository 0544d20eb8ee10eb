"""The only owner of what is kept: runs in the database, their arrays in files."""

import json
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.life import Status
from app.storage.database import EpochRow, RunRow, open_database
from app.storage.files import RunFiles
from trainer.config import Config, ConfigError

logger = logging.getLogger(__name__)


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
        queue_ticket: Lower ones take their turn first.
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
    queue_ticket: int
    last_epoch: Epoch | None
    error: tuple[str, str] | None
    parent: tuple[str, int] | None
    damaged: bool = False

    @property
    def resumable(self) -> bool:
        """Whether it can be resumed, as far as the run itself is concerned."""
        return not self.damaged and (self.error is None or self.error[0] != "diverged")


class Store:
    """Everything of one HOME but its data sets.

    Args:
        home: The folder; made where it is missing.

    Raises:
        sqlalchemy.exc.DatabaseError: If the database is none.
        OSError: If the folder cannot be written.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "runs").mkdir(parents=True, exist_ok=True)
        self._engine = open_database(home / "digitscope.db")
        # Changes that the disk had no place for: shown all the same, written with the next.
        self._unwritten: dict[str, dict[str, Any]] = {}

    @staticmethod
    def new_id() -> str:
        """An id that no run has."""
        return secrets.token_hex(5)

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def add(self, run_id: str, config: Config, **values: Any) -> Run:
        """Record a new run, queued.

        Args:
            run_id: From ``new_id``.
            config: What it trains.
            values: The columns that have no obvious beginning.

        Raises:
            OSError: If there is no place for it.
        """
        with self._writing() as session:
            session.execute(
                insert(RunRow).values(
                    id=run_id,
                    status=Status.QUEUED,
                    config=json.dumps(config.to_dict()),
                    created_at=now(),
                    queue_ticket=self._next_ticket(session),
                    **values,
                )
            )
        return self.get(run_id)

    def get(self, run_id: str) -> Run:
        """One run.

        Raises:
            KeyError: If there is none of that id.
        """
        with Session(self._engine) as session:
            row = session.scalar(select(RunRow).where(RunRow.id == run_id))
            if row is None:
                raise KeyError(run_id)
            return self._run(row, session.scalar(_last_epoch(run_id)))

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        with Session(self._engine) as session:
            newest = select(func.max(EpochRow.epoch)).where(EpochRow.run_id == RunRow.id)
            rows = session.execute(
                select(RunRow, EpochRow)
                .outerjoin(
                    EpochRow,
                    (EpochRow.run_id == RunRow.id)
                    & (EpochRow.epoch == newest.correlate(RunRow).scalar_subquery()),
                )
                .order_by(RunRow.number.desc())
            )
            return [self._run(run, epoch) for run, epoch in rows]

    def queue(self) -> list[str]:
        """The ids of the queued runs, the next one first."""
        with Session(self._engine) as session:
            queued = select(RunRow.id).where(RunRow.status == Status.QUEUED)
            return list(session.scalars(queued.order_by(RunRow.queue_ticket)))

    def update(self, run_id: str, **changes: Any) -> Run:
        """Change columns of a run.

        Where the database has no place for that, the change is kept in memory, shown, and
        written with the next one: a full disk must not hide what became of a run.

        Raises:
            KeyError: If there is none of that id.
        """
        changes = self._unwritten.pop(run_id, {}) | changes
        try:
            with self._writing() as session:
                if changes.get("status") == Status.QUEUED:
                    changes["queue_ticket"] = self._next_ticket(session)
                session.execute(update(RunRow).where(RunRow.id == run_id).values(changes))
        except OSError:
            logger.exception("run %s could not be recorded", run_id)
            self._unwritten[run_id] = changes
        return self.get(run_id)

    def delete(self, run: Run) -> None:
        """Remove a run and all it stored."""
        with self._writing() as session:
            session.execute(delete(RunRow).where(RunRow.id == run.id))
        self._unwritten.pop(run.id, None)
        self.files_of(run).delete()

    def add_epoch(self, run_id: str, epoch: Epoch) -> None:
        """Record an epoch whose checkpoint is written; it is a resume point.

        Raises:
            OSError: If there is no place for it.
        """
        values = {name: getattr(epoch, name) for name in Epoch.__dataclass_fields__}
        with self._writing() as session:
            session.execute(insert(EpochRow).values(run_id=run_id, **values))
            session.execute(
                update(RunRow).where(RunRow.id == run_id).values(resume_step=epoch.step)
            )

    def set_resume_point(self, run_id: str, step: int) -> None:
        """Record that the resume point of a step is written.

        Raises:
            OSError: If there is no place for it.
        """
        with self._writing() as session:
            session.execute(update(RunRow).where(RunRow.id == run_id).values(resume_step=step))

    def epochs(self, run_id: str) -> list[Epoch]:
        """A run's complete epochs, in order."""
        with Session(self._engine) as session:
            rows = select(EpochRow).where(EpochRow.run_id == run_id).order_by(EpochRow.epoch)
            return [_epoch(row) for row in session.scalars(rows)]

    def cut_back(self, run: Run) -> Run:
        """Bring a run whose process died back to its last resume point."""
        files = self.files_of(run)
        files.cut_losses(run.resume_step - run.start_step)
        files.clean(run.last_epoch.epoch if run.last_epoch else run.start_epoch)
        files.drop_resume_points(run.resume_step)
        return self.get(run.id)

    def files(self, run_id: str, config: Config) -> RunFiles:
        """The array files of a run."""
        return RunFiles(self.home / "runs" / run_id, config)

    def files_of(self, run: Run) -> RunFiles:
        """The array files of a run."""
        return self.files(run.id, run.config)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """A session that commits at its end; a disk that will not take it is an OSError."""
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except OperationalError as error:
            raise OSError(f"the database could not be written: {error.orig}") from error

    def _next_ticket(self, session: Session) -> int:
        return (session.scalar(select(func.max(RunRow.queue_ticket))) or 0) + 1

    def _run(self, row: RunRow, last_epoch: EpochRow | None) -> Run:
        values = {column.key: getattr(row, column.key) for column in RunRow.__table__.columns}
        values |= self._unwritten.get(row.id, {})
        try:
            return self._read_run(values, _epoch(last_epoch) if last_epoch else None)
        except (ValueError, TypeError, ConfigError) as error:
            return _damaged_run(row, error)

    def _read_run(self, values: dict[str, Any], last_epoch: Epoch | None) -> Run:
        config = Config.from_dict(json.loads(values["config"]))
        start_step = int(values["start_step"])
        error_type, message = values["error_type"], values["error_message"]
        parent, parent_epoch = values["parent_run"], values["parent_epoch"]
        return Run(
            id=values["id"],
            name=str(values["name"]),
            status=Status(values["status"]),
            config=config,
            dataset_sha256=values["dataset_sha256"],
            created_at=values["created_at"],
            started_at=values["started_at"],
            ended_at=values["ended_at"],
            start_step=start_step,
            start_epoch=int(values["start_epoch"]),
            step=start_step + self.files(values["id"], config).loss_count(),
            resume_step=int(values["resume_step"]),
            steps_total=int(values["steps_total"]),
            queue_ticket=int(values["queue_ticket"]),
            last_epoch=last_epoch,
            error=(error_type, message) if error_type else None,
            parent=(parent, int(parent_epoch)) if parent else None,
        )


def now() -> str:
    """The time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _last_epoch(run_id: str) -> Select[EpochRow]:
    rows = select(EpochRow).where(EpochRow.run_id == run_id)
    return rows.order_by(EpochRow.epoch.desc()).limit(1)


def _epoch(row: EpochRow) -> Epoch:
    """Read a row, whose columns SQLite may hold as any type at all."""
    losses = (row.train_loss, row.test_loss)
    train_loss, test_loss = (None if loss is None else float(loss) for loss in losses)
    return Epoch(
        epoch=int(row.epoch),
        step=int(row.step),
        train_accuracy=float(row.train_accuracy),
        test_accuracy=float(row.test_accuracy),
        train_loss=train_loss,
        test_loss=test_loss,
        seconds=float(row.seconds),
    )


def _damaged_run(row: RunRow, error: Exception) -> Run:
    return Run(
        id=row.id,
        name=str(row.name),
        status=Status.FAILED,
        config=Config(),
        dataset_sha256=None,
        created_at=str(row.created_at),
        started_at=None,
        ended_at=None,
        start_step=0,
        start_epoch=0,
        step=0,
        resume_step=0,
        steps_total=0,
        queue_ticket=0,
        last_epoch=None,
        error=("damaged", f"This run's record in the database cannot be read: {error}"),
        parent=None,
        damaged=True,
    )
