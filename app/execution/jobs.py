"""Tasks that workers elsewhere execute: tokens, attempts and the places of their messages."""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from app.errors import ConflictError, GoneError, StorageError, UnauthorizedError
from app.execution.executor import Execution, Task
from app.execution.local import WorkerProcess
from app.execution.messages import (
    Ended,
    EpochSaved,
    Losses,
    Message,
    Outcome,
    ResumePointSaved,
)
from app.execution.wire import Exited
from app.execution.worker import Job
from trainer.events import Progress

# The longest time that a worker waits for those of earlier tasks to begin first.
_TURN_S = 3.0


@dataclass(frozen=True, slots=True)
class Report:
    """Message of a worker, with its place.

    Attributes:
        message: The message.
        after_step: Last step whose loss the worker reported before.
    """

    message: Message | Exited
    after_step: int


class Jobs:
    """Tasks that are submitted and not over, by their ids."""

    def __init__(self) -> None:
        self._submissions: dict[str, Submission] = {}

    def submit(self, task: Task) -> "Submission":
        """Make a task available to workers."""
        submission = Submission(task, lambda: self._submissions.pop(submission.id, None))
        self._submissions[submission.id] = submission
        return submission

    def find(self, job_id: str, token: str) -> "Submission":
        """Return a submission whose token is known.

        Raises:
            GoneError: If the job is over or unknown.
            UnauthorizedError: If the token is another one.
        """
        submission = self._submissions.get(job_id)
        if submission is None:
            raise GoneError(f"Expected a job that is not over; got {job_id!r}.")
        if not hmac.compare_digest(token.encode(), submission.token.encode()):
            raise UnauthorizedError("Expected this job's token as Authorization: Bearer.")
        return submission

    async def turn(self, submission: "Submission") -> None:
        """Wait until all tasks submitted before have begun; wait for a late one only once.

        Several workers that are free at the same time would begin in any order otherwise.
        """
        earlier = list(takewhile(lambda one: one is not submission, self._submissions.values()))
        with suppress(TimeoutError):
            async with asyncio.timeout(_TURN_S):
                for one in earlier:
                    await one.next_may_begin.wait()
        for one in earlier:
            one.next_may_begin.set()


