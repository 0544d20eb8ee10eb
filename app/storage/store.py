"""Storage of the runs: their rows in the database, their arrays in files."""

import json
import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from app.runs.status import Status
from app.storage import run_record
from app.storage.database import (
    DATABASE,
    EpochRow,
    RunRow,
    open_database,
    reading,
    writing,
)
from app.storage.files import RunFiles, losses_in, remove
from app.storage.marks import (
    Mark,
    MarkedPicture,
    copy_change,
    delete_mark,
    read_marks,
    write_mark,
)
from app.storage.records import Epoch, Run, read_epoch, read_run
from app.storage.run_pages import Cursor, Page, numbers_of
from app.storage.statistics_rows import add_rows, delete_rows, read_rows
from app.storage.sweep_store import SweepStore
from trainer.config import Config
from trainer.events import Statistics

logger = logging.getLogger(__name__)

# Beginning of the name of a deleted run's folder until it is removed; no run's id begins so.
_DELETED = ".deleted-"

# Each run with its last complete epoch, and with number and test accuracy of its best one; None
# where a run has no epochs.
_LAST = select(func.max(EpochRow.epoch)).where(EpochRow.run_id == RunRow.id).correlate(RunRow)
_BEST = (
    select(EpochRow.epoch)
    .where(EpochRow.run_id == RunRow.id, func.typeof(EpochRow.test_accuracy) == "real")
    .order_by(EpochRow.test_accuracy.desc(), EpochRow.epoch)
    .limit(1)
    .correlate(RunRow)
)
_last, _best = aliased(EpochRow), aliased(EpochRow)
_RUNS = (
    select(RunRow, _last, _best.epoch, _best.test_accuracy)
    .select_from(RunRow)
    .outerjoin(_last, (_last.run_id == RunRow.id) & (_last.epoch == _LAST.scalar_subquery()))
    .outerjoin(_best, (_best.run_id == RunRow.id) & (_best.epoch == _BEST.scalar_subquery()))
)


