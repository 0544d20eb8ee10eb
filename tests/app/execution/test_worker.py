"""The worker's own work, driven without a process: stopped, killed and resumed at any step."""

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.execution import worker
from app.execution.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Message,
    Outcome,
    ResumePointSaved,
)
from app.storage.files import RunFiles, losses_in
from trainer import loop
from trainer.checkpoint import CheckpointError
from trainer.config import Config
from trainer.datasets import DatasetError, Library
from trainer.events import Progress, Statistics
from trainer.state import State

SMALL = {"dataset": "strokes", "hidden": (6,), "train_limit": 200, "batch_size": 60, "epochs": 2}
VARIANTS = [
    Config(**SMALL, learning_rate=0.02, optimizer=o, schedule=s, sampling=p)  # type: ignore[arg-type]
    for o, s, p in itertools.product(
        ("sgd", "momentum", "adam"), ("constant", "cosine"), ("random", "shuffle")
    )
]
AUGMENTED = Config(**SMALL, optimizer="adam", schedule="cosine", augment=True)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def library(data_home: Path) -> Library:
    """One for all, which knows the files' checksums after their first use."""
    return Library(data_home, offline=True)


@pytest.fixture(autouse=True)
def every_step_is_told_and_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FLUSH_S", -1.0)


@dataclass
class Recorder:
    """A run, and the server's part in it: what is told is recorded, and no more than that."""

    folder: Path
    library: Library
    config: Config
    resume_step: int = 0
    epochs: list[EpochSaved] = field(default_factory=list)
    statistics: dict[int, Statistics] = field(default_factory=dict)
    outcome: Outcome | None = None

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.folder, self.config)

    def leg(self, *, stop_at_once: bool = False) -> Iterator[Message]:
        """Go on from the resume point; each message is recorded before it is handed out."""
        self.files.create()
        self.files.cut_losses(self.resume_step)
        self.statistics = {s: row for s, row in self.statistics.items() if s <= self.resume_step}
        last = self.epochs[-1] if self.epochs else None
        self.files.clean(last.epoch if last else 0, self.resume_step)
        job = worker.Job(
            self.config,
            self.files,
            self.library,
            None,
            self.resume_step,
            (last.epoch, last.step) if last else None,
        )
        asked = threading.Event()
        if stop_at_once:
            asked.set()
        for message in worker.train(job, asked):
            self.record(message)
            yield message

    def record(self, message: Message) -> None:
        match message:
            case Losses(values, _, statistics):
                self.files.append_losses(values)
                self.statistics |= {row.step: row for row in statistics}
            case EpochSaved(step=step):
                self.epochs.append(message)
                self.resume_step = step
                self.files.drop_resume_points(step)
            case ResumePointSaved(step, _):
                self.resume_step = step
                self.files.drop_resume_points(step)
            case Ended(outcome):
                self.outcome = outcome

    def finish(self) -> "Recorder":
        for _ in self.leg():
            pass
        assert self.outcome == Outcome.FINISHED
        return self


def assert_same(run: Recorder, reference: Recorder) -> None:
    """To the bit: every loss, every epoch's numbers, every array of every checkpoint."""
    assert run.files.losses().tobytes() == reference.files.losses().tobytes()
    assert run.statistics == reference.statistics
    assert run.statistics.keys() == set(range(1, 9))  # all steps, because there are only 8
    assert len(run.epochs) == len(reference.epochs) == run.config.epochs
    for ours, theirs in zip(run.epochs, reference.epochs, strict=True):
        names = ("epoch", "step", "train_accuracy", "test_accuracy", "train_loss", "test_loss")
        assert [getattr(ours, name) for name in names] == [getattr(theirs, name) for name in names]
        with (
            np.load(run.files.epoch_path(ours.epoch)) as arrays,
            np.load(reference.files.epoch_path(ours.epoch)) as expected,
        ):
            assert arrays.files == expected.files
            for name in expected.files:
                assert arrays[name].tobytes() == expected[name].tobytes(), name


MakeRun = Callable[[str, Config], Recorder]


@pytest.fixture
def new(tmp_path: Path, library: Library) -> MakeRun:
    return lambda name, config: Recorder(tmp_path / name, library, config)


@pytest.mark.parametrize(
    "config",
    [*VARIANTS, AUGMENTED],
    ids=lambda c: f"{c.optimizer}-{c.schedule}-{c.sampling}{'-augment' * c.augment}",
)
def test_a_run_stopped_after_every_iteration_ends_as_one_never_stopped(
    new: MakeRun, config: Config
) -> None:
    reference = new("whole", config).finish()
    run = new("pieces", config)
    steps = []
    while run.outcome != Outcome.FINISHED:
        for _ in run.leg(stop_at_once=True):
            pass
        steps.append(losses_in(run.folder))
        assert steps[-1] == run.resume_step
    # Each leg is one iteration, or the measuring of an epoch whose iterations are done.
    assert steps == [1, 2, 3, 4, 4, 5, 6, 7, 8, 8]
    assert_same(run, reference)


