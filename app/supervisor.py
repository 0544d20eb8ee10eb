"""Runs and the processes that train them: what is asked, what happens, what is told of it."""

import asyncio
import logging
from dataclasses import dataclass
from math import isfinite
from typing import Any

from app.errors import ConflictError
from app.life import ALLOWED, OPEN, TRANSITIONS, Action, Status
from app.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Message,
    Outcome,
    ResumePointSaved,
)
from app.process import WorkerProcess, describe_exit
from app.schemas.answers import EpochAnswer, RunAnswer
from app.storage.files import RunFiles
from app.storage.store import Epoch, Run, Store, now
from app.stream import RunLog
from app.worker import Job
from trainer.datasets import Library
from trainer.events import Progress

logger = logging.getLogger(__name__)

_PATIENCE_S = 10.0
_PATIENCE_AT_THE_END_S = 3.0


@dataclass(slots=True)
class _Training:
    """A run that has a process.

    Attributes:
        asked_for: What the run becomes once its process has ended as it was asked to; None while
            it was not.
        ended: The process's own last word.
    """

    files: RunFiles
    log: RunLog
    process: WorkerProcess
    asked_for: Status | None = None
    ended: Ended | None = None


class Supervisor:
    """Owner of the worker processes; everything of it runs in the event loop.

    Args:
        store: What is kept.
        library: The data sets.
        active_runs: Runs that train at once; more wait in the queue.
    """

    def __init__(self, store: Store, library: Library, active_runs: int) -> None:
        self._store = store
        self._library = library
        self._active_runs = active_runs
        self._trainings: dict[str, _Training] = {}
        self._logs: dict[str, RunLog] = {}
        self._ending = False

    def start(self) -> None:
        """Take up what an earlier server left: runs cut off are interrupted, the queue goes on."""
        for run in self._store.runs():
            if run.status == Status.RUNNING and not run.damaged:
                self._settle(self._store.cut_back(run), Status.INTERRUPTED)
        self._fill()

    async def stop(self) -> None:
        """Let every viewer go, every worker save and end; nothing starts any more."""
        self._ending = True
        for log in self._logs.values():
            log.close(going_down=True)
        trainings = list(self._trainings.values())
        for training in trainings:
            training.asked_for = training.asked_for or Status.INTERRUPTED
            training.process.ask_to_end(_PATIENCE_AT_THE_END_S)
        await asyncio.gather(*(training.process.ended.wait() for training in trainings))

    def answer(self, run: Run) -> RunAnswer:
        """A run as the API tells it."""
        return RunAnswer.of(run, self._store.queue())

    def take(self, run: Run) -> Run:
        """Take a new run into the queue; it starts at once where there is a place."""
        self._fill()
        return self._store.get(run.id)

    def pause(self, run: Run) -> Run:
        """Ask a running run to save and give up its place."""
        self._check(Action.PAUSE, run)
        return self._ask(run, Status.PAUSED)

    def stop_run(self, run: Run) -> Run:
        """End a run, which may be resumed later."""
        self._check(Action.STOP, run)
        if run.status == Status.RUNNING:
            return self._ask(run, Status.STOPPED)
        return self._change(run, Status.STOPPED, ended_at=now())

    def resume(self, run: Run) -> Run:
        """Put a run back into the queue, to go on from its resume point.

        Raises:
            ConflictError: If it cannot go on, or its data is not what it was.
        """
        self._check(Action.RESUME, run)
        if not run.resumable:
            raise ConflictError(
                "This run's record is damaged; it cannot go on."
                if run.damaged
                else "This run diverged: it cannot go on. Start a new one with a lower learning "
                "rate, or fork it from an epoch before."
            )
        data = self._library.sha256(run.config.dataset)
        if data and run.dataset_sha256 and data != run.dataset_sha256:
            raise ConflictError(
                f"The data set {run.config.dataset} is not the one this run has learned from: "
                f"expected SHA-256 {run.dataset_sha256}; got {data}."
            )
        self._change(run, Status.QUEUED, error_type=None, error_message=None, ended_at=None)
        self._fill()
        return self._store.get(run.id)

    def delete(self, run: Run) -> None:
        """Remove a run and all it stored."""
        self._check(Action.DELETE, run)
        self._store.delete(run)
        log = self._logs.pop(run.id, None)
        if log:
            log.close()

    def log(self, run: Run) -> RunLog:
        """What the viewers of a run read; for one that is over, a log that is closed already."""
        if run.id in self._logs:
            return self._logs[run.id]
        files = self._store.files_of(run)
        log = RunLog(
            run.start_step,
            run.step,
            lambda after, count: files.losses(after - run.start_step, count),
        )
        if run.status in OPEN and not self._ending:
            self._logs[run.id] = log
        else:
            log.close(going_down=self._ending)
        return log

    def _check(self, action: Action, run: Run) -> None:
        if run.status not in ALLOWED[action]:
            expected = ", ".join(sorted(ALLOWED[action]))
            raise ConflictError(
                f"To {action} a run it must be {expected}; this one is {run.status}."
            )

    def _ask(self, run: Run, status: Status) -> Run:
        training = self._trainings[run.id]
        training.asked_for = status
        training.process.ask_to_end(_PATIENCE_S)
        return self._store.get(run.id)

    def _change(self, run: Run, status: Status, **changes: Any) -> Run:
        """Change a run's status, and tell its viewers."""
        if status not in TRANSITIONS[run.status]:
            raise ConflictError(f"A run that is {run.status} cannot become {status}.")
        log = self._logs.get(run.id)
        run = self._store.update(run.id, status=status, **changes)
        log = log or self.log(run)
        log.tell("run", {"run": self.answer(run).model_dump(mode="json")})
        if status not in OPEN:
            log.close()
            self._logs.pop(run.id, None)
        return run

    def _fill(self) -> None:
        """Start queued runs while there are places."""
        for run_id in self._store.queue():
            if self._ending or len(self._trainings) >= self._active_runs:
                return
            run = self._store.get(run_id)
            run = self._change(run, Status.RUNNING, started_at=run.started_at or now())
            self._launch(run)

    def _launch(self, run: Run) -> None:
        last = run.last_epoch
        files = self._store.files_of(run)
        job = Job(
            run.config,
            files,
            self._library,
            run.dataset_sha256,
            run.resume_step,
            (last.epoch, last.step) if last else None,
        )
        process = WorkerProcess(
            job,
            lambda message: self._receive(run.id, message),
            lambda exit_code: self._exited(run.id, exit_code),
        )
        self._trainings[run.id] = _Training(files, self.log(run), process)

    def _receive(self, run_id: str, message: Message) -> None:
        training = self._trainings[run_id]
        if training.ended:
            return
        try:
            self._store_message(run_id, training, message)
        except OSError as error:
            training.ended = Ended(Outcome.STORAGE, f"The training could not be stored: {error}")
            training.process.kill()

    def _store_message(self, run_id: str, training: _Training, message: Message) -> None:
        """Store what a message says, then tell it."""
        files, log = training.files, training.log
        match message:
            case Progress(phase, done, total):
                log.progress({"phase": phase, "done": done, "total": total})
            case DataReady(sha256):
                self._store.update(run_id, dataset_sha256=sha256)
            case Losses(values):
                files.append_losses(values)
                log.extend(len(values))
            case EpochSaved():
                epoch = _epoch(message)
                self._store.add_epoch(run_id, epoch)
                files.drop_resume_points(epoch.step)
                log.tell("epoch", EpochAnswer.of(epoch).model_dump())
            case ResumePointSaved(step):
                self._store.set_resume_point(run_id, step)
                files.drop_resume_points(step)
            case Ended():
                training.ended = message

    def _exited(self, run_id: str, exit_code: int) -> None:
        """Say what has become of a run whose process is gone, and give its place away."""
        training = self._trainings.pop(run_id)
        run = self._store.get(run_id)
        ended, asked_for = training.ended, training.asked_for
        outcome = ended.outcome if ended else None
        if outcome not in (Outcome.FINISHED, Outcome.ASKED, Outcome.DIVERGED):
            run = self._store.cut_back(run)
            training.log.cut_back(run.step)
        if outcome == Outcome.FINISHED:
            self._change(run, Status.FINISHED, ended_at=now())
        elif asked_for and outcome in (Outcome.ASKED, None):
            self._settle(run, asked_for)
        else:
            message = ended.message if ended else _obituary(exit_code, training.files)
            self._change(
                run,
                Status.FAILED,
                ended_at=now(),
                error_type=outcome or "worker_died",
                error_message=message,
            )
        self._fill()

    def _settle(self, run: Run, status: Status) -> None:
        """Give a run the status that its process was asked to end for."""
        if status != Status.INTERRUPTED:
            self._change(run, status, ended_at=None if status == Status.PAUSED else now())
            return
        self._change(
            run,
            status,
            ended_at=now(),
            error_type="interrupted",
            error_message="The server ended while this run was training. Resume it to go on from "
            f"step {run.resume_step:,}.",
        )


def _epoch(message: EpochSaved) -> Epoch:
    train_loss, test_loss = (
        loss if isfinite(loss) else None for loss in (message.train_loss, message.test_loss)
    )
    return Epoch(
        epoch=message.epoch,
        step=message.step,
        train_accuracy=message.train_accuracy,
        test_accuracy=message.test_accuracy,
        train_loss=train_loss,
        test_loss=test_loss,
        seconds=message.seconds,
    )


def _obituary(exit_code: int, files: RunFiles) -> str:
    """How a process ended that said nothing, and the last lines it left."""
    lines = files.last_words()
    return describe_exit(exit_code) + (f"\n{lines}" if lines else "")
