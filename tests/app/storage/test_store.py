import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Pool, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.api.runs.responses import EpochResponse, RunResponse
from app.runs.status import Action, Status
from app.storage.files import RunFiles, estimated_bytes, losses_in
from app.storage.records import Epoch, Run
from app.storage.store import Store
from trainer.checkpoint import CheckpointError
from trainer.config import Config
from trainer.datasets import Contents
from trainer.state import State

DIGITS = Contents(train_size=60_000, test_size=10_000, classes=tuple("0123456789"))
CONFIG = Config(dataset="strokes", hidden=(4,), epochs=3, train_limit=500, batch_size=100)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def add(store: Store, **values: Any) -> Run:
    run_id = store.new_id()
    store.files(run_id, CONFIG).create()
    columns = {"start_step": 0, "start_epoch": 0, "resume_step": 0, "steps_total": 15}
    return store.add(run_id, CONFIG, name="a run", **columns | values)


def epoch(number: int) -> Epoch:
    return Epoch(number, 5 * number, 0.5, 0.5, 2.0, 2.0, 0.1)


def save_point(store: Store, run: Run, step: int) -> None:
    state = State.begin(CONFIG)
    state.step = step
    store.files_of(run).save_resume_point(state)


def write_to_database(home: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(home / "digitscope.db")
    with database:
        database.execute(statement, values)
    database.close()


# Losses


def test_losses_come_back_as_they_were_written_in_part_or_in_full(tmp_path: Path) -> None:
    files = RunFiles(tmp_path, CONFIG)
    files.append_losses(np.array([2.5, np.nan]))
    files.append_losses(np.array([1.5, 1.0]))
    np.testing.assert_array_equal(files.losses(), [2.5, np.nan, 1.5, 1.0])
    np.testing.assert_array_equal(files.losses(1, 2), [np.nan, 1.5])
    assert files.losses(4).tolist() == []
    assert files.losses(9, 3).tolist() == []
    assert losses_in(tmp_path) == 4


def test_a_loss_that_was_half_written_does_not_count(tmp_path: Path) -> None:
    files = RunFiles(tmp_path, CONFIG)
    files.append_losses(np.array([2.5, 1.5]))
    with (tmp_path / "losses.f64").open("ab") as file:
        file.write(b"\x00\x01\x02")
    assert losses_in(tmp_path) == 2
    assert files.losses().tolist() == [2.5, 1.5]
    files.cut_losses(2)
    files.append_losses(np.array([0.5]))
    assert files.losses().tolist() == [2.5, 1.5, 0.5]


def test_no_losses_are_no_error(tmp_path: Path) -> None:
    files = RunFiles(tmp_path / "nowhere", CONFIG)
    assert files.losses().tolist() == []
    assert losses_in(tmp_path / "nowhere") == 0
    files.cut_losses(3)


# Files of a run


def test_what_a_killed_process_left_behind_is_cleaned_up(store: Store) -> None:
    run = add(store, resume_step=7)
    files = store.files_of(run)
    files.append_losses(np.arange(9.0))
    for step in (5, 7, 9):
        save_point(store, run, step)
    files.epoch_path(1).touch()
    files.epoch_path(2).touch()
    (files.folder / ".epoch-0003.npz.1-2.part").touch()
    (files.folder / "epoch-of-somebody.npz").touch()
    store.add_epoch(run.id, epoch(1), 0.1)
    store.set_resume_point(run.id, 7, 0.1)
    run = store.cut_back(store.get(run.id))
    assert run.step == 7
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "epoch-0001.npz",
        "epoch-of-somebody.npz",
        "epochs.jsonl",
        "losses.f64",
        "resume-7.npz",
        "run.json",
    ]


def test_a_run_without_its_folder_is_cut_back_without_an_error(store: Store) -> None:
    run = add(store)
    store.files_of(run).delete()
    assert store.cut_back(run).step == 0


def test_a_run_whose_losses_are_gone_says_that_it_cannot_go_on(store: Store) -> None:
    run = add(store, resume_step=7)
    store.files_of(run).append_losses(np.arange(3.0))
    run = store.cut_back(run)
    assert Action.RESUME not in run.actions
    assert run.obstacle is not None
    assert "Expected 7 losses in this run's folder; got 3" in run.obstacle


def test_a_resume_point_that_is_not_recorded_yet_is_not_dropped(store: Store) -> None:
    # The worker is ahead of the server: it has written step 6 before 5 was recorded.
    run = add(store)
    for step in (3, 5, 6):
        save_point(store, run, step)
    files = store.files_of(run)
    files.drop_resume_points(5)
    names = sorted(path.name for path in files.folder.iterdir())
    assert names == ["resume-5.npz", "resume-6.npz", "run.json"]