class Store:
    """Storage of one HOME, except for its data sets.

    Reads raise ``DatabaseUnavailableError`` if the database cannot be read.

    Args:
        home: The folder; created if it does not exist.

    Attributes:
        home: The folder.
        sweeps: Storage of the sweeps.

    Raises:
        DamagedDatabaseError: If the database is damaged.
        sqlalchemy.exc.DatabaseError: If it cannot be brought to the newest version.
        NewerDatabaseError: If a newer version of the program has written it.
        OSError: If the folder cannot be written.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "runs").mkdir(parents=True, exist_ok=True)
        self.clear_deleted()
        self._engine = open_database(home / DATABASE)
        self.sweeps = SweepStore(self._engine)
        # Updates that failed to be written; overlaid on reads and retried at the next write.
        # Other threads read this dictionary: it is replaced, never changed in place.
        self._unwritten: dict[str, dict[str, Any]] = {}
        # Training time of running runs; the database has it up to their resume points.
        self._seconds: dict[str, float] = {}
        self._writes = 0
        self._newest_trained: tuple[int, Run | None] = (-1, None)

    @staticmethod
    def new_id() -> str:
        """Return an id that no run has."""
        return secrets.token_hex(5)

    def close(self) -> None:
        """Close the database."""
        if self._unwritten:
            self._write()
        self._engine.dispose()

    def add(self, run_id: str, config: Config, **values: Any) -> Run:
        """Record a new run, queued.

        Args:
            run_id: Id from ``new_id``.
            config: Config of the run.
            values: Values of the columns that have no default here.

        Raises:
            DatabaseUnavailableError: If the database is damaged.
            OSError: If the database cannot be written.
        """
        with self._writing() as session:
            session.execute(
                insert(RunRow).values(
                    id=run_id,
                    status=Status.QUEUED,
                    config=json.dumps(config.to_dict()),
                    created_at=now(),
                    queue_ticket=self._next_ticket(),
                    **values,
                )
            )
        self._copy_record(run_id)
        return self.get(run_id)

    def get(self, run_id: str) -> Run:
        """Return a run.

        Raises:
            KeyError: If there is no run with this id.
        """
        with reading(self._engine) as session:
            rows = session.execute(_RUNS.where(RunRow.id == run_id)).all()
        if not rows:
            raise KeyError(run_id)
        return self._read(rows)[0]

    def runs(self, limit: int | None = None) -> list[Run]:
        """Return all runs, or the newest ones up to a limit, newest first."""
        with reading(self._engine) as session:
            rows = session.execute(_RUNS.order_by(RunRow.number.desc()).limit(limit)).all()
        return self._read(rows)

    def count(self) -> int:
        """Return the number of runs."""
        with reading(self._engine) as session:
            return session.scalar(select(func.count()).select_from(RunRow)) or 0

    def page(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        statuses: Sequence[Status] = (),
        tags: Sequence[str] = (),
        q: str = "",
        sort: str = "-created",
    ) -> Page:
        """Read a page of the list of runs.

        Args:
            limit: Largest number of runs; None: all.
            cursor: ``next`` of the page before; None: the first page.
            statuses: Only runs with one of these; empty: all.
            tags: Only runs that have all of these.
            q: Part of the name or the notes, case ignored.
            sort: A name in ``run_pages.SORTS``.

        Raises:
            PageError: If ``cursor`` or ``sort`` is invalid.
        """
        query = numbers_of(statuses=statuses, tags=tags, q=q, sort=sort)
        with reading(self._engine) as session:
            numbers = session.scalars(query).all()
            place = Cursor.decode(cursor, sort) if cursor is not None else None
            place = place or Cursor(sort, newest=max(numbers, default=0))
            remaining = place.remaining(numbers)
            shown = remaining[:limit]
            # The numbers become part of the statement: SQLite limits its parameters.
            wanted = RunRow.number.in_(bindparam("numbers", expanding=True, literal_execute=True))
            rows = session.execute(_RUNS.where(wanted), {"numbers": shown}).all()
        more = len(remaining) > len(shown)
        by_number = {run.number: run for run in self._read(rows)}
        runs = [by_number[number] for number in shown if number in by_number]
        return Page(runs, len(numbers), place.after(shown).encode() if more else None)

    def newest_trained(self) -> Run | None:
        """Return the newest run that has a complete epoch of its own and a readable record.

        Each prediction may ask for it, so the result is kept until the next write; its ``step``
        may be out of date.
        """
        writes, run = self._newest_trained
        if writes != self._writes:
            writes = self._writes
            run = next((run for run in self.runs() if run.last_epoch and not run.damaged), None)
            self._newest_trained = writes, run
        return run

    def queue(self) -> list[str]:
        """Return the ids of the queued runs, the next one first."""
        return [run_id for _, run_id in sorted(self._tickets())]

    def update(self, run_id: str, **changes: Any) -> Run:
        """Change columns of a run; a run that becomes queued is last in the queue.

        If the database cannot be written, the change is kept in memory, overlaid on reads and
        written with the next one: a full disk must not hide the status of a run.

        Raises:
            KeyError: If there is no run with this id.
        """
        if changes.get("status") == Status.QUEUED:
            changes["queue_ticket"] = self._next_ticket()
        if "status" in changes:
            self._seconds.pop(run_id, None)
        changes = self._unwritten.get(run_id, {}) | changes
        if changes:
            self._unwritten = self._unwritten | {run_id: changes}
            self._write()
        run = self.get(run_id)
        self._copy_record(run_id)
        return run

    def delete(self, run: Run) -> None:
        """Delete a run's rows; ``clear_deleted`` removes its files.

        Raises:
            DatabaseUnavailableError: If the database is damaged.
            OSError: If the database or the folder cannot be written.
        """
        with self._writing() as session:
            session.execute(delete(RunRow).where(RunRow.id == run.id))
        self._unwritten = {k: v for k, v in self._unwritten.items() if k != run.id}
        folder = self._folder(run.id)
        with suppress(FileNotFoundError):
            folder.rename(folder.with_name(f"{_DELETED}{run.id}"))

    def clear_deleted(self) -> None:
        """Remove the files of deleted runs; this takes long if they are large."""
        for path in (self.home / "runs").glob(f"{_DELETED}*"):
            remove(path)

    def show_seconds(self, run_id: str, seconds: float) -> None:
        """Keep the training time of a running run in memory, for reads."""
        self._seconds[run_id] = seconds

    def add_epoch(self, run_id: str, epoch: Epoch, seconds: float) -> None:
        """Record an epoch whose checkpoint is written; it is a resume point.

        Args:
            run_id: The run's id.
            epoch: The epoch.
            seconds: Training time of the run up to the end of the epoch.

        Raises:
            OSError: If the database cannot be written.
        """
        values = {name: getattr(epoch, name) for name in Epoch.__dataclass_fields__}
        point = {"resume_step": epoch.step, "seconds": seconds}
        with self._writing() as session:
            session.execute(insert(EpochRow).values(run_id=run_id, **values))
            session.execute(update(RunRow).where(RunRow.id == run_id).values(point))
        try:
            run_record.append_epoch(self._folder(run_id), values | {"trained_s": seconds})
        except OSError as error:
            logger.warning("run %s: an epoch could not be copied: %s", run_id, error)

    def set_resume_point(self, run_id: str, step: int, seconds: float) -> None:
        """Record that the resume point of a step is written.

        Args:
            run_id: The run's id.
            step: The step.
            seconds: Training time of the run up to the step.

        Raises:
            OSError: If the database cannot be written.
        """
        point = {"resume_step": step, "seconds": seconds}
        with self._writing() as session:
            session.execute(update(RunRow).where(RunRow.id == run_id).values(point))

    def epochs(self, run_id: str) -> list[Epoch]:
        """Return the complete epochs of a run, in order; damaged rows are left out."""
        epochs = []
        with reading(self._engine) as session:
            rows = select(EpochRow).where(EpochRow.run_id == run_id).order_by(EpochRow.epoch)
            for row in session.scalars(rows):
                try:
                    epochs.append(read_epoch(row))
                except ValueError as error:
                    logger.warning("an epoch of run %s is left out: %s", run_id, error)
        return epochs

    def add_statistics(self, run_id: str, rows: Iterable[Statistics]) -> None:
        """Record the statistics of steps.

        Raises:
            OSError: If the database cannot be written.
        """
        with self._writing() as session:
            add_rows(session, run_id, rows)

    def statistics(self, run_id: str, after_step: int = 0) -> list[Statistics]:
        """Read the statistics of a run after a step, in order, without damaged rows."""
        with reading(self._engine) as session:
            return read_rows(session, run_id, after_step)

    def marks(self, dataset_sha256: str) -> list[MarkedPicture]:
        """Read the marked test pictures of a data set, by index."""
        with reading(self._engine) as session:
            return read_marks(session, dataset_sha256)

    def set_mark(self, dataset_sha256: str, index: int, mark: Mark) -> MarkedPicture:
        """Mark a test picture; another mark of it is replaced.

        Raises:
            OSError: If the database cannot be written.
        """
        picture = MarkedPicture(index, mark, now())
        with self._writing() as session:
            write_mark(session, dataset_sha256, picture)
        self._copy_change_of_mark(dataset_sha256, index, picture)
        return picture

    def remove_mark(self, dataset_sha256: str, index: int) -> None:
        """Remove the mark of a test picture, if it has one.

        Raises:
            OSError: If the database cannot be written.
        """
        with self._writing() as session:
            delete_mark(session, dataset_sha256, index)
        self._copy_change_of_mark(dataset_sha256, index, None)

    def cut_back(self, run: Run) -> Run:
        """Cut a run that has no process back to its last resume point.

        Raises:
            OSError: If its files cannot be changed.
        """
        files = self.files_of(run)
        with self._writing() as session:
            delete_rows(session, run.id, after_step=run.resume_step)
        files.cut_losses(run.resume_step - run.start_step)
        files.clean(run.epoch, run.resume_step)
        return self.get(run.id)

    def files(self, run_id: str, config: Config) -> RunFiles:
        """Return the files of a run that may not be recorded yet."""
        return RunFiles(self._folder(run_id), config)

    def files_of(self, run: Run) -> RunFiles:
        """Return the files of a run."""
        return self.files(run.id, run.config)

    def _folder(self, run_id: str) -> Path:
        return self.home / "runs" / str(run_id)

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        """Open a session as ``database.writing`` does, and count it."""
        try:
            with writing(self._engine) as session:
                yield session
        finally:
            self._writes += 1

    def _copy_record(self, run_id: str) -> None:
        """Copy a run's row to its folder; a copy that cannot be written is logged."""
        if not self._folder(run_id).is_dir():
            return
        try:
            with reading(self._engine) as session:
                row = session.scalars(select(RunRow).where(RunRow.id == run_id)).one()
                values = self._values(row)
            run_record.write_run(self._folder(run_id), values)
        except (OSError, TypeError) as error:
            logger.warning("run %s: its record could not be copied: %s", run_id, error)

    def _copy_change_of_mark(
        self, dataset_sha256: str, index: int, picture: MarkedPicture | None
    ) -> None:
        """Copy a change of a mark; a copy that cannot be written is logged."""
        try:
            copy_change(self.home, dataset_sha256, index, picture)
        except OSError as error:
            logger.warning("a change of a mark could not be copied: %s", error)

    def _write(self) -> None:
        """Write all changes that are not written yet, if the database can be written."""
        try:
            with self._writing() as session:
                for run_id, changes in self._unwritten.items():
                    session.execute(update(RunRow).where(RunRow.id == run_id).values(changes))
        except OSError as error:
            logger.warning("changes are kept in memory until the next write: %s", error)
        else:
            self._unwritten = {}

    def _next_ticket(self) -> int:
        return max((ticket for ticket, _ in self._tickets()), default=0) + 1

    def _tickets(self) -> list[tuple[int, str]]:
        """Return ticket and id of each queued run; damaged tickets are left out."""
        unwritten = self._unwritten
        with reading(self._engine) as session:
            rows = session.execute(
                select(RunRow.id, RunRow.status, RunRow.queue_ticket).where(
                    (RunRow.status == Status.QUEUED) | RunRow.id.in_(unwritten)
                )
            )
            runs = [
                (run_id, {"status": status, "queue_ticket": ticket} | unwritten.get(run_id, {}))
                for run_id, status, ticket in rows
            ]
        return [
            (ticket, run_id)
            for run_id, run in runs
            if run["status"] == Status.QUEUED
            and isinstance(ticket := run["queue_ticket"], int)
            and ticket > 0
        ]

    def _read(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Run]:
        """Read rows of ``_RUNS``."""
        runs = [(self._values(run), last, tuple(best)) for run, last, *best in rows]
        queue = self.queue() if any(run["status"] == Status.QUEUED for run, *_ in runs) else []
        return [
            read_run(values, last, best, losses_in(self._folder(values["id"])), queue)
            for values, last, best in runs
        ]

    def _values(self, row: RunRow) -> dict[str, Any]:
        """Return a row by column, with the changes that are in memory only."""
        values = {column.key: getattr(row, column.key) for column in RunRow.__table__.columns}
        values |= self._unwritten.get(row.id, {})
        if values["status"] == Status.RUNNING:
            values["seconds"] = self._seconds.get(row.id, values["seconds"])
        return values


def now() -> str:
    """Return the time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
