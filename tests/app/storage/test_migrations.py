import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app.storage.database import Base, DamagedDatabaseError, NewerDatabaseError, open_database
from app.storage.store import Store

FIRST_HOME = Path(__file__).parent / "first_home.sql"


@pytest.fixture
def first_home(tmp_path: Path) -> Path:
    """A HOME as the first version left it: one run of two epochs, and a fork of it."""
    database = sqlite3.connect(tmp_path / "digitscope.db")
    database.executescript(FIRST_HOME.read_text())
    database.close()
    return tmp_path


def test_a_home_of_the_first_version_opens_with_all_its_runs(first_home: Path) -> None:
    store = Store(first_home)
    fork, parent = store.runs()
    assert not parent.damaged
    assert not fork.damaged
    assert (parent.name, parent.status, parent.config.hidden) == ("first", "finished", (50,))
    assert [row.epoch for row in store.epochs(parent.id)] == [1, 2]
    assert parent.last_epoch is not None
    assert parent.last_epoch.test_accuracy == 0.951
    assert fork.parent == (parent.id, 1)
    assert fork.start_step == 469
    assert (fork.epoch, fork.accuracies, fork.best_epoch) == (1, (0.902, 0.905), (1, 0.905))
    assert (parent.seconds, fork.seconds) == (0.42, 0)
    assert (parent.notes, parent.tags, parent.pinned) == ("", (), False)
    store.close()


def test_opening_twice_changes_nothing(first_home: Path) -> None:
    for _ in range(2):
        store = Store(first_home)
        names = [run.name for run in store.runs()]
        store.close()
        assert names == ["second", "first"]


def test_a_database_of_a_newer_version_is_left_as_it_is(first_home: Path) -> None:
    path = first_home / "digitscope.db"
    Store(first_home).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match="got 9999"):
        open_database(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT COUNT(*) FROM runs").fetchone() == (2,)


def test_tables_and_migrations_agree(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "new.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_migration_that_fails_halfway_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "digitscope.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE epochs (something TEXT)")
    with pytest.raises(sa.exc.OperationalError, match="already exists"):
        open_database(path)
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    database.close()
    assert tables == [("epochs",)]


def test_a_migration_that_makes_a_table_anew_takes_no_other_rows_along(
    first_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(config: AlembicConfig, _: str) -> None:
        operations = Operations(MigrationContext.configure(config.attributes["connection"]))
        with operations.batch_alter_table("runs", recreate="always") as runs:
            runs.add_column(sa.Column("note", sa.String))

    monkeypatch.setattr(command, "upgrade", upgrade)
    engine = open_database(first_home / "digitscope.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM epochs").scalar() == 2
    engine.dispose()


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "digitscope.db").write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(DamagedDatabaseError, match="not a database"):
        Store(tmp_path)
