"""The log and its cursors, against a model: each step once, in order, whatever happens."""

import asyncio
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from numpy.typing import NDArray

from app.api.runs.frames import content_frame
from app.runs.run_log import Cursor, RunLog
from app.runs.status import Status
from app.storage.records import Epoch, Run
from trainer.config import Config
from trainer.events import Progress


def epoch(step: int, loss: float = 2.0) -> Epoch:
    return Epoch(1, step, 0.5, 0.5, loss, loss, 0.1)


def run(step: int) -> Run:
    return Run(
        id="a1", number=1, name="run", status=Status.RUNNING, config=Config(), dataset_sha256=None,
        created_at="2026-01-01T00:00:00Z", started_at=None, ended_at=None, start_step=0,
        start_epoch=0, start_accuracies=None, step=step, resume_step=0, steps_total=9,
        classes=10,
        seconds=0.0, queue_position=None, last_epoch=None, best_own_epoch=None, error=None,
        parent=None, notes="", tags=(), pinned=False,
    )  # fmt: skip


@dataclass
class Series:
    """Losses as a run's file holds them: the loss of step n is n."""

    start_step: int = 0
    reads: int = 0

    def read(self, after: int, count: int) -> NDArray[np.float64]:
        self.reads += 1
        return np.arange(after + 1, after + count + 1, dtype=np.float64)

    def log(self, step: int = 0) -> RunLog:
        return RunLog(self.start_step, self.start_step + step, self.read, content_frame)


@dataclass
class Viewer:
    """State of a client: the steps and notices it received, and its cursor."""

    cursor: Cursor
    after_step: int
    steps: list[int] = field(default_factory=list)
    notices: list[tuple[str, int]] = field(default_factory=list)

    @property
    def last_step(self) -> int:
        return self.steps[-1] if self.steps else self.after_step

    def take(self, texts: list[str]) -> None:
        for frame in map(json.loads, texts):
            if frame["type"] == "loss":
                assert frame["values"]
                assert frame["first_step"] == self.last_step + 1
                for step, loss in enumerate(frame["values"], frame["first_step"]):
                    assert loss == step
                    self.steps.append(step)
            else:
                self.notices.append((frame["type"], frame.get("run", frame)["step"]))


def test_a_viewer_from_the_first_step_gets_every_loss_in_order() -> None:
    log = Series().log()
    viewer = Viewer(Cursor(log, 0), 0)
    for count in (3, 1, 10_000, 7):
        log.extend(count)
        while frames := viewer.cursor.ready():
            viewer.take(frames)
    assert viewer.steps == list(range(1, 10_012))


def test_a_viewer_that_comes_back_goes_on_after_the_step_it_has() -> None:
    log = Series().log(100)
    viewer = Viewer(Cursor(log, 60), 60)
    viewer.take(viewer.cursor.ready())
    assert viewer.steps == list(range(61, 101))


def test_a_fork_is_reported_from_its_own_first_step() -> None:
    log = Series(start_step=40).log(5)
    viewer = Viewer(Cursor(log, 0), 40)
    viewer.take(viewer.cursor.ready())
    assert viewer.steps == [41, 42, 43, 44, 45]


def test_a_viewer_ahead_of_a_series_that_was_cut_back_waits_until_it_is_passed() -> None:
    log = Series().log(100)
    viewer = Viewer(Cursor(log, 100), 100)
    log.cut_back(40)
    log.extend(60)
    assert viewer.cursor.ready() == []
    log.extend(2)
    viewer.take(viewer.cursor.ready())
    assert viewer.steps == [101, 102]


def test_a_notice_comes_right_after_the_step_that_it_follows() -> None:
    log = Series().log()
    viewer = Viewer(Cursor(log, 0), 0)
    log.extend(4)
    log.publish(epoch(4))
    log.extend(4)
    frames = viewer.cursor.ready()
    assert [json.loads(frame)["type"] for frame in frames] == ["loss", "epoch"]
    viewer.take(frames)
    assert viewer.steps == [1, 2, 3, 4]


def test_only_the_latest_progress_is_reported_and_none_once_the_data_is_there() -> None:
    log = Series().log()
    cursor = Cursor(log, 0)
    log.publish_progress(Progress("drawing", 1, 3))
    log.publish_progress(Progress("drawing", 2, 3))
    assert [json.loads(frame)["done"] for frame in cursor.ready()] == [2]
    assert cursor.ready() == []
    log.publish_progress(Progress("drawing", 3, 3))
    log.publish_progress(None)
    assert cursor.ready() == []
    assert Cursor(log, 0).ready() == []


def test_a_closed_log_is_read_to_its_end_first() -> None:
    log = Series().log(3)
    viewer = Viewer(Cursor(log, 0), 0)
    log.publish(run(3))
    log.close()
    viewer.take(viewer.cursor.ready())
    assert (viewer.steps, viewer.notices) == ([1, 2, 3], [("run", 3)])
    assert viewer.cursor.ready() == []


@pytest.mark.anyio
async def test_a_waiting_viewer_is_woken_by_a_loss_a_notice_and_the_end() -> None:
    log = Series().log()
    cursor = Cursor(log, 0)
    changes: list[Callable[[], None]] = [
        lambda: log.extend(1),
        lambda: log.publish(run(1)),
        log.close,
    ]
    for change in changes:
        reading = asyncio.ensure_future(cursor.read())
        await asyncio.sleep(0)
        assert not reading.done()
        change()
        frames = await asyncio.wait_for(reading, 5)
        assert bool(frames) == (change != log.close)


