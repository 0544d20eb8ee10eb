"""The tables, and opening the database at its newest version."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Connection, Engine, Float, ForeignKey, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import DatabaseUnavailableError

DATABASE = "digitscope.db"
"""Name of the database in HOME."""

_MIGRATIONS = Path(__file__).parent / "migrations"
# Their numbers; the last one is the newest version of the database.
_VERSIONS = sorted(path.stem[:4] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))

# Error codes of SQLite for a damaged database.
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class DamagedDatabaseError(Exception):
    """Database file that is damaged, or no database."""


class NewerDatabaseError(Exception):
    """Database that a newer version of the program has written."""


class Base(DeclarativeBase):
    """All tables."""

    type_annotation_map: ClassVar = {float: Float}  # as the first migration made them


class RunRow(Base):
    """One run; ``records.Run`` explains its values. Config and tags are JSON."""

    __tablename__ = "runs"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str]
    config: Mapped[str]
    dataset_sha256: Mapped[str | None]
    created_at: Mapped[str]
    started_at: Mapped[str | None]
    ended_at: Mapped[str | None]
    start_step: Mapped[int]
    start_epoch: Mapped[int]
    resume_step: Mapped[int]
    steps_total: Mapped[int]
    queue_ticket: Mapped[int]
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]
    parent_run: Mapped[str | None]
    parent_epoch: Mapped[int | None]
    notes: Mapped[str] = mapped_column(default="")
    tags: Mapped[str] = mapped_column(default="[]")
    pinned: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    start_train_accuracy: Mapped[float | None]
    start_test_accuracy: Mapped[float | None]
    classes: Mapped[int] = mapped_column(default=10)
    executor: Mapped[str] = mapped_column(default="local")
    worker: Mapped[str | None]
    processor: Mapped[str | None]
    sweep: Mapped[str | None]
    trial: Mapped[int | None]


class EpochRow(Base):
    """One complete epoch of a run."""

    __tablename__ = "epochs"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[int]
    train_accuracy: Mapped[float]
    test_accuracy: Mapped[float]
    train_loss: Mapped[float | None]
    test_loss: Mapped[float | None]
    seconds: Mapped[float]
    validation_accuracy: Mapped[float | None]
    validation_loss: Mapped[float | None]


class StatisticsRow(Base):
    """Statistics of one step of a run; ``content`` is JSON."""

    __tablename__ = "statistics"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[str]


class MarkRow(Base):
    """Mark of a test picture, by the checksum of its data set; ``marks.Mark`` has the marks."""

    __tablename__ = "marks"

    dataset_sha256: Mapped[str] = mapped_column(primary_key=True)
    picture: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str]
    marked_at: Mapped[str]


class SweepRow(Base):
    """One sweep; ``sweep_store.Sweep`` explains its values. The plan is JSON."""

    __tablename__ = "sweeps"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[str]
    plan: Mapped[str]
    seconds: Mapped[float]
    error: Mapped[str | None]


class TrialRow(Base):
    """One trial of a sweep; parameters, reported values and notes are JSON."""

    __tablename__ = "trials"

    sweep_id: Mapped[str] = mapped_column(
        ForeignKey("sweeps.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    parameters: Mapped[str]
    state: Mapped[str]
    reported: Mapped[str]
    notes: Mapped[str]
    repeats: Mapped[int | None]


def check_database(path: Path) -> None:
    """Check the pages of a database file, if there is one.

    Raises:
        DamagedDatabaseError: If it is damaged, or no database.
    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise DamagedDatabaseError(str(error)) from error
    if found != "ok":
        raise DamagedDatabaseError(" ".join(str(found).split()))


def open_database(path: Path) -> Engine:
    """Open the database; create it, or bring it to the newest version, if necessary.

    Raises:
        DamagedDatabaseError: If it is damaged, or no database.
        sqlalchemy.exc.DatabaseError: If it cannot be brought to the newest version.
        NewerDatabaseError: If a newer version of the program has written it.
    """
    check_database(path)
    engine = create_engine(f"sqlite:///{path}")
    # Foreign keys are still off: recreating a table must not delete rows of other tables.
    with engine.begin() as connection:
        # The driver begins no transaction for changes of tables: make all of them, or none.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        version = _version(connection)
        if version is not None and version not in _VERSIONS:
            raise NewerDatabaseError(
                f"expected a version up to {_VERSIONS[-1]}; got {version}, written by a newer "
                "version of the program"
            )
        if version != _VERSIONS[-1]:
            _upgrade(connection)
    engine.dispose()
    event.listen(engine, "connect", _prepare)
    return engine


def _version(connection: Connection) -> str | None:
    """Return the number of the last migration of a database; None if it is new."""
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
    if connection.exec_driver_sql(tables).first() is None:
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # takes a fifth of a server's start to import
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """Open a session for reading.

    Raises:
        DatabaseUnavailableError: If the database cannot be read.
    """
    try:
        with Session(engine) as session:
            yield session
    except DatabaseError as error:
        raise _unavailable(error) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """Open a session that commits at its end.

    Raises:
        DatabaseUnavailableError: If the database is damaged.
        OSError: If the database cannot be written.
    """
    try:
        with Session(engine) as session, session.begin():
            yield session
    except DatabaseError as error:
        if getattr(error.orig, "sqlite_errorcode", None) in _DAMAGED:
            raise _unavailable(error) from error
        raise OSError(f"the database could not be written: {error.orig}") from error


def _unavailable(error: DatabaseError) -> DatabaseUnavailableError:
    return DatabaseUnavailableError(
        f"The database cannot be used: {error.orig}. End the server and start it again: it checks "
        "the database and says what to do."
    )


def _casefold(text: object) -> str:
    return str(text).casefold()


def _has_tag(tags: object, tag: str) -> bool:
    try:
        found = json.loads(str(tags))
    except ValueError:
        return False
    return isinstance(found, list) and tag in found


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Replace damaged characters: one damaged text must not make other rows unreadable.
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    connection.create_function("has_tag", 2, _has_tag, deterministic=True)
    cursor = connection.cursor()
    # With a write-ahead log readers never wait for the writer. A crash of the program loses
    # nothing, a crash of the machine at most the last moments.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