def test_a_run_killed_and_stopped_anywhere_ends_as_one_never_stopped(
    tmp_path_factory: pytest.TempPathFactory, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = Recorder(tmp_path_factory.mktemp("whole"), library, AUGMENTED).finish()

    @settings(max_examples=12)
    @given(st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.booleans()), max_size=6))
    def check(legs: list[tuple[int, bool, bool]]) -> None:
        run = Recorder(tmp_path_factory.mktemp("pieces"), library, AUGMENTED)
        for messages, stopped, saves_often in legs:
            monkeypatch.setattr(worker, "RESUME_POINT_S", -1.0 if saves_often else 60.0)
            # A kill: so many messages arrive, and whatever else was written does not count.
            for _ in itertools.islice(run.leg(stop_at_once=stopped), messages):
                pass
        assert_same(run.finish() if run.outcome != Outcome.FINISHED else run, reference)

    check()


def test_losses_are_reported_before_an_epoch_is_measured(new: MakeRun) -> None:
    kinds = [type(message) for message in new("run", VARIANTS[0]).leg()]
    assert kinds == [DataReady, *[*[Losses] * 4, EpochSaved] * 2, Ended]


def test_a_resume_point_is_saved_before_a_long_measuring(
    new: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RESUME_POINT_BEFORE_MEASURING_S", -1.0)
    run = new("run", VARIANTS[0])
    points = [message.step for message in run.leg() if isinstance(message, ResumePointSaved)]
    assert points == [4, 8]


def test_asked_to_end_while_the_last_epoch_is_measured_it_finishes(
    new: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new("run", VARIANTS[0])
    asked = threading.Event()
    save_epoch = RunFiles.save_epoch

    def save(files: RunFiles, state: State, predictions: object) -> None:
        if state.epoch == run.config.epochs:
            asked.set()
        save_epoch(files, state, predictions)  # type: ignore[arg-type]

    monkeypatch.setattr(RunFiles, "save_epoch", save)
    job = worker.Job(run.config, run.files, run.library, None, 0, None)
    messages = list(worker.train(job, asked))
    assert messages[-1] == Ended(Outcome.FINISHED)


def test_the_loss_that_diverged_is_reported_and_nothing_is_saved_from_it(
    new: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RESUME_POINT_S", -1.0)
    config = Config(
        dataset="strokes", hidden=(128, 128, 128, 128), learning_rate=10, train_limit=2000
    )
    run = new("run", config)
    with pytest.raises(loop.Diverged, match=r"try 0\.1"):
        list(run.leg())
    losses = run.files.losses()
    assert np.isfinite(losses[:-1]).all()
    assert not np.isfinite(losses[-1])
    assert run.resume_step == len(losses) - 1


def test_a_stop_asked_for_as_the_loss_diverges_saves_nothing(new: MakeRun) -> None:
    run = new("run", Config(dataset="strokes", hidden=(128,) * 4, learning_rate=10, epochs=1))
    # One iteration at a time, until it diverges.
    legs = itertools.chain.from_iterable(run.leg(stop_at_once=True) for _ in range(500))
    with pytest.raises(loop.Diverged):
        list(legs)
    assert run.resume_step == losses_in(run.folder) - 1
    assert not (run.folder / f"resume-{losses_in(run.folder)}.npz").exists()


def test_other_data_than_before_is_an_error(new: MakeRun) -> None:
    run = new("run", VARIANTS[0])
    job = worker.Job(run.config, run.files, run.library, "0" * 64, 0, None)
    with pytest.raises(DatasetError, match="not the one this run has learned from"):
        list(worker.train(job, threading.Event()))


def test_a_run_continues_on_a_processor_that_rounds_otherwise_only_if_that_is_accepted(
    new: MakeRun,
) -> None:
    run = new("run", VARIANTS[0])
    first = next(iter(run.leg(stop_at_once=True)))
    assert isinstance(first, DataReady)
    job = worker.Job(run.config, run.files, run.library, None, 1, None, "NumPy 1.0, another")
    with pytest.raises(worker.OtherProcessorError, match=r"NumPy 1\.0, another.*Resume it"):
        list(worker.train(job, threading.Event()))
    for _ in run.leg():  # none is named
        pass
    assert run.outcome == Outcome.FINISHED


def test_asked_to_end_while_data_is_drawn_it_ends_before_the_first_step(tmp_path: Path) -> None:
    files = RunFiles(tmp_path / "run", VARIANTS[0])
    files.create()
    asked = threading.Event()
    asked.set()
    job = worker.Job(VARIANTS[0], files, Library(tmp_path, offline=True), None, 0, None)
    first, last = worker.train(job, asked)
    assert isinstance(first, Progress)
    assert last == Ended(Outcome.ASKED)
    assert [path.name for path in files.folder.iterdir()] == []


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"])
def test_a_damaged_resume_point_is_said(new: MakeRun, content: bytes) -> None:
    run = new("run", VARIANTS[0])
    for _ in run.leg(stop_at_once=True):
        pass
    (run.folder / "resume-1.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged"):
        list(run.leg())
