"""Worker process: trains one run and sends messages to the server through a pipe."""

import faulthandler
import os
import signal
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from multiprocessing.connection import Connection

import numpy as np

from app.execution.messages import (
    DataReady,
    Ended,
    EpochSaved,
    Losses,
    Message,
    Outcome,
    ResumePointSaved,
)
from app.storage.files import RunFiles
from trainer import checkpoint, loop, parallel
from trainer.config import Config
from trainer.datasets import DatasetError, Library
from trainer.datasets.pictures import set_apart
from trainer.events import Epoch, Step
from trainer.state import State

FLUSH_S = 0.1
RESUME_POINT_S = 20.0
RESUME_POINT_BEFORE_MEASURING_S = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work of a worker.

    Attributes:
        config: Config of the run.
        files: Files of the run.
        library: Data sets.
        dataset_sha256: Checksum of the data that the run has learned from; None: none so far.
        resume_step: Step of the resume point; 0: begin with new weights.
        last_epoch: Last complete epoch, or the start of a fork, and its last step; or None.
        processor: Description of the processor that the run has trained on; None: any will do.
        data_only: True to prepare the data set and end.
    """

    config: Config
    files: RunFiles
    library: Library
    dataset_sha256: str | None
    resume_step: int
    last_epoch: tuple[int, int] | None
    processor: str | None = None
    data_only: bool = False


class OtherProcessorError(Exception):
    """Processor on which the same training gives other weights than before."""


def main(connection: "Connection[Message, str]", job: Job) -> None:
    """Run a job; entry point of the process.

    Any message that arrives through the pipe asks the worker to save and end. End of file in the
    pipe means that the server is gone: nobody would record a resume point, so the worker ends at
    once.
    """
    # Ctrl-C and SIGTERM may reach the whole process group; only the server ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asked = threading.Event()
    if connection.poll():  # the thread below may start only after some iterations
        asked.set()
    threading.Thread(target=_listen, args=(connection, asked), daemon=True).start()
    for message in _work(job, asked):
        try:
            connection.send(message)
        except OSError:
            os._exit(1)


def _listen(connection: "Connection[Message, str]", asked: threading.Event) -> None:
    try:
        while True:
            connection.recv()
            asked.set()
    except (EOFError, OSError):
        os._exit(1)


def _work(job: Job, asked: threading.Event) -> Iterator[Message]:
    """Yield all messages; the last one is ``Ended``."""
    try:
        with job.files.log.open("w", buffering=1) as log:
            os.dup2(log.fileno(), 2)
        faulthandler.enable()
        yield from train(job, asked)
    except loop.Diverged as error:
        yield Ended(Outcome.DIVERGED, str(error))
    except DatasetError as error:
        yield Ended(Outcome.DATA, str(error))
    except checkpoint.CheckpointError as error:
        yield Ended(Outcome.CHECKPOINT, str(error))
    except OtherProcessorError as error:
        yield Ended(Outcome.PROCESSOR, str(error))
    except OSError as error:
        yield Ended(Outcome.STORAGE, f"A file could not be read or written: {error}")
    except Exception as error:
        lines = "".join(traceback.format_exception(error)[-4:])
        yield Ended(Outcome.ERROR, f"The training stopped on an error.\n{lines}")


def train(job: Job, asked: threading.Event) -> Iterator[Message]:
    """Train a run, writing its checkpoints and resume points.

    Args:
        job: Work to do.
        asked: Set to request that the training is saved and ends.

    Yields:
        All messages. The last one is ``Ended``.

    Raises:
        Diverged: After the losses up to the one that is not finite.
        DatasetError: If the data set cannot be loaded, or is not the one that the run learned from.
        OtherProcessorError: If the run has trained on another processor.
        CheckpointError: If the resume point is damaged.
        OSError: If a file cannot be read or written.
    """
    config, files = job.config, job.files
    processor = parallel.processor()
    if job.resume_step and job.processor not in (None, processor):
        raise OtherProcessorError(
            f"This run has trained on {job.processor}; here it would go on with {processor}, and "
            "its weights would differ in their last digits from those of a run that never moved. "
            "Resume it to accept that."
        )
    for progress in job.library.prepare(config.dataset):
        yield progress
        if asked.is_set():
            yield Ended(Outcome.ASKED)
            return
    if job.data_only:
        yield Ended(Outcome.FINISHED)
        return
    data = job.library.load(config.dataset, config.train_limit)
    if job.dataset_sha256 not in (None, data.sha256):
        raise DatasetError(
            f"the data set {config.dataset} is not the one this run has learned from: expected "
            f"SHA-256 {job.dataset_sha256}; got {data.sha256}"
        )
    yield DataReady(data.sha256, processor)
    state = (
        files.load_state(job.resume_step, job.last_epoch)
        if job.resume_step
        else State.begin(config, len(data.classes))
    )
    steps_per_epoch = config.steps_per_epoch(len(data.training.t))
    training, validation = set_apart(data.training, config.validation)
    steps: list[Step] = []
    started = time.monotonic()
    flushed, saved = 0.0, started
    for event in loop.train(state, training, data.test, validation, **config.training_options()):
        now = time.monotonic()
        if isinstance(event, Epoch):
            yield _save_epoch(files, state, event, now - started)
            saved = now
            if asked.is_set() and event.epoch < config.epochs:
                yield Ended(Outcome.ASKED)
                return
            continue
        steps.append(event)
        if not isfinite(event.loss):
            # The loop raises ``Diverged`` next; no resume point may be saved from this state.
            yield from _flush(steps, now - started)
            continue
        # Measuring an epoch may take long: send and save first what is done.
        measuring = state.batch == steps_per_epoch
        saving = asked.is_set() or now - saved > (
            RESUME_POINT_BEFORE_MEASURING_S if measuring else RESUME_POINT_S
        )
        if saving or measuring or now - flushed > FLUSH_S:
            yield from _flush(steps, now - started)
            flushed = now
        if saving:
            files.save_resume_point(state)
            saved = now
            yield ResumePointSaved(state.step, now - started)
            if asked.is_set():
                yield Ended(Outcome.ASKED)
                return
    yield Ended(Outcome.FINISHED)


def _flush(steps: list[Step], trained_s: float) -> Iterator[Losses]:
    if steps:
        losses = np.array([step.loss for step in steps])
        statistics = tuple(step.statistics for step in steps if step.statistics)
        yield Losses(losses, trained_s, statistics)
        steps.clear()


def _save_epoch(files: RunFiles, state: State, event: Epoch, trained_s: float) -> EpochSaved:
    if event.predictions is None or event.test_accuracy is None or event.test_loss is None:
        raise RuntimeError("expected an epoch with predictions for the test set; got one without")
    files.save_epoch(state, event.predictions)
    return EpochSaved(
        epoch=event.epoch,
        step=event.step,
        train_accuracy=event.train_accuracy,
        test_accuracy=event.test_accuracy,
        train_loss=event.train_loss,
        test_loss=event.test_loss,
        seconds=event.seconds,
        trained_s=trained_s,
        validation_accuracy=event.validation_accuracy,
        validation_loss=event.validation_loss,
    )