def test_the_start_of_a_fork_is_copied_without_predictions_where_there_are_none(
    store: Store,
) -> None:
    parent, fork = add(store), add(store)
    save_point(store, parent, 5)
    source = store.files_of(parent).folder / "resume-5.npz"
    files = store.files_of(fork)
    files.begin_from(source, 1, with_optimizer=True, with_predictions=True)
    assert files.load_state(5, (1, 5)).step == 5
    with pytest.raises(CheckpointError, match="there is none"):
        files.load_predictions(1)


def test_a_fork_of_an_earlier_version_resumes_from_its_first_resume_point(store: Store) -> None:
    # Its start is a resume point; newer forks have it as the checkpoint of an epoch.
    run = add(store, start_step=5, start_epoch=1, resume_step=5)
    save_point(store, run, 5)
    assert store.files_of(run).load_state(5, (1, 5)).step == 5


def test_a_deleted_run_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    run, other = add(store), add(store)
    store.files_of(run).append_losses(np.arange(3.0))
    store.add_epoch(run.id, epoch(1), 0.1)
    store.delete(run)
    store.clear_deleted()
    with pytest.raises(KeyError):
        store.get(run.id)
    assert store.epochs(run.id) == []
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [other.id]


def test_files_of_a_deleted_run_that_were_left_by_a_crash_go_at_the_next_start(
    store: Store, tmp_path: Path
) -> None:
    run = add(store)
    store.delete(run)
    assert list((tmp_path / "runs").iterdir())
    Store(tmp_path).close()
    assert not list((tmp_path / "runs").iterdir())


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("hidden", [(), (50,), (300, 200)])
def test_the_estimate_is_what_a_run_takes_and_little_more(
    tmp_path: Path, optimizer: str, hidden: tuple[int, ...]
) -> None:
    config = Config(hidden=hidden, optimizer=optimizer)
    files = RunFiles(tmp_path, config)
    state = State.begin(config)
    files.save_resume_point(state)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    estimate = estimated_bytes(config, DIGITS, 0, 0) / 2  # which counts two resume points
    assert size <= estimate <= size + 8192


# The queue


def test_the_queue_is_in_the_order_of_asking(store: Store) -> None:
    runs = [add(store) for _ in range(3)]
    assert store.queue() == [run.id for run in runs]
    store.update(runs[0].id, status=Status.PAUSED)
    assert store.queue() == [runs[1].id, runs[2].id]
    store.update(runs[0].id, status=Status.QUEUED)
    assert store.queue() == [runs[1].id, runs[2].id, runs[0].id]


def test_the_queue_outlives_the_server(store: Store, tmp_path: Path) -> None:
    runs = [add(store) for _ in range(3)]
    other = Store(tmp_path)
    assert other.queue() == [run.id for run in runs]
    other.close()


# A disk that takes nothing


