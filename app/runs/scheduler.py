"""Schedules runs, changes their status and publishes updates."""

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from app.errors import ConflictError, DatabaseUnavailableError, NotFoundError, StorageError
from app.execution.executor import Executor
from app.execution.messages import Outcome
from app.runs.run_list_log import RunListLog
from app.runs.run_log import Encoder, RunLog
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
        executor: Executes the trainings; runs beyond its capacity wait in the queue.
        encode: Converts the content of the runs' logs to the text of a frame.

    Attributes:
        going_down: Set when the server begins to end.
        list_log: Changes of all runs, for the viewers of the list.
        milestones: Runs that were added or deleted, changed their status or completed an epoch.
        streams: Tasks that serve a viewer; they end by themselves once the server ends.
    """

    def __init__(self, store: Store, library: Library, executor: Executor, encode: Encoder) -> None:
        self._store = store
        self._library = library
        self._executor = executor
        self._encode = encode
        self._trainings: dict[str, Training] = {}
        self._earlier_steps = 0
        self._logs: dict[str, RunLog] = {}
        # Logs of runs that are over: each is shared by its viewers, and freed with the last one.
        self._closed_logs: WeakValueDictionary[str, RunLog] = WeakValueDictionary()
        self.going_down = asyncio.Event()
        self.list_log = RunListLog()
        self.milestones = RunListLog()
        self.streams: set[asyncio.Task[Any]] = set()

    @property
    def steps(self) -> int:
        """Number of iterations stored since the start, those computed again included."""
        return self._earlier_steps + sum(t.steps for t in list(self._trainings.values()))

    def start(self) -> None:
        """Mark runs that an earlier server left running as interrupted, and start queued ones."""
        for run in self._store.runs():
            if run.status == Status.RUNNING:
                self._interrupt(self._cut_back(run))
        self.fill()

    async def stop(self) -> None:
        """Close all streams, and let every worker save and end; no further run is started."""
        self.going_down.set()
        for log in self._logs.values():
            log.close()
        trainings = list(self._trainings.values())
        for training in trainings:
            training.ask_to_end(Status.INTERRUPTED, _PATIENCE_AT_THE_END_S)
        await asyncio.gather(*(training.ended() for training in trainings))
        if self.streams:
            await asyncio.wait(self.streams, timeout=_CLOSING_S)

    def enqueue(self, run: Run) -> Run:
        """Enqueue a new run; it starts at once if a place is free."""
        self.list_log.publish(run.id)
        self.milestones.publish(run.id)
        self.fill()
        return self._store.get(run.id)

    def edit(self, run: Run, changes: Mapping[str, Any]) -> Run:
        """Change a run's name, notes, tags or pin.

        Args:
            run: The run.
            changes: New values by column; ``tags`` is a list.

        Raises:
            NotFoundError: If the run has just been deleted.
        """
        if "tags" in changes:
            changes = {**changes, "tags": json.dumps(list(dict.fromkeys(changes["tags"])))}
        try:
            run = self._store.update(run.id, **changes)
        except KeyError:
            raise _deleted(run) from None
        self.list_log.publish(run.id)
        if log := self._logs.get(run.id):
            log.publish(run)
        return run

    def pause(self, run: Run) -> Run:
        """Ask a running run to save and end its process, so that another run can start.

        Raises:
            ConflictError: If it is not running.
            NotFoundError: If it has just been deleted.
        """
        run = self._check(Action.PAUSE, run)
        self._trainings[run.id].ask_to_end(Status.PAUSED, _PATIENCE_S)
        return run

    def stop_run(self, run: Run) -> Run:
        """Stop a run; it may be resumed later.

        Raises:
            ConflictError: If it is over already.
            NotFoundError: If it has just been deleted.
        """
        run = self._check(Action.STOP, run)
        if training := self._trainings.get(run.id):
            training.ask_to_end(Status.STOPPED, _PATIENCE_S)
            return self._store.get(run.id)
        return self._change(run, Status.STOPPED, ended_at=now())

    async def resume(self, run: Run) -> Run:
        """Put a run back into the queue, to train on from its resume point.

        Raises:
            ConflictError: If it cannot be resumed, or its data has changed.
            NotFoundError: If it has just been deleted.
        """
        # Computing the checksum of changed files takes long.
        trouble = await asyncio.to_thread(self._library.trouble, run.config.dataset)
        data = await asyncio.to_thread(self._library.sha256, run.config.dataset)
        run = self._check(Action.RESUME, run)
        obstacle = run.obstacle or run.obstacle_in_data(data)
        if trouble and not obstacle:
            obstacle = f"The data set {run.config.dataset} is not available: {trouble}."
        if obstacle:
            raise ConflictError(obstacle)
        # A person who resumes a run after this error accepts other rounding.
        processor = None if run.error and run.error[0] == Outcome.PROCESSOR else run.processor
        self._change(
            run,
            Status.QUEUED,
            error_type=None,
            error_message=None,
            ended_at=None,
            processor=processor,
        )
        self.fill()
        return self._store.get(run.id)

    async def delete(self, run: Run) -> None:
        """Delete a run and its files.

        Raises:
            ConflictError: If it is still queued or running.
            NotFoundError: If it has just been deleted.
            DatabaseUnavailableError: If the database is damaged.
            StorageError: If the database or the folder cannot be written.
        """
        run = self._check(Action.DELETE, run)
        try:
            self._store.delete(run)
        except DatabaseUnavailableError:
            raise
        except OSError as error:
            raise StorageError(f"The run could not be deleted: {error}") from error
        log = self._logs.pop(run.id, None)
        if log:
            log.close()
        self.list_log.publish(run.id)
        self.milestones.publish(run.id)
        await asyncio.to_thread(self._store.clear_deleted)

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
            self._encode,
        )
        if run.status in OPEN and not self.going_down.is_set():
            self._logs[run.id] = log
        else:
            log.close()
            self._closed_logs[run.id] = log
        return log

    def _check(self, action: Action, run: Run) -> Run:
        """Return the current state of a run, if it allows an action.

        Raises:
            ConflictError: If it does not.
            NotFoundError: If the run has just been deleted.
        """
        try:
            run = self._store.get(run.id)
        except KeyError:
            raise _deleted(run) from None
        if run.status not in ALLOWED[action]:
            expected = ", ".join(sorted(ALLOWED[action]))
            raise ConflictError(
                f"To {action} a run it must be {expected}; this one is {run.status}."
            )
        return run

    def _change(self, run: Run, status: Status, **changes: Any) -> Run:
        """Change a run's status and publish it.

        Raises:
            ConflictError: If there is no such transition.
        """
        if status not in TRANSITIONS[run.status]:
            raise ConflictError(f"A run that is {run.status} cannot become {status}.")
        log = self.log(run)
        before = run.status
        run = self._store.update(run.id, status=status, **changes)
        self.list_log.publish(run.id)
        self.milestones.publish(run.id)
        if Status.QUEUED in (before, status):  # positions of the other runs have changed
            for queued in self._store.queue():
                self.list_log.publish(queued)
        log.publish(run)
        if status not in OPEN:
            self._logs.pop(run.id, log).close()
            self._closed_logs[run.id] = log
        elif not log.open:  # resumed: new viewers need an open log
            self._closed_logs.pop(run.id, None)
        return run

    def fill(self) -> None:
        """Start queued runs up to the capacity of the executor."""
        for run_id in self._store.queue():
            if self.going_down.is_set() or len(self._trainings) >= self._executor.capacity:
                return
            run = self._store.get(run_id)
            # A damaged run reads as failed; a run may wait for a worker of the executor already.
            if run.status == Status.QUEUED and run_id not in self._trainings:
                self._start(run)

    def _start(self, run: Run) -> None:
        if run.obstacle:
            self._fail(run, "damaged", run.obstacle)
            return
        try:
            if (run.executor, run.worker) != (self._executor.name, None):
                run = self._place(run, None)
            self._trainings[run.id] = Training(
                run,
                self._store,
                self._library,
                self.log(run),
                self._executor,
                self._begin,
                self.list_log.publish,
                self.milestones.publish,
                self._over,
            )
        except (OSError, RuntimeError) as error:
            run = self._store.get(run.id)
            self._fail(run, "storage", f"The training could not be started: {error}")

    def _begin(self, run_id: str, worker: str | None) -> Run:
        """Record that a worker begins an attempt, and return the run, cut back.

        Raises:
            OSError: If its files cannot be changed.
        """
        run = self._store.get(run_id)
        if run.status == Status.QUEUED:
            started_at = run.started_at or now()
            run = self._change(run, Status.RUNNING, started_at=started_at, worker=worker)
        elif worker != run.worker:
            run = self._place(run, worker)
        # For a first attempt this changes something only if cutting back failed when the run ended.
        return self._store.cut_back(run)

    def _place(self, run: Run, worker: str | None) -> Run:
        """Record and publish the place where a run trains."""
        run = self._store.update(run.id, executor=self._executor.name, worker=worker)
        self.list_log.publish(run.id)
        self.log(run).publish(run)
        return run

    def _over(self, training: Training) -> None:
        """Record the end of a training, and start the next run."""
        del self._trainings[training.run_id]
        self._earlier_steps += training.steps
        try:
            self._conclude(training, self._store.get(training.run_id))
            self.fill()
        except DatabaseUnavailableError as error:
            logger.error("the end of run %s is not recorded: %s", training.run_id, error)
            training.log.close()

    def _conclude(self, training: Training, run: Run) -> None:
        if run.damaged:
            logger.warning("run %s: %s", run.id, run.error)
            self._logs.pop(run.id).close()
            return
        if not training.kept:
            run = self._cut_back(run)
            training.log.cut_back(run.step)
        else:
            self._store.update(run.id, seconds=training.seconds)
        if training.error:
            self._fail(run, *training.error)
        elif training.status == Status.INTERRUPTED:
            if run.status == Status.RUNNING:  # a queued one takes its turn at the next server
                self._interrupt(run)
        elif training.status:
            ended_at = None if training.status == Status.PAUSED else now()
            self._change(run, training.status, ended_at=ended_at)

    def _cut_back(self, run: Run) -> Run:
        """Cut a run back; if its files cannot be changed, that is tried again when it starts."""
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
            f"iteration {run.resume_step:,}.",
        )

    def _fail(self, run: Run, kind: str, message: str) -> None:
        logger.warning("run %s failed (%s): %s", run.id, kind, message)
        self._change(run, Status.FAILED, ended_at=now(), error_type=kind, error_message=message)


def _deleted(run: Run) -> NotFoundError:
    return NotFoundError(f"Run {run.id} has just been deleted.")