def test_two_hundred_viewers_in_step_share_each_frame() -> None:
    series = Series()
    log = series.log()
    viewers = [Viewer(Cursor(log, 0), 0) for _ in range(200)]
    for _ in range(20):
        log.extend(10)
        for viewer in viewers:
            viewer.take(viewer.cursor.ready())
    assert all(viewer.steps == list(range(1, 201)) for viewer in viewers)
    assert series.reads == 20


def test_viewers_that_lag_behind_share_the_frames_of_those_ahead() -> None:
    series = Series()
    log = series.log()
    viewers = [Viewer(Cursor(log, 0), 0) for _ in range(100)]
    for turn in range(200):
        log.extend(10)
        log.publish(epoch(log.step))
        for late, viewer in enumerate(viewers):
            if turn >= late:
                viewer.take(viewer.cursor.ready())
    assert viewers[-1].last_step < viewers[0].last_step
    assert series.reads == 200


def test_viewers_from_different_steps_soon_share_their_frames() -> None:
    series = Series()
    log = series.log(40_000)
    viewers = [Viewer(Cursor(log, 10 * i), 10 * i) for i in range(20)]
    while any(viewer.last_step < 40_000 for viewer in viewers):
        for viewer in viewers:
            viewer.take(viewer.cursor.ready())
    assert series.reads < 20 + 20


def test_a_viewer_that_never_reads_costs_no_memory() -> None:
    log = Series().log()
    idle = Cursor(log, 0)  # never reads
    reader = Cursor(log, 0)
    tracemalloc.start()
    for _ in range(200):
        log.extend(5000)
        while reader.ready():
            pass
    kept_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Of a million losses, some 20 MB of text, only the last frames are in memory.
    assert kept_bytes < 10_000_000
    assert idle.ready()


def test_a_frame_holds_no_number_that_json_has_not() -> None:
    log = RunLog(0, 3, lambda after, count: np.array([1.0, np.nan, np.inf]), content_frame)
    frames = Cursor(log, 0).ready()
    assert json.loads(frames[0])["values"] == [1.0, None, None]
    with pytest.raises(ValueError, match="not JSON compliant"):
        log.publish(epoch(3, loss=float("nan")))


class Streams(RuleBasedStateMachine):
    """A run that goes on, is cut back and pauses; viewers that read, lag, leave and come back."""

    def __init__(self) -> None:
        super().__init__()
        self.series = Series(start_step=20)
        self.log = self.series.log()
        self.recorded = self.log.step  # the last resume point: nothing is cut back beyond it
        self.told: list[tuple[str, int]] = []
        self.viewers: list[Viewer] = []

    @rule(count=st.integers(1, 9000))
    def train(self, count: int) -> None:
        self.log.extend(count)

    @rule()
    def save(self) -> None:
        self.recorded = self.log.step

    @rule()
    def end_an_epoch(self) -> None:
        self.recorded = self.log.step
        self.tell("epoch")

    @rule()
    def change_status(self) -> None:
        self.tell("run")

    def tell(self, kind: str) -> None:
        self.log.publish(epoch(self.log.step) if kind == "epoch" else run(self.log.step))
        self.told.append((kind, self.log.step))

    @rule()
    def kill(self) -> None:
        self.log.cut_back(self.recorded)

    @rule(back=st.integers(0, 200))
    def join(self, back: int) -> None:
        after = max(self.log.step - back, 0)
        self.viewers.append(self.viewer(after))

    def viewer(self, after: int) -> Viewer:
        viewer = Viewer(Cursor(self.log, after), max(after, self.series.start_step))
        viewer.notices = list(self.told)  # the first frame tells all that was before
        return viewer

    @precondition(lambda self: self.viewers)
    @rule(data=st.data(), times=st.integers(1, 5))
    def read(self, data: st.DataObject, times: int) -> None:
        viewer = data.draw(st.sampled_from(self.viewers))
        for _ in range(times):
            viewer.take(viewer.cursor.ready())

    @precondition(lambda self: self.viewers)
    @rule(data=st.data())
    def reconnect(self, data: st.DataObject) -> None:
        viewer = data.draw(st.sampled_from(self.viewers))
        viewer.cursor = Cursor(self.log, viewer.last_step)
        viewer.notices = list(self.told)

    @invariant()
    def nobody_is_told_what_is_not_there_yet(self) -> None:
        # The steps themselves are checked as they are taken: consecutive, each once.
        for viewer in self.viewers:
            assert viewer.notices == self.told[: len(viewer.notices)]

    def teardown(self) -> None:
        self.log.extend(20_000)
        self.log.close()
        for viewer in self.viewers:
            while frames := viewer.cursor.ready():
                viewer.take(frames)
            assert viewer.notices == self.told
            assert viewer.last_step == max(self.log.step, viewer.last_step)


TestStreams = Streams.TestCase
TestStreams.settings = settings(max_examples=25, stateful_step_count=40)


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.booleans()), min_size=1, max_size=20),
    st.integers(0, 6000),
)
def test_epochs_stand_between_the_losses_they_end(
    parts: list[tuple[int, bool]], after_step: int
) -> None:
    log = Series().log()
    viewer = Viewer(Cursor(log, after_step), after_step)
    expected = []
    for count, ends_epoch in parts:
        log.extend(count)
        if ends_epoch:
            log.publish(epoch(log.step))
            expected.append(log.step)
    log.close()
    seen = []
    while frames := viewer.cursor.ready():
        for frame in frames:
            viewer.take([frame])
            if json.loads(frame)["type"] == "epoch":
                step = viewer.notices[-1][1]
                assert viewer.last_step == max(step, after_step)
                seen.append(step)
    assert seen == expected
