"""The tables, and opening the database at its newest version."""

import json
from pathlib import Path
from typing import ClassVar

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Engine, Float, ForeignKey, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry


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


def open_database(path: Path) -> Engine:
    """Open the database, made or brought to the newest version where it is not.

    Raises:
        sqlalchemy.exc.DatabaseError: If the file is no database.
        alembic.util.CommandError: If a newer program has written it.
    """
    engine = create_engine(f"sqlite:///{path}")
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    # Foreign keys are off still: a table that is made anew must not take others' rows along.
    with engine.begin() as connection:
        # The driver begins no transaction for changes of tables; all of them hold, or none.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    event.listen(engine, "connect", _prepare)
    return engine


def _casefold(text: object) -> str:
    return str(text).casefold()


def _has_tag(tags: object, tag: str) -> bool:
    try:
        found = json.loads(str(tags))
    except ValueError:
        return False
    return isinstance(found, list) and tag in found


def _prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Text that is damaged is read as far as it goes, or it would spoil the rows around it.
    connection.text_factory = lambda text: text.decode(errors="replace")
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    connection.create_function("has_tag", 2, _has_tag, deterministic=True)
    cursor = connection.cursor()
    # With a write-ahead log readers never wait for the writer; a crash of the program loses
    # nothing, and one of the machine at most the last moments.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