@pytest.fixture
def refuse_writes() -> Iterator[Callable[[bool], None]]:
    """Let the database refuse or take writes."""
    is_read_only = False

    def prepare(connection: DBAPIConnection, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA query_only = {is_read_only:d}")

    def switch(on: bool) -> None:
        nonlocal is_read_only
        is_read_only = on

    event.listen(Pool, "checkout", prepare)
    yield switch
    event.remove(Pool, "checkout", prepare)


def test_what_the_disk_does_not_take_is_shown_and_written_later(
    store: Store, tmp_path: Path, refuse_writes: Callable[[bool], None]
) -> None:
    run, other = add(store), add(store)
    refuse_writes(True)
    store.update(run.id, status=Status.RUNNING)
    assert store.get(run.id).status == Status.RUNNING
    assert store.queue() == [other.id]
    store.update(run.id, status=Status.FAILED, error_type="storage", error_message="full")
    assert store.get(run.id).error == ("storage", "full")
    assert store.runs()[1].status == Status.FAILED
    store.update(run.id, status=Status.QUEUED, error_type=None)
    assert store.queue() == [other.id, run.id]
    refuse_writes(False)
    store.update(other.id, status=Status.RUNNING)
    later = Store(tmp_path)
    assert later.get(run.id).status == Status.QUEUED
    assert later.get(other.id).status == Status.RUNNING
    later.close()


def test_what_is_not_written_yet_is_written_when_the_server_ends(
    store: Store, tmp_path: Path, refuse_writes: Callable[[bool], None]
) -> None:
    run = add(store)
    refuse_writes(True)
    store.update(run.id, status=Status.STOPPED)
    refuse_writes(False)
    store.close()
    later = Store(tmp_path)
    assert later.get(run.id).status == Status.STOPPED
    later.close()


def test_a_run_or_epoch_that_the_disk_does_not_take_is_an_error(
    store: Store, refuse_writes: Callable[[bool], None]
) -> None:
    run = add(store)
    refuse_writes(True)
    with pytest.raises(OSError, match="the database could not be written"):
        add(store)
    with pytest.raises(OSError, match="the database could not be written"):
        store.add_epoch(run.id, epoch(1), 0.1)
    with pytest.raises(OSError, match="the database could not be written"):
        store.set_resume_point(run.id, 3, 0.1)
    with pytest.raises(OSError, match="the database could not be written"):
        store.delete(run)
    refuse_writes(False)
    assert store.epochs(run.id) == []
    assert store.get(run.id).resume_step == 0


# Damaged rows

TEXTS = "notes", "tags", "status", "config", "name", "created_at"
COUNTS = "classes", "start_step", "start_epoch", "resume_step", "steps_total", "queue_ticket"
RUN_DAMAGE: list[tuple[str, object]] = [
    *((column, b"\xff\x00") for column in TEXTS),
    *((column, value) for column in COUNTS for value in ("many", -1, 2**62, 1.5, b"\x01")),
    *(
        ("config", text)
        for text in ("", "{", "[]", "null", "7", '"x"', '{"hidden": 3}', '{"depth": 1}',
                     '{"learning_rate": NaN}', '{"train_limit": 1e999}')
    ),
    ("status", "flying"),
    ("status", ""),
    ("created_at", "yesterday"),
    ("started_at", "soon"),
    ("ended_at", 17),
    ("dataset_sha256", b"\x00"),
    ("error_type", b"\x00"),
    ("error_type", "failed"),  # without a message
    ("parent_run", "a1b2c3d4e5"),  # without an epoch
    ("tags", "{"),
    ("tags", '{"a": 1}'),
    ("tags", "[7]"),
    ("pinned", "yes"),
    ("seconds", "long"),
    ("seconds", float("inf")),
    ("resume_step", 16),  # beyond the last
]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [*RUN_DAMAGE[::3], *(pytest.param(*damage, marks=pytest.mark.slow)
                         for i, damage in enumerate(RUN_DAMAGE) if i % 3)],
)  # fmt: skip
def test_a_damaged_row_spoils_its_own_run_alone_which_says_so(
    store: Store, tmp_path: Path, column: str, value: object
) -> None:
    healthy, run = add(store), add(store)
    write_to_database(tmp_path, f"UPDATE runs SET {column} = ? WHERE id = ?", value, run.id)
    damaged, other = store.runs()
    assert other == healthy
    assert (damaged.status, damaged.damaged) == (Status.FAILED, True)
    assert damaged.actions == [Action.DELETE]
    assert damaged.error is not None
    assert damaged.error[0] == "damaged"
    for each in (damaged, store.get(run.id)):
        response = RunResponse.of(each).model_dump_json()
        assert "cannot be read" in response
    assert healthy.id in store.queue()
    add(store)  # the next one is not held up
    store.delete(damaged)


EPOCH_DAMAGE: list[tuple[str, object]] = [
    ("train_accuracy", "good"),
    ("test_accuracy", float("inf")),
    ("train_loss", b"\x00"),
    ("test_loss", float("-inf")),
    ("seconds", ""),
    ("step", -3),
    ("step", "x"),
]


@pytest.mark.parametrize(("column", "value"), EPOCH_DAMAGE)
def test_a_damaged_last_epoch_is_said_and_the_others_stay_readable(
    store: Store, tmp_path: Path, column: str, value: object
) -> None:
    run, other = add(store), add(store)
    for number in (1, 2):
        store.add_epoch(run.id, epoch(number), 0.1)
    write_to_database(
        tmp_path, f"UPDATE epochs SET {column} = ? WHERE run_id = ? AND epoch = 2", value, run.id
    )
    assert store.get(run.id).damaged
    assert [row.epoch for row in store.epochs(run.id)] == [1]
    assert EpochResponse.of(store.epochs(run.id)[0]).model_dump_json()
    assert store.get(other.id) == other


def test_whatever_a_row_holds_the_list_of_runs_can_be_told(store: Store, tmp_path: Path) -> None:
    healthy, run = add(store), add(store)
    anything = st.one_of(
        st.none(), st.text(), st.binary(), st.floats(), st.integers(-(2**63), 2**63 - 1)
    )

    @settings(max_examples=100)
    @given(st.sampled_from([*TEXTS, *COUNTS, "error_type", "parent_run", "parent_epoch"]), anything)
    def check(column: str, value: object) -> None:
        statement = f"UPDATE runs SET {column} = ? WHERE id = ?"
        with closing(sqlite3.connect(tmp_path / "digitscope.db", isolation_level=None)) as database:
            select = f"SELECT {column} FROM runs WHERE id = ?"
            before = database.execute(select, (run.id,)).fetchone()[0]
            with suppress(sqlite3.IntegrityError):  # the database itself refuses some
                database.execute(statement, (value, run.id))
            responses = [RunResponse.of(each) for each in store.runs()]
            database.execute(statement, (before, run.id))
        assert responses[1].id == healthy.id
        assert all(response.model_dump_json() for response in responses)

    check()