class Submission(Execution):
    """Task that a worker elsewhere executes.

    Each worker that says hello begins an attempt. The newest attempt counts: whatever an older one
    sends is rejected.

    Args:
        task: The task.
        over: Called once when it is over.

    Attributes:
        id: Id of the job.
        token: Token that its workers send.
        worker: Name of the worker that executes it; None: it waits for one.
        resume_step: Step of the last resume point; None before the first attempt.
        file_limit: Largest size of a checkpoint in bytes.
        next_may_begin: Set once this task has begun, is over, or others have waited for it.
    """

    def __init__(self, task: Task, over: Callable[[], object]) -> None:
        self.id = secrets.token_hex(8)
        self.token = secrets.token_urlsafe(24)
        self.worker: str | None = None
        self.resume_step: int | None = None
        self.file_limit = 0
        self.ended = asyncio.Event()
        self.next_may_begin = asyncio.Event()
        self._task = task
        self._over = over
        self._attempt = 0
        self._asked = False
        self._kill_timer: asyncio.TimerHandle | None = None
        self._step = 0
        self._epoch = 0
        self._job: Job | None = None
        self._preparation: WorkerProcess | None = None

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self._task.run_id

    @property
    def asked(self) -> bool:
        """True if the worker is asked to save and end."""
        return self._asked

    def begin(self, worker: str) -> tuple[int, Job]:
        """Begin an attempt, which supersedes all earlier ones.

        Args:
            worker: Name of the worker.

        Returns:
            Number of the attempt, and the work.

        Raises:
            GoneError: If the task is over.
            StorageError: If the run cannot be cut back; the task is over then.
        """
        if self.ended.is_set():
            raise GoneError("Expected a job that is not over; this one has just ended.")
        self.next_may_begin.set()
        try:
            job = self._task.begin(worker)
        except OSError as error:
            self.fail(Outcome.STORAGE, f"The run could not be cut back: {error}")
            raise StorageError(f"The run could not be cut back: {error}") from error
        self._attempt += 1
        self._job = job
        self.worker = worker
        self.resume_step = self._step = job.resume_step
        self._epoch = job.last_epoch[0] if job.last_epoch else 0
        return self._attempt, job

    def prepare_data(self, job: Job) -> None:
        """Begin to prepare the job's data set in a process of this machine, unless that runs.

        Raises:
            StorageError: If no process can be started; the task is over then.
        """
        try:
            self._preparation = self._preparation or WorkerProcess(_Preparation(self, job))
        except (OSError, RuntimeError) as error:
            self.fail(Outcome.ERROR, f"The data could not be prepared: {error}")
            raise StorageError(f"The data could not be prepared: {error}") from error

    def prepared(self, message: Message | None) -> None:
        """Record the progress, the end (``Ended``) or the failure (None) of the preparation."""
        if self.ended.is_set():
            return
        match message:
            case Progress():
                self._task.receive(message)
            case Ended(Outcome.FINISHED):
                self._preparation = None
            case Ended(outcome, words):
                self.fail(outcome, words)
            case None if self._preparation:
                self._preparation = None
                self.fail(Outcome.ERROR, "The process that prepared the data has died.")

    def job(self, attempt: int) -> Job:
        """Return the work of the newest attempt.

        Raises:
            GoneError: If the attempt is not the newest one, or the task is over.
        """
        if self._job is None or attempt != self._attempt or self.ended.is_set():
            raise GoneError(f"Expected attempt {self._attempt} of this job; got {attempt}.")
        return self._job

    def take(self, attempt: int, report: Report) -> None:
        """Pass on a message of a worker; what was received before is dropped.

        Raises:
            GoneError: If the attempt is not the newest one.
            ConflictError: If messages are missing before this one, or its file is.
        """
        job = self.job(attempt)
        if report.after_step > self._step:
            raise ConflictError(
                f"Expected losses after step {self._step}; got a message after step "
                f"{report.after_step}."
            )
        match report.message:
            case Losses(values, trained_s, statistics):
                values = values[self._step - report.after_step :]
                rows = tuple(row for row in statistics if row.step > self._step)
                self._step += len(values)
                if len(values):
                    self._task.receive(Losses(values, trained_s, rows))
            case EpochSaved(epoch=epoch, step=step) as message:
                if epoch > self._epoch:
                    if epoch != self._epoch + 1:
                        raise ConflictError(f"Expected epoch {self._epoch + 1}; got {epoch}.")
                    self._check(step, job.files.epoch_path(epoch))
                    self._epoch, self.resume_step = epoch, step
                    self._task.receive(message)
            case ResumePointSaved(step=step) as message:
                if step > (self.resume_step or 0):
                    self._check(step, job.files.resume_path(step))
                    self.resume_step = step
                    self._task.receive(message)
            case Ended(Outcome.ASKED) if not self._asked:
                self.lose_worker()  # it is ending by itself: another one continues
            case Ended() as message:
                self._task.receive(message)
                self._conclude("")
            case Exited(reason):
                self._conclude(reason)
            case message:
                self._task.receive(message)

    def _check(self, step: int, path: Path) -> None:
        """Check that a checkpoint is of the last step, and its file received.

        Raises:
            ConflictError: If not.
        """
        if step != self._step:
            raise ConflictError(f"Expected a checkpoint of step {self._step}; got one of {step}.")
        if not path.exists():
            raise ConflictError(f"Expected the file {path.name} before the message that names it.")

    def lose_worker(self) -> None:
        """Record that the worker is gone; the task waits for another one."""
        if self.worker is not None:
            self.worker = None
            self._task.wait()

    def ask_to_end(self, patience_s: float) -> None:
        """Ask the worker to save and end; without a worker, end at once."""
        self._asked = True
        if self.worker is None or self._preparation:
            self.kill()
            return
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        if self._kill_timer is not None:
            if self._kill_timer.when() <= deadline:
                return
            self._kill_timer.cancel()
        self._kill_timer = loop.call_at(deadline, self.kill)

    def kill(self) -> None:
        """End without saving: the worker finds its job over and kills its process."""
        self._conclude("The worker was given up.")

    def fail(self, outcome: Outcome, message: str) -> None:
        """End with an error."""
        if not self.ended.is_set():
            self._task.receive(Ended(outcome, message))
            self._conclude("")

    def _conclude(self, reason: str) -> None:
        if self.ended.is_set():
            return
        self.ended.set()
        self.next_may_begin.set()
        self._over()
        if self._kill_timer:
            self._kill_timer.cancel()
        if self._preparation:
            self._preparation.kill()
        self._task.exited(reason)


class _Preparation:
    """Task of a process that prepares a data set, so that workers elsewhere can fetch it.

    Args:
        submission: The task that needs the data.
        job: Its work.
    """

    def __init__(self, submission: Submission, job: Job) -> None:
        self.run_id = submission.run_id
        self._submission = submission
        self._job = job

    def begin(self, _: str | None) -> Job:
        return replace(self._job, data_only=True)

    def wait(self) -> None:
        """Do nothing: a process of this machine does not get lost."""

    def receive(self, message: Message) -> None:
        self._submission.prepared(message)

    def exited(self, _: str) -> None:
        self._submission.prepared(None)
