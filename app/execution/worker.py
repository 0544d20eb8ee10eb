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
from trainer import checkpoint, loop
from trainer.config import Config
from trainer.datasets import DatasetError, Library
from trainer.events import Epoch
from trainer.state import State

_FLUSH_S = 0.1
_RESUME_POINT_S = 20.0
_RESUME_POINT_BEFORE_MEASURING_S = 1.0


@dataclass(frozen=True, slots=True)
class Job:
    """Work of a worker.

    Attributes:
        config: What to train.
        files: Where to write.
        library: Where the data is.
        dataset_sha256: The data that the run has learned from so far, if it has.
        resume_step: The step to go on from; 0: from the first weights.
        last_epoch: The run's last complete epoch and its last step, or None.
    """

    config: Config
    files: RunFiles
    library: Library
    dataset_sha256: str | None
    resume_step: int
    last_epoch: tuple[int, int] | None


def main(connection: "Connection[Message, str]", job: Job) -> None:
    """Run a job; entry point of the process.

    Anything that arrives through the pipe asks the worker to save and end. The pipe's end of file
    means that the server is gone: then nobody records what is written, and the worker just ends.
    """
    # Ctrl-C and a service manager's SIGTERM reach the whole group; the server asks in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    asked = threading.Event()
    if connection.poll():  # the thread below may first run after some iterations
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
    """Yield all messages; the last one tells how the work ended."""
    try:
        with job.files.log.open("w", buffering=1) as log:
            os.dup2(log.fileno(), 2)
        faulthandler.enable()
        yield from _train(job, asked)
    except loop.Diverged as error:
        yield Ended(Outcome.DIVERGED, str(error))
    except DatasetError as error:
        yield Ended(Outcome.DATA, str(error))
    except checkpoint.CheckpointError as error:
        yield Ended(Outcome.CHECKPOINT, str(error))
    except OSError as error:
        yield Ended(Outcome.STORAGE, f"A file could not be read or written: {error}")
    except Exception as error:
        lines = "".join(traceback.format_exception(error)[-4:])
        yield Ended(Outcome.ERROR, f"The training stopped on an error.\n{lines}")


def _train(job: Job, asked: threading.Event) -> Iterator[Message]:
    config, files = job.config, job.files
    for progress in job.library.prepare(config.dataset):
        yield progress
        if asked.is_set():
            yield Ended(Outcome.ASKED)
            return
    data = job.library.load(config.dataset, config.train_limit)
    if job.dataset_sha256 not in (None, data.sha256):
        raise DatasetError(
            f"the data set {config.dataset} is not the one this run has learned from: expected "
            f"SHA-256 {job.dataset_sha256}; got {data.sha256}"
        )
    yield DataReady(data.sha256)
    state = (
        files.load_state(job.resume_step, job.last_epoch)
        if job.resume_step
        else State.begin(config, len(data.classes))
    )
    steps_per_epoch = config.steps_per_epoch(len(data.training.t))
    losses: list[float] = []
    flushed, saved = 0.0, time.monotonic()
    for event in loop.train(state, data.training, data.test, **config.training_options()):
        now = time.monotonic()
        if isinstance(event, Epoch):
            yield _save_epoch(files, state, event)
            saved = now
            if asked.is_set() and event.epoch < config.epochs:
                yield Ended(Outcome.ASKED)
                return
            continue
        losses.append(event.loss)
        if not isfinite(event.loss):
            # The loop will say so; nothing that is asked for meanwhile may be saved from here.
            yield from _flush(losses)
            continue
        # Measuring an epoch may take long: what is done by then is told first, and saved.
        measuring = state.batch == steps_per_epoch
        saving = asked.is_set() or now - saved > (
            _RESUME_POINT_BEFORE_MEASURING_S if measuring else _RESUME_POINT_S
        )
        if saving or measuring or now - flushed > _FLUSH_S:
            yield from _flush(losses)
            flushed = now
        if saving:
            files.save_resume_point(state)
            saved = now
            yield ResumePointSaved(state.step)
            if asked.is_set():
                yield Ended(Outcome.ASKED)
                return
    yield Ended(Outcome.FINISHED)


def _flush(losses: list[float]) -> Iterator[Losses]:
    if losses:
        yield Losses(np.array(losses))
        losses.clear()


def _save_epoch(files: RunFiles, state: State, event: Epoch) -> EpochSaved:
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
    )
