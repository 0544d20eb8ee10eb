"""Training of a run by an executor, whose messages are stored and then published."""

from collections.abc import Callable
from math import isfinite

from app.execution.executor import Executor
from app.execution.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Message,
    Outcome,
    ResumePointSaved,
)
from app.execution.worker import Job
from app.runs.run_log import RunLog, StatisticsRange
from app.runs.status import Status
from app.storage.records import Epoch, Run
from app.storage.store import Store
from trainer.datasets import Library
from trainer.events import Progress

# If several statuses are requested, the run gets the one that is last here.
_STRENGTH = (None, Status.INTERRUPTED, Status.PAUSED, Status.STOPPED)


class Training:
    """Training of a run, from its submission to an executor to its end.

    Args:
        run: The run.
        store: Storage of losses and epochs.
        library: Data sets.
        log: Log of the run.
        executor: Executes the training.
        begun: Called with the run's id and the worker's name before each attempt; returns the run,
            cut back to its resume point.
        changed: Called with the run's id when its losses or epochs are stored.
        epoch_stored: Called with the run's id when an epoch is stored.
        over: Called with this object once the execution has ended.

    Attributes:
        run_id: Id of the run.
        log: Log of the run.
        status: Status that the run ends with; None until the execution has ended.
        error: Type and message of the error if the status is ``failed``, else None.
        seconds: Training time of the run so far, without pauses.
        steps: Number of losses stored.
        kept: False if streamed losses must be rolled back to the last resume point.

    Raises:
        OSError, RuntimeError: If the execution cannot be started.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        library: Library,
        log: RunLog,
        executor: Executor,
        begun: Callable[[str, str | None], Run],
        changed: Callable[[str], None],
        epoch_stored: Callable[[str], None],
        over: Callable[["Training"], None],
    ) -> None:
        self.run_id = run.id
        self.log = log
        self.status: Status | None = None
        self.error: tuple[str, str] | None = None
        self.kept = True
        self.steps = 0
        self._store = store
        self._library = library
        self._files = store.files_of(run)
        self._begun = begun
        self._changed = changed
        self._epoch_stored = epoch_stored
        self._over = over
        self._asked_for: Status | None = None
        self._ended: Ended | None = None
        self.seconds = self._seconds_before = run.seconds
        self._execution = executor.start(self)

    def ask_to_end(self, status: Status, patience_s: float) -> None:
        """Ask the worker to save and end.

        Args:
            status: Status of the run afterwards. A request to stop outweighs one to pause, and
                both outweigh the end of the server, in whatever order they come.
            patience_s: Seconds until the worker is killed.
        """
        self._asked_for = max(self._asked_for, status, key=_STRENGTH.index)
        self._execution.ask_to_end(patience_s)

    async def ended(self) -> None:
        """Wait until the execution has ended and its end is recorded."""
        await self._execution.ended.wait()

    def begin(self, worker: str | None) -> Job:
        """Cut the run back to its last resume point, and return the work from there on."""
        run = self._begun(self.run_id, worker)
        self.log.cut_back(run.step)
        self.seconds = self._seconds_before = run.seconds
        last = run.last_epoch
        return Job(
            run.config,
            self._files,
            self._library,
            run.dataset_sha256,
            run.resume_step,
            (run.epoch, last.step if last else run.start_step) if run.epoch else None,
            run.processor,
        )

    def wait(self) -> None:
        """Record and publish that the run waits for another worker."""
        self.log.publish(self._store.update(self.run_id, worker=None))
        self._changed(self.run_id)

    def receive(self, message: Message) -> None:
        """Store and publish a message of the worker."""
        if self._ended:
            return
        try:
            self._store_message(message)
        except OSError as error:
            self._ended = Ended(Outcome.STORAGE, f"The training could not be stored: {error}")
            self._execution.kill()

    def _store_message(self, message: Message) -> None:
        """Store the content of a message, then publish it."""
        match message:
            case Progress():
                self.log.publish_progress(message)
            case DataReady(sha256, processor):
                self.log.publish_progress(None)
                self._store.update(self.run_id, dataset_sha256=sha256, processor=processor)
            case Losses(values, trained_s, statistics):
                self._files.append_losses(values)
                self.steps += len(values)
                self._train_until(trained_s)
                self.log.extend(len(values))
                if statistics:
                    self._store.add_statistics(self.run_id, statistics)
                    self.log.publish(StatisticsRange(statistics))
                self._changed(self.run_id)
            case EpochSaved():
                epoch = _epoch(message)
                self._train_until(message.trained_s)
                self._store.add_epoch(self.run_id, epoch, self.seconds)
                self._files.drop_resume_points(epoch.step)
                self.log.publish(epoch)
                self._changed(self.run_id)
                self._epoch_stored(self.run_id)
            case ResumePointSaved(step, trained_s):
                self._train_until(trained_s)
                self._store.set_resume_point(self.run_id, step, self.seconds)
                self._files.drop_resume_points(step)
            case Ended():
                self._ended = message

    def _train_until(self, trained_s: float) -> None:
        self.seconds = self._seconds_before + trained_s
        self._store.show_seconds(self.run_id, self.seconds)

    def exited(self, reason: str) -> None:
        """Determine how the training has ended, and pass that on."""
        outcome = self._ended.outcome if self._ended else None
        self.kept = outcome in (Outcome.FINISHED, Outcome.ASKED, Outcome.DIVERGED)
        if outcome == Outcome.FINISHED:
            self.status = Status.FINISHED
        elif self._asked_for and outcome in (Outcome.ASKED, None):
            self.status = self._asked_for
        else:
            self.status = Status.FAILED
            message = self._ended.message if self._ended else reason
            self.error = (outcome or "worker_died", message)
        self._over(self)


def _epoch(message: EpochSaved) -> Epoch:
    train_loss, test_loss, validation_loss = (
        loss if loss is not None and isfinite(loss) else None
        for loss in (message.train_loss, message.test_loss, message.validation_loss)
    )
    return Epoch(
        epoch=message.epoch,
        step=message.step,
        train_accuracy=message.train_accuracy,
        test_accuracy=message.test_accuracy,
        train_loss=train_loss,
        test_loss=test_loss,
        seconds=message.seconds,
        validation_accuracy=message.validation_accuracy,
        validation_loss=validation_loss,
    )
