"""Schedules runs, changes their status and publishes updates."""

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

from app.api.responses import RunResponse
from app.errors import ConflictError, NotFoundError, StorageError
from app.runs.run_list_log import RunListLog
from app.runs.run_log import RunLog
from app.runs.status import ALLOWED, OPEN, TRANSITIONS, Action, Status
from app.runs.training import Training
from app.storage.records import Run
from app.storage.store import Store, now
from trainer.datasets import Library

logger = logging.getLogger(__name__)

_PATIENCE_S = 10.0
_PATIENCE_AT_THE_END_S = 3.0
# Time for streams to send their closing frames.
_CLOSING_S = 1.0


class Scheduler:
    """Starts and ends the trainings of runs; all methods run in the event loop.

    Args:
        store: Storage of the runs.
        library: Data sets.
        active_runs: Runs that train at once; more wait in the queue.

    Attributes:
        going_down: Set once the server ends.
        list_log: Changes of all runs, for the viewers of the list.
        streams: Tasks that serve a viewer; they end by themselves once the server ends.
    """

    def __init__(self, store: Store, library: Library, active_runs: int) -> None:
        self._store = store
        self._library = library
        self._active_runs = active_runs
        self._trainings: dict[str, Training] = {}
        self._logs: dict[str, RunLog] = {}
        # Of runs that are over: shared by their viewers, gone with the last of them.
        self._closed_logs: WeakValueDictionary[str, RunLog] = WeakValueDictionary()
        self.going_down = asyncio.Event()
        self.list_log = RunListLog()
        self.streams: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Mark runs that an earlier server left running as interrupted, and start queued ones."""
        for run in self._store.runs():
            if run.status == Status.RUNNING:
                self._interrupt(self._cut_back(run))
        self._fill()

    async def stop(self) -> None:
        """Close all streams, and let every worker save and end; no run starts any more."""
        self.going_down.set()
        for log in self._logs.values():
            log.close()
        trainings = list(self._trainings.values())
        for training in trainings:
            training.ask_to_end(Status.INTERRUPTED, _PATIENCE_AT_THE_END_S)
        await asyncio.gather(*(training.ended() for training in trainings))
        if self.streams:
            await asyncio.wait(self.streams, timeout=_CLOSING_S)

    def answer(self, run: Run) -> RunResponse:
        """Convert a run for the API."""
        return RunResponse.of(run, self._store.queue())

    def enqueue(self, run: Run) -> Run:
        """Enqueue a new run; it starts at once if a place is free."""
        self.list_log.publish(run.id)
        self._fill()
        return self._store.get(run.id)

    def pause(self, run: Run) -> Run:
        """Ask a running run to save and give up its place.

        Raises:
            ConflictError: If it is not running.
            NotFoundError: If it is gone.
        """
        run = self._check(Action.PAUSE, run)
        self._trainings[run.id].ask_to_end(Status.PAUSED, _PATIENCE_S)
        return run

    def stop_run(self, run: Run) -> Run:
        """End a run, which may be resumed later.

        Raises:
            ConflictError: If it is over already.
            NotFoundError: If it is gone.
        """
        run = self._check(Action.STOP, run)
        if run.status == Status.RUNNING:
            self._trainings[run.id].ask_to_end(Status.STOPPED, _PATIENCE_S)
            return run
        return self._change(run, Status.STOPPED, ended_at=now())

    async def resume(self, run: Run) -> Run:
        """Put a run back into the queue, to go on from its resume point.

        Raises:
            ConflictError: If it cannot go on, or its data is not what it was.
            NotFoundError: If it is gone.
        """
        # Reading changed files takes a while.
        trouble = await asyncio.to_thread(self._library.trouble, run.config.dataset)
        data = await asyncio.to_thread(self._library.sha256, run.config.dataset)
        run = self._check(Action.RESUME, run)
        obstacle = run.obstacle or run.obstacle_in_data(data)
        if trouble and not obstacle:
            obstacle = f"The data set {run.config.dataset} is not available: {trouble}."
        if obstacle:
            raise ConflictError(obstacle)
        self._change(run, Status.QUEUED, error_type=None, error_message=None, ended_at=None)
        self._fill()
        return self._store.get(run.id)

    async def delete(self, run: Run) -> None:
        """Remove a run and all it stored.

        Raises:
            ConflictError: If it is still queued or running.
            NotFoundError: If it is gone.
            StorageError: If the disk does not take it.
        """
        run = self._check(Action.DELETE, run)
        try:
            self._store.delete(run)
        except OSError as error:
            raise StorageError(f"The run could not be deleted: {error}") from error
        log = self._logs.pop(run.id, None)
        if log:
            log.close()
        self.list_log.publish(run.id)
        await asyncio.to_thread(self._store.sweep)

    def log(self, run: Run) -> RunLog:
        """Return the log of a run, a closed one if the run is over."""
        known = self._logs.get(run.id) or self._closed_logs.get(run.id)
        if known:
            return known
        files = self._store.files_of(run)
        log = RunLog(
            run.start_step,
            run.step,
            lambda after, count: files.losses(after - run.start_step, count),
        )
        if run.status in OPEN and not self.going_down.is_set():
            self._logs[run.id] = log
        else:
            log.close()
            self._closed_logs[run.id] = log
        return log

    def _check(self, action: Action, run: Run) -> Run:
        """The run as it is now, which may have changed since it was looked up."""
        try:
            run = self._store.get(run.id)
        except KeyError:
            raise NotFoundError(f"Run {run.id} has just been deleted.") from None
        if run.status not in ALLOWED[action]:
            expected = ", ".join(sorted(ALLOWED[action]))
            raise ConflictError(
                f"To {action} a run it must be {expected}; this one is {run.status}."
            )
        return run

    def _change(self, run: Run, status: Status, **changes: Any) -> Run:
        """Change a run's status, and tell its viewers."""
        if status not in TRANSITIONS[run.status]:
            raise ConflictError(f"A run that is {run.status} cannot become {status}.")
        log = self.log(run)
        before = run.status
        run = self._store.update(run.id, status=status, **changes)
        self.list_log.publish(run.id)
        if Status.QUEUED in (before, status):  # the others' places in the queue have changed
            for queued in self._store.queue():
                self.list_log.publish(queued)
        log.publish("run", {"run": self.answer(run).model_dump(mode="json")})
        if status not in OPEN:
            self._logs.pop(run.id, log).close()
            self._closed_logs[run.id] = log
        elif not log.open:  # resumed: who comes now reads a log that goes on
            self._closed_logs.pop(run.id, None)
        return run

    def _fill(self) -> None:
        """Start queued runs while there are places."""
        for run_id in self._store.queue():
            if self.going_down.is_set() or len(self._trainings) >= self._active_runs:
                return
            run = self._store.get(run_id)
            if run.status == Status.QUEUED:  # one that is damaged says that it failed
                self._start(run)

    def _start(self, run: Run) -> None:
        if run.obstacle:
            self._fail(run, "damaged", run.obstacle)
            return
        run = self._change(run, Status.RUNNING, started_at=run.started_at or now())
        try:
            # Once more: it does nothing, unless it went wrong when the run ended.
            run = self._store.cut_back(run)
            self._trainings[run.id] = Training(
                run, self._store, self._library, self.log(run), self.list_log.publish, self._over
            )
        except (OSError, RuntimeError) as error:
            self._fail(run, "storage", f"The training could not be started: {error}")

    def _over(self, training: Training) -> None:
        """Record the end of a training, and start the next run."""
        del self._trainings[training.run_id]
        try:
            self._conclude(training, self._store.get(training.run_id))
        finally:
            self._fill()

    def _conclude(self, training: Training, run: Run) -> None:
        if run.damaged:
            logger.warning("run %s: %s", run.id, run.error)
            self._logs.pop(run.id).close()
            return
        if not training.kept:
            run = self._cut_back(run)
            training.log.cut_back(run.step)
        if training.error:
            self._fail(run, *training.error)
        elif training.status == Status.INTERRUPTED:
            self._interrupt(run)
        elif training.status:
            ended_at = None if training.status == Status.PAUSED else now()
            self._change(run, training.status, ended_at=ended_at)

    def _cut_back(self, run: Run) -> Run:
        """Cut a run back as far as the disk allows; the rest is done when it starts again."""
        try:
            return self._store.cut_back(run)
        except OSError as error:
            logger.warning("run %s could not be cut back: %s", run.id, error)
            return run

    def _interrupt(self, run: Run) -> None:
        self._change(
            run,
            Status.INTERRUPTED,
            ended_at=now(),
            error_type="interrupted",
            error_message="The server ended while this run was training. Resume it to go on from "
            f"step {run.resume_step:,}.",
        )

    def _fail(self, run: Run, kind: str, message: str) -> None:
        logger.warning("run %s failed (%s): %s", run.id, kind, message)
        self._change(run, Status.FAILED, ended_at=now(), error_type=kind, error_message=message)
