"""The supervisor with processes that are only played: every order of things that may happen."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.api.runs.frames import content_frame
from app.errors import ConflictError, NotFoundError
from app.execution.executor import Execution, Executor, Task
from app.execution.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Outcome,
    ResumePointSaved,
)
from app.runs.run_log import Cursor
from app.runs.scheduler import Scheduler
from app.runs.status import ALLOWED, TRANSITIONS, Action, Status
from app.storage.records import Run
from app.storage.store import Store
from trainer.config import Config
from trainer.datasets import Library

pytestmark = pytest.mark.anyio

CONFIG = Config(dataset="strokes", hidden=(4,), epochs=100, train_limit=500, batch_size=500)


class PlayedProcess(Execution):
    """A worker process that does what the test says."""

    all: ClassVar[list["PlayedProcess"]] = []

    def __init__(self, task: Task) -> None:
        self.task = task
        self.job = job = task.begin(None)
        self.received = task.receive
        self.ended = asyncio.Event()
        self.asked_s: list[float] = []
        self.killed = False
        self.step = job.resume_step
        self.trained_s = 0.0
        self.all.append(self)

    def ask_to_end(self, patience_s: float) -> None:
        self.asked_s.append(patience_s)

    def kill(self) -> None:
        self.killed = True

    def train(self, steps: int) -> None:
        self.step += steps
        self.trained_s += steps
        self.received(Losses(np.full(steps, 2.0), self.trained_s))

    def save(self) -> None:
        self.received(ResumePointSaved(self.step, self.trained_s))

    def end(self, outcome: Outcome | None, reason: str = "") -> None:
        if outcome:
            self.received(Ended(outcome, "a message" if outcome != Outcome.FINISHED else ""))
        self.all.remove(self)
        self.ended.set()
        self.task.exited(reason)


class PlayedExecutor(Executor):
    """Starts played processes."""

    name = "local"

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity

    @property
    def capacity(self) -> int:
        return self._capacity

    def start(self, task: Task) -> Execution:
        return PlayedProcess(task)


@pytest.fixture(autouse=True)
def processes() -> Iterator[list[PlayedProcess]]:
    PlayedProcess.all = []
    yield PlayedProcess.all
    PlayedProcess.all = []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def new_run(store: Store) -> Run:
    run_id = store.new_id()
    store.files(run_id, CONFIG).create()
    return store.add(
        run_id, CONFIG, name="run", start_step=0, start_epoch=0, resume_step=0, steps_total=100
    )


def supervise(store: Store, active_runs: int = 1) -> Scheduler:
    library, executor = Library(store.home, offline=True), PlayedExecutor(active_runs)
    supervisor = Scheduler(store, library, executor, content_frame)
    supervisor.start()
    return supervisor


def statuses(store: Store, *runs: Run) -> list[str]:
    return [store.get(run.id).status.value for run in runs]


async def test_runs_take_their_turn_in_order_and_a_place_that_is_free_is_given_at_once(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store, active_runs=2)
    runs = [supervisor.enqueue(new_run(store)) for _ in range(4)]
    assert statuses(store, *runs) == ["running", "running", "queued", "queued"]
    positions = [store.get(run.id).queue_position for run in runs]
    assert positions == [None, None, 1, 2]
    processes[0].end(Outcome.FINISHED)
    assert statuses(store, *runs) == ["finished", "running", "running", "queued"]
    assert store.get(runs[3].id).queue_position == 1


async def test_a_paused_run_holds_no_place_and_resumed_waits_its_turn(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    first, second = (supervisor.enqueue(new_run(store)) for _ in range(2))
    supervisor.pause(first)
    assert statuses(store, first, second) == ["running", "queued"]
    processes[0].end(Outcome.ASKED)
    assert statuses(store, first, second) == ["paused", "running"]
    await supervisor.resume(first)
    assert statuses(store, first, second) == ["queued", "running"]
    processes[0].end(Outcome.FINISHED)
    assert statuses(store, first, second) == ["running", "finished"]


async def test_a_queued_run_can_be_stopped_and_the_next_one_moves_up(store: Store) -> None:
    supervisor = supervise(store)
    runs = [supervisor.enqueue(new_run(store)) for _ in range(3)]
    supervisor.stop_run(runs[1])
    assert statuses(store, *runs) == ["running", "stopped", "queued"]
    assert store.get(runs[2].id).queue_position == 1


async def test_a_restart_interrupts_what_ran_keeps_what_was_paused_and_goes_on_with_the_queue(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    runs = [supervisor.enqueue(new_run(store)) for _ in range(4)]
    supervisor.pause(runs[0])
    processes[0].end(Outcome.ASKED)
    processes[0].train(7)
    processes[0].save()
    processes[0].train(2)

    processes.clear()  # the first one was killed
    supervise(store)
    assert statuses(store, *runs) == ["paused", "interrupted", "running", "queued"]
    interrupted = store.get(runs[1].id)
    assert interrupted.step == 7
    assert interrupted.error is not None
    assert interrupted.error[0] == "interrupted"
    assert "iteration 7" in interrupted.error[1]


@pytest.mark.parametrize(
    ("asked", "becomes"),
    [(["pause", "stop"], "stopped"), (["stop", "pause"], "stopped"), (["pause"] * 3, "paused")],
)
async def test_of_several_wishes_a_stop_is_the_strongest(
    store: Store, processes: list[PlayedProcess], asked: list[str], becomes: str
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    for wish in asked:
        (supervisor.pause if wish == "pause" else supervisor.stop_run)(run)
    processes[0].end(Outcome.ASKED)
    assert statuses(store, run) == [becomes]


async def test_a_run_that_finishes_although_it_was_asked_to_end_is_finished(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    supervisor.stop_run(run)
    processes[0].end(Outcome.FINISHED)
    assert statuses(store, run) == ["finished"]
    # A second viewer's page still shows the button.
    with pytest.raises(ConflictError, match="this one is finished"):
        supervisor.stop_run(run)


async def test_a_hung_run_that_was_asked_to_end_and_killed_settles_as_asked_at_its_resume_point(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    processes[0].train(5)
    processes[0].save()
    processes[0].train(3)
    supervisor.pause(run)
    processes[0].end(None, "killed")
    assert statuses(store, run) == ["paused"]
    assert store.get(run.id).step == 5
    await supervisor.resume(run)
    assert processes[0].job.resume_step == 5


async def test_the_end_of_the_server_shortens_an_earlier_patience(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    supervisor.pause(run)
    process = processes[0]
    ending = asyncio.ensure_future(supervisor.stop())
    await asyncio.sleep(0)
    assert process.asked_s[1] < process.asked_s[0]
    process.end(Outcome.ASKED)
    await asyncio.wait_for(ending, 5)
    assert statuses(store, run) == ["paused"]


async def test_nothing_starts_any_more_once_the_server_ends(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    first, second = (supervisor.enqueue(new_run(store)) for _ in range(2))
    ending = asyncio.ensure_future(supervisor.stop())
    await asyncio.sleep(0)
    processes[0].end(Outcome.ASKED)
    await asyncio.wait_for(ending, 5)
    third = supervisor.enqueue(new_run(store))
    assert statuses(store, first, second, third) == ["interrupted", "queued", "queued"]
    assert await Cursor(supervisor.log(third), 0).read() == []


async def test_losses_that_cannot_be_stored_end_the_run_and_say_so(
    store: Store, processes: list[PlayedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    supervisor = supervise(store)
    run, other = (supervisor.enqueue(new_run(store)) for _ in range(2))
    process = processes[0]
    process.train(3)
    process.save()
    files = store.files_of(run)
    monkeypatch.setattr(type(files), "append_losses", full)
    process.train(2)
    assert process.killed
    monkeypatch.undo()
    process.train(2)  # what still comes is not stored behind a gap
    process.end(None, "killed")
    failed = store.get(run.id)
    assert failed.status == Status.FAILED
    assert failed.error is not None
    assert failed.error[0] == "storage"
    assert "No space left" in failed.error[1]
    assert (failed.step, Action.RESUME in failed.actions) == (3, True)
    assert statuses(store, other) == ["running"]


async def test_a_process_that_cannot_be_had_fails_its_run_and_the_next_gets_the_place(
    store: Store, processes: list[PlayedProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(PlayedExecutor, "start", none_left)
    supervisor = supervise(store)
    failed = supervisor.enqueue(new_run(store))
    assert failed.status == Status.FAILED
    assert failed.error is not None
    assert "Too many open files" in failed.error[1]
    monkeypatch.undo()
    assert supervisor.enqueue(new_run(store)).status == Status.RUNNING


async def test_a_run_that_is_resumed_on_another_processor_accepts_its_rounding(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    processes[0].received(DataReady("0" * 64, "one processor"))
    processes[0].train(2)
    processes[0].save()
    supervisor.stop_run(run)
    processes[0].end(Outcome.ASKED)
    await supervisor.resume(run)
    assert [process.job.processor for process in processes] == ["one processor"]
    processes[0].end(Outcome.PROCESSOR)
    failed = store.get(run.id)
    assert failed.error == ("processor", "a message")
    await supervisor.resume(run)
    assert [(p.job.processor, p.job.resume_step) for p in processes] == [(None, 2)]


async def test_a_damaged_row_in_the_queue_holds_up_nobody(store: Store) -> None:
    damaged, healthy = new_run(store), new_run(store)
    store.update(damaged.id, config="{")

    supervise(store)
    assert statuses(store, damaged, healthy) == ["failed", "running"]


async def test_a_row_that_is_damaged_while_its_run_trains_gives_its_place_away(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    damaged, healthy = (supervisor.enqueue(new_run(store)) for _ in range(2))
    processes[0].train(4)
    store.update(damaged.id, config="{")
    processes[0].end(Outcome.FINISHED)
    assert statuses(store, damaged, healthy) == ["failed", "running"]
    assert len(store.files_of(damaged).losses()) == 4  # nothing of it is thrown away


async def test_a_queued_run_whose_series_is_damaged_fails_and_says_why(store: Store) -> None:
    run = new_run(store)
    store.set_resume_point(run.id, 9, 0.1)

    supervise(store)
    failed = store.get(run.id)
    assert failed.status == Status.FAILED
    assert failed.error is not None
    assert "Expected 9 losses" in failed.error[1]


async def test_deleting_a_run_lets_its_viewers_go_and_asking_again_finds_nothing(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    run = supervisor.enqueue(new_run(store))
    supervisor.pause(run)
    processes[0].end(Outcome.ASKED)
    cursor = Cursor(supervisor.log(run), 0)
    reading = asyncio.ensure_future(cursor.read())
    await supervisor.delete(run)
    assert await asyncio.wait_for(reading, 5) == []
    with pytest.raises(NotFoundError):
        await supervisor.delete(run)
    with pytest.raises(NotFoundError):
        await supervisor.resume(run)


async def test_viewers_receive_every_change_of_status(
    store: Store, processes: list[PlayedProcess]
) -> None:
    supervisor = supervise(store)
    blocker = supervisor.enqueue(new_run(store))
    run = supervisor.enqueue(new_run(store))
    cursor = Cursor(supervisor.log(run), 0)
    supervisor.stop_run(blocker)
    processes[0].end(Outcome.ASKED)
    supervisor.pause(run)
    processes[0].train(3)
    processes[0].save()
    processes[0].end(Outcome.ASKED)
    await supervisor.resume(run)
    processes[0].end(Outcome.FINISHED)
    told = []
    while frames := await cursor.read():
        told += [json.loads(frame) for frame in frames]
    kinds = [frame["run"]["status"] for frame in told if frame["type"] == "run"]
    assert kinds == ["running", "paused", "queued", "running", "finished"]


class WatchedStore(Store):
    """A store that refuses a change of status which the table does not have."""

    def update(self, run_id: str, **changes: Any) -> Run:
        if "status" in changes:
            assert changes["status"] in TRANSITIONS[self.get(run_id).status]
        return super().update(run_id, **changes)


class Lives(RuleBasedStateMachine):
    """Runs that are asked for everything at any time, and processes that end in any way."""

    def __init__(self) -> None:
        super().__init__()
        self.home = TemporaryDirectory()
        self.store = WatchedStore(Path(self.home.name))
        self.loop = asyncio.new_event_loop()
        PlayedProcess.all = []
        self.runs: list[Run] = []
        self.serve(active_runs=2)

    def serve(self, active_runs: int) -> None:
        async def start() -> Scheduler:
            return supervise(self.store, active_runs)

        self.active_runs = active_runs
        self.supervisor = self.do(start())

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def call(self, function: Callable[[], object]) -> None:
        async def work() -> None:
            function()

        self.do(work())

    @precondition(lambda self: bool(self.runs))
    @rule(
        data=st.data(),
        action=st.sampled_from([action for action in Action if action != Action.FORK]),
    )
    def ask(self, data: st.DataObject, action: Action) -> None:
        run = data.draw(st.sampled_from(self.runs))
        before = self.store.get(run.id)
        allowed = before.status in ALLOWED[action]
        if action == Action.RESUME:
            allowed = action in before.actions

        async def work() -> None:
            match action:
                case Action.PAUSE:
                    self.supervisor.pause(run)
                case Action.STOP:
                    self.supervisor.stop_run(run)
                case Action.RESUME:
                    await self.supervisor.resume(run)
                case Action.DELETE:
                    await self.supervisor.delete(run)

        if allowed:
            self.do(work())
            if action == Action.DELETE:
                self.runs.remove(run)
        else:
            with pytest.raises(ConflictError):
                self.do(work())
            assert self.store.get(run.id) == before

    @rule()
    def start(self) -> None:
        run = new_run(self.store)
        self.runs.append(run)
        self.call(lambda: self.supervisor.enqueue(run))

    @precondition(lambda self: bool(PlayedProcess.all))
    @rule(data=st.data(), steps=st.integers(1, 3), then=st.sampled_from(["", "save", "epoch"]))
    def train(self, data: st.DataObject, steps: int, then: str) -> None:
        process = data.draw(st.sampled_from(PlayedProcess.all))
        if process.step + steps > 100:
            return
        self.call(lambda: process.train(steps))
        if then == "save":
            self.call(process.save)
        elif then == "epoch":
            row = EpochSaved(process.step, process.step, 0.5, 0.5, 2.0, 2.0, 0.1, process.trained_s)
            if process.job.last_epoch is None or process.step > process.job.last_epoch[0]:
                self.call(lambda: process.received(row))

    @precondition(lambda self: bool(PlayedProcess.all))
    @rule(data=st.data(), outcome=st.sampled_from([None, *Outcome]))
    def end(self, data: st.DataObject, outcome: Outcome | None) -> None:
        process = data.draw(st.sampled_from(PlayedProcess.all))
        if outcome == Outcome.ASKED and not process.asked_s:
            return
        if outcome == Outcome.ASKED:
            self.call(process.save)
        self.call(lambda: process.end(outcome))

    @rule(active_runs=st.integers(1, 3))
    def kill_the_server(self, active_runs: int) -> None:
        PlayedProcess.all = []
        self.serve(active_runs)

    @rule()
    def end_the_server(self) -> None:
        async def work() -> None:
            ending = asyncio.ensure_future(self.supervisor.stop())
            await asyncio.sleep(0)
            for process in list(PlayedProcess.all):
                process.save()
                process.end(Outcome.ASKED)
            await asyncio.wait_for(ending, 5)

        self.do(work())
        self.nothing_is_lost()
        self.serve(self.active_runs)

    @invariant()
    def nothing_is_lost(self) -> None:
        kept = {run.id: run for run in self.store.runs()}
        assert kept.keys() == {run.id for run in self.runs}
        for run in kept.values():
            assert run.resume_step <= run.step or run.obstacle
            if run.status not in (Status.RUNNING, Status.FAILED):
                assert run.step == run.resume_step or run.status == Status.FINISHED

    @invariant()
    def places_are_neither_wasted_nor_given_twice(self) -> None:
        running = [run for run in self.store.runs() if run.status == Status.RUNNING]
        assert len(running) == len(PlayedProcess.all) <= self.active_runs
        assert not self.store.queue() or len(running) == self.active_runs

    def teardown(self) -> None:
        self.loop.close()
        self.store.close()
        self.home.cleanup()


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=5, stateful_step_count=25)
