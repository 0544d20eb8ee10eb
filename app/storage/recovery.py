"""Copies of the database, and restoring it from a copy and from what lies beside it."""

import json
import logging
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.runs.status import ACTIVE, Status
from app.storage import run_record
from app.storage.database import (
    DATABASE,
    DamagedDatabaseError,
    EpochRow,
    NewerDatabaseError,
    RunRow,
    SweepRow,
    check_database,
    open_database,
)
from app.storage.files import RunFiles, losses_in
from app.storage.marks import restore_marks
from trainer.config import Config
from trainer.datasets.files import replacing

logger = logging.getLogger(__name__)

_COPIES = "copies"
_KEPT = 3
_EPOCH_COLUMNS = [column.key for column in EpochRow.__table__.columns if column.key != "run_id"]
_RUN_COLUMNS = [column.key for column in RunRow.__table__.columns]


def keep_copy(home: Path) -> None:
    """Copy the database, and remove all copies but the newest three.

    A copy that cannot be written is logged: the server starts without it.
    """
    folder = home / _COPIES
    try:
        folder.mkdir(exist_ok=True)
        with replacing(folder / f"{_timestamp()}.db") as temporary:
            _copy(home / DATABASE, temporary)
        for path in sorted(folder.glob("*.db"))[:-_KEPT]:
            path.unlink()
    except (OSError, sqlite3.Error) as error:
        logger.warning("the database could not be copied: %s", error)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        database.backup(copy)
        # One file, without a write-ahead log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")


@dataclass
class Restored:
    """Result of restoring a database.

    Attributes:
        damaged: Place of the damaged database, or None if it was not damaged.
        copy: Copy that took its place; None: there was no good one.
        recovered: Ids of runs recovered from their files.
        lost: Ids of runs whose files were not enough.
    """

    damaged: Path | None = None
    copy: Path | None = None
    recovered: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def restore(home: Path) -> Restored:
    """Put back the newest good copy of a damaged database, and recover runs from their files.

    A database that is not damaged stays; only the runs that it lacks are recovered.

    Raises:
        OSError: If HOME cannot be written.
    """
    result = Restored()
    database = home / DATABASE
    try:
        check_database(database)
        engine = open_database(database)
    except (DamagedDatabaseError, NewerDatabaseError, SQLAlchemyError):
        result.damaged = _set_aside(database)
        result.copy, engine = _open_newest_copy(home)
    try:
        _recover(engine, home, result)
    finally:
        engine.dispose()
    return result


def _set_aside(database: Path) -> Path:
    """Rename a database, with its write-ahead log, and return its new path."""
    aside = database.with_name(f"{database.stem}-damaged-{_timestamp()}.db")
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            Path(f"{database}{suffix}").rename(f"{aside}{suffix}")
    return aside


def _open_newest_copy(home: Path) -> tuple[Path | None, Engine]:
    """Put back the newest copy that can be opened, or else begin an empty database."""
    database = home / DATABASE
    for copy in sorted((home / _COPIES).glob("*.db"), reverse=True):
        try:
            check_database(copy)
            with replacing(database) as temporary:
                shutil.copyfile(copy, temporary)
            return copy, open_database(database)
        except (DamagedDatabaseError, NewerDatabaseError, SQLAlchemyError) as error:
            logger.warning("the copy %s is not used: %s", copy.name, error)
            _set_aside(database)
    return None, open_database(database)


def _recover(engine: Engine, home: Path, result: Restored) -> None:
    """Bring the database to the state of the runs' files, and of the copied changes of marks."""
    with Session(engine) as session:
        known = set(session.scalars(select(RunRow.id)))
    folders = {path.name: path for path in (home / "runs").glob("[!.]*") if path.is_dir()}
    if result.damaged:  # runs that were deleted after the copy was made
        with Session(engine) as session, session.begin():
            for run_id in known - folders.keys():
                session.execute(delete(RunRow).where(RunRow.id == run_id))
        with Session(engine) as session, session.begin():
            restore_marks(session, home)
    records = {run_id: run_record.read_run(folder) for run_id, folder in folders.items()}
    wanted = {
        run_id: record
        for run_id, record in records.items()
        if record and (result.damaged or run_id not in known)
    }
    result.lost += sorted(records.keys() - wanted.keys() - known)
    for run_id, record in sorted(wanted.items(), key=lambda item: str(item[1].get("created_at"))):
        try:
            with Session(engine) as session, session.begin():
                _recover_run(session, run_id, folders[run_id], record)
            result.recovered.append(run_id)
        except (SQLAlchemyError, ValueError, TypeError, KeyError, OSError) as error:
            logger.warning("run %s could not be recovered: %s", run_id, error)
            result.lost.append(run_id)


def _recover_run(session: Session, run_id: str, folder: Path, record: dict[str, Any]) -> None:
    """Replace a run's rows with those beside its files.

    Raises:
        ValueError, TypeError, KeyError: If a value is missing or not valid.
        OSError: If its files cannot be changed.
    """
    start_step, start_epoch = int(record["start_step"]), int(record["start_epoch"])
    files = RunFiles(folder, Config.from_dict(json.loads(record["config"])))
    epochs = {
        row["epoch"]: row
        for row in run_record.read_epochs(folder)
        if files.epoch_path(row["epoch"]).exists()
    }
    steps = {start_step, *files.resume_steps(), *(row["step"] for row in epochs.values())}
    resume_step = max(step for step in steps if step <= start_step + losses_in(folder))
    values: dict[str, Any] = {name: record[name] for name in _RUN_COLUMNS if name in record}
    values |= {
        "id": run_id,
        "queue_ticket": 0,
        "resume_step": resume_step,
        "seconds": max([record["seconds"], *(row["trained_s"] for row in epochs.values())]),
    }
    if Status(record["status"]) in ACTIVE:
        files.cut_losses(resume_step - start_step)
        files.clean(max(epochs, default=start_epoch), resume_step)
        values |= {
            "status": Status.INTERRUPTED,
            "error_type": "interrupted",
            "error_message": "This run was recovered from its files. Resume it to go on from "
            f"iteration {resume_step:,}.",
        }
    if session.scalar(select(SweepRow.id).where(SweepRow.id == values.get("sweep"))) is None:
        values |= {"sweep": None, "trial": None}
    number = session.scalar(select(RunRow.number).where(RunRow.id == run_id))
    taken = session.scalar(select(RunRow.id).where(RunRow.number == values["number"]))
    if number is not None or taken is not None:
        del values["number"]
    if number is None:
        session.execute(insert(RunRow).values(values))
    else:
        session.execute(update(RunRow).where(RunRow.id == run_id).values(values))
    for row in epochs.values():
        epoch = {name: row.get(name) for name in _EPOCH_COLUMNS}
        session.execute(insert(EpochRow).prefix_with("OR REPLACE").values(run_id=run_id, **epoch))


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
