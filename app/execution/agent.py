"""Agent on a worker's machine: fetches a job, runs its training process and reports to the server.

It imports neither the web framework nor the database nor Dask.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from app.execution.local import describe_exit
from app.execution.messages import Ended, EpochSaved, Losses, Message, Outcome, ResumePointSaved
from app.execution.server_link import JobOverError, ServerGoneError, ServerLink
from app.execution.wire import END, PROTOCOL, ROOT, Exited, encode, source_digest
from app.execution.worker import Job
from app.storage.files import RunFiles
from trainer.config import Config
from trainer.datasets import Library

logger = logging.getLogger(__name__)

# The longest time without a report: a request to end arrives with the next response.
_HEARTBEAT_S = 0.2
# Messages in one report, so that it stays below the server's limit after an interruption.
_MESSAGES = 50
_RUN = "run-"
# Dask's nanny sets this variable for its workers. With it, memory returns to the system so often
# that a training takes longer.
_NANNY_VARIABLE = "MALLOC_TRIM_THRESHOLD_"


def run(spec: Mapping[str, str], folder: Path, worker: str, closing: Callable[[], bool]) -> None:
    """Execute a job from its last resume point until it ends, is lost or is taken over.

    Args:
        spec: ``address`` of the server, ``job`` and its ``token``.
        folder: Folder for data sets, which stay, and for the files of this run, which don't.
        worker: Name of this worker.
        closing: Returns True once this worker is ending: the training is saved then.
    """
    sweep(folder)
    link = ServerLink(spec)
    try:
        hello = {"protocol": PROTOCOL, "source": source_digest(), "worker": worker}
        while "wait" in (work := link.post("/hello", hello)):  # until the data is prepared
            if closing():
                return
            time.sleep(_HEARTBEAT_S)
        attempt = f"/{work['attempt']}"
        try:
            library = _fetch_data(link, attempt, folder, work["data"])
            with _run_folder(folder) as scratch:
                job = _job(work, RunFiles(scratch, Config.from_dict(work["config"])), library)
                if work["start"]:
                    start = work["start"]
                    link.get_file(f"{attempt}/start", scratch / start["name"], start["sha256"])
                with _process(job) as (connection, process):
                    _relay(link, attempt, job, connection, process, closing)
        except OSError as error:
            trouble = Ended(Outcome.STORAGE, f"Worker {worker} cannot keep the files: {error}")
            link.post(f"{attempt}/reports", {"reports": [encode(trouble, 0)]})
    except (JobOverError, ServerGoneError) as error:
        logger.warning("job %s ends here: %s", spec["job"], error)
    finally:
        link.close()


def sweep(folder: Path) -> None:
    """Remove the run folders of agents that were killed."""
    for path in folder.glob(f"{_RUN}*.lock"):
        lock = FileLock(path, timeout=0)
        with suppress(Timeout), lock:  # an agent that works holds it
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)


@contextmanager
def _run_folder(folder: Path) -> Iterator[Path]:
    """Create a folder that is removed at the end of the context, or by the next agent."""
    path = folder / f"{_RUN}{secrets.token_hex(6)}"
    with FileLock(f"{path}.lock"):
        path.mkdir()
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)
            Path(f"{path}.lock").unlink(missing_ok=True)


def _fetch_data(link: ServerLink, attempt: str, folder: Path, data: Mapping[str, Any]) -> Library:
    """Fetch a data set unless this machine has it, and return the library that holds it."""
    key = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    home = folder / "data" / key
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):  # several runs may begin here at once
        if not home.exists():
            part = home.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            target = part / "datasets" / data["folder"]
            target.mkdir(parents=True)
            for file, sha256 in data["files"].items():
                link.get_file(f"{attempt}/data/{file}", target / file, sha256)
            part.rename(home)
    return _library(home)


@cache
def _library(home: Path) -> Library:
    """Return a library that knows the checksums of its files after its first use."""
    return Library(home, offline=True)


def _job(work: Mapping[str, Any], files: RunFiles, library: Library) -> Job:
    config = Config.from_dict(work["config"])
    library.sha256(config.dataset)
    last = work["last_epoch"]
    return Job(
        config,
        files,
        library,
        work["dataset_sha256"],
        work["resume_step"],
        (last[0], last[1]) if last else None,
        work["processor"],
    )


@contextmanager
def _process(job: Job) -> Iterator[tuple["Connection[Any, Any]", "subprocess.Popen[bytes]"]]:
    """Start the training process, and end it with the context.

    Not by multiprocessing: Dask's workers are daemonic and may not have children of that kind.
    """
    ours, theirs = socket.socketpair()
    environment = {name: value for name, value in os.environ.items() if name != _NANNY_VARIABLE}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.execution.child", str(theirs.fileno())],
            cwd=ROOT,
            env=environment,
            pass_fds=[theirs.fileno()],
        )
    with Connection(ours.detach()) as connection:
        try:
            connection.send(job)
            yield connection, process
        finally:
            process.kill()
            process.wait()


def _relay(
    link: ServerLink,
    attempt: str,
    job: Job,
    connection: "Connection[Any, Any]",
    process: "subprocess.Popen[bytes]",
    closing: Callable[[], bool],
) -> None:
    """Report the messages of a training process until it ends."""
    step, asked = job.resume_step, False
    for batch in _batches(connection):
        reports = []
        for message in batch:
            reports.append(encode(message, step))
            match message:
                case Losses(values=values):
                    step += len(values)
                case EpochSaved(epoch=epoch):
                    _send_file(link, attempt, job.files.epoch_path(epoch))
                case ResumePointSaved(step=saved):
                    _send_file(link, attempt, job.files.resume_path(saved))
        ask = link.post(f"{attempt}/reports", {"reports": reports})["ask"]
        if batch and isinstance(batch[-1], Ended):
            return
        if not asked and (ask == END or closing()):
            asked = True
            with suppress(OSError):  # the process is ending already
                connection.send(END)
    reason = describe_exit(process.wait(), job.files)
    link.post(f"{attempt}/reports", {"reports": [encode(Exited(reason), step)]})


def _batches(connection: "Connection[Any, Any]") -> Iterator[list[Message]]:
    """Yield messages as they come, and an empty list after each ``_HEARTBEAT_S`` without any."""
    while True:
        batch: list[Message] = []
        try:
            while len(batch) < _MESSAGES and connection.poll(0 if batch else _HEARTBEAT_S):
                batch.append(connection.recv())
        except (EOFError, OSError):
            if batch:
                yield batch
            return
        yield batch


def _send_file(link: ServerLink, attempt: str, path: Path) -> None:
    link.put_file(f"{attempt}/files/{path.name}", path)
    path.unlink()
