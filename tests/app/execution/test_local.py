"""A real worker process, without a server around it."""

import asyncio
import os
import signal
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path

import pytest

from app.execution.local import WorkerProcess, describe_exit
from app.execution.messages import Ended, Losses, Message, Outcome
from app.execution.worker import Job
from app.storage.files import RunFiles
from tests.app.live_runs import ENDLESS
from trainer.config import Config
from trainer.datasets import Library

pytestmark = pytest.mark.anyio


class Witness:
    """Task of a worker process: keeps its messages, and the reason of its end."""

    run_id = "run"

    def __init__(self, folder: Path, data_home: Path) -> None:
        config = Config.from_dict(ENDLESS)
        files = RunFiles(folder, config)
        files.create()
        self.job = Job(config, files, Library(data_home, offline=True), None, 0, None)
        self.messages: list[Message] = []
        self.reasons: list[str] = []
        self.trains = asyncio.Event()
        self.process = WorkerProcess(self)

    def begin(self, worker: str | None) -> Job:
        return self.job

    def wait(self) -> None:
        raise AssertionError("a process of this machine does not get lost")

    def exited(self, reason: str) -> None:
        self.reasons.append(reason)

    def receive(self, message: Message) -> None:
        self.messages.append(message)
        if isinstance(message, Losses):
            self.trains.set()

    @property
    def pid(self) -> int:
        pid = self.process.pid
        assert pid is not None
        return pid

    async def ended(self) -> None:
        async with asyncio.timeout(30):
            await self.process.ended.wait()
        assert len(self.reasons) == 1


@pytest.fixture
def witness(tmp_path: Path, data_home: Path) -> Callable[[str], Witness]:
    return lambda name: Witness(tmp_path / name, data_home)


async def test_asked_to_end_it_saves_says_so_and_ends(witness: Callable[[str], Witness]) -> None:
    worker = witness("run")
    await asyncio.wait_for(worker.trains.wait(), 30)
    for _ in range(3):
        worker.process.ask_to_end(30)
    await worker.ended()
    assert worker.messages[-1] == Ended(Outcome.ASKED)
    assert "exit code 0" in worker.reasons[0]


async def test_asked_before_it_has_even_started_it_ends_after_the_first_step(
    witness: Callable[[str], Witness],
) -> None:
    worker = witness("run")
    worker.process.ask_to_end(30)
    await worker.ended()
    assert sum(len(m.values) for m in worker.messages if isinstance(m, Losses)) == 1
    assert worker.messages[-1] == Ended(Outcome.ASKED)


async def test_hung_it_is_killed_when_the_shortest_patience_ends(
    witness: Callable[[str], Witness],
) -> None:
    worker = witness("run")
    await asyncio.wait_for(worker.trains.wait(), 30)
    os.kill(worker.pid, signal.SIGSTOP)
    for patience_s in (300, 0.2, 300):
        worker.process.ask_to_end(patience_s)
    await worker.ended()
    assert "(Killed)" in worker.reasons[0]


@pytest.mark.slow
async def test_many_that_are_killed_at_once_are_each_told_by_their_own_exit_code(
    witness: Callable[[str], Witness],
) -> None:
    workers = [witness(str(number)) for number in range(4)]
    for worker in workers:
        await asyncio.wait_for(worker.trains.wait(), 60)
    for worker in workers:
        worker.process.kill()
    others = [witness(str(number)) for number in range(4, 6)]  # starting reaps the dead
    for worker in workers:
        await worker.ended()
        assert "(Killed)" in worker.reasons[0]
    for worker in others:
        worker.process.ask_to_end(30)
        await worker.ended()


async def test_a_process_that_cannot_be_started_says_so_and_ends(
    witness: Callable[[str], Witness], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(SpawnProcess, "start", start)
    worker = witness("run")
    worker.process.kill()
    await worker.ended()
    (message,) = worker.messages
    assert isinstance(message, Ended)
    assert message.outcome == Outcome.ERROR
    assert "could not be started" in message.message


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (3, "exit code 3"),
        (-9, "signal 9 (Killed). Somebody ended it, or the machine ran out of memory."),
        (-40, "signal 40"),
    ],
)
def test_how_a_process_ended_is_said_in_words_with_the_end_of_its_log(
    exit_code: int, words: str, tmp_path: Path
) -> None:
    files = RunFiles(tmp_path, Config())
    files.log.write_text("the last line")
    described = describe_exit(exit_code, files)
    assert words in described
    assert described.endswith("\nthe last line")
