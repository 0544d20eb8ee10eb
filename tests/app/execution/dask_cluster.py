"""A real Dask scheduler and real workers, as processes of the test."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.app.live_runs import until
from tests.conftest import ROOT


@dataclass
class Cluster:
    """A scheduler and its workers.

    Attributes:
        folder: Folder of the logs and of the workers.
        address: Address of the scheduler.
        scheduler: Its process.
        flags: Arguments of all of them.
        workers: Processes of the workers' nannies, by the workers' names.
    """

    folder: Path
    address: str
    scheduler: "subprocess.Popen[bytes]"
    flags: Sequence[str] = ()
    workers: "dict[str, subprocess.Popen[bytes]]" = field(default_factory=dict)

    def add_worker(self, name: str, *, threads: int = 1, folder: Path | None = None) -> None:
        """Start a worker; without a folder of its own it shares that of the cluster."""
        self.workers[name] = _start(
            self.folder / f"{name}.log", "worker", self.address, "--name", name,
            "--nthreads", str(threads), "--local-directory", str(folder or self.folder),
            "--no-dashboard", *self.flags,
        )  # fmt: skip

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def start_scheduler(self) -> None:
        """Start another scheduler at the same address."""
        self.scheduler = _start_scheduler(self.folder, self.address, self.flags)

    def kill_worker(self, name: str) -> None:
        """Kill a worker with its nanny, but not the training process that it has started."""
        started = self.workers.pop(name)
        nanny = psutil.Process(started.pid)
        for process in (nanny, *worker_processes(nanny)):
            process.kill()
        started.wait()

    def close(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            end(process)


def worker_processes(nanny: psutil.Process) -> list[psutil.Process]:
    """The worker of a nanny; its other children are helpers, or the worker's own."""
    return [child for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())]


def training_processes(cluster: Cluster, name: str) -> list[psutil.Process]:
    """The training processes that a worker has started."""
    found = psutil.Process(cluster.workers[name].pid).children(recursive=True)
    return [child for child in found if "app.execution.child" in " ".join(child.cmdline())]


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process with all that it has started."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in family:
        with suppress(psutil.NoSuchProcess):
            child.kill()


def _start(log: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            cwd=ROOT,
            stdout=file,
            stderr=file,
        )


def _start_scheduler(folder: Path, address: str, flags: Sequence[str]) -> "subprocess.Popen[bytes]":
    protocol, _, place = address.partition("://")
    host, _, port = place.partition(":")
    process = _start(
        folder / "scheduler.log", "scheduler", "--host", host, "--port", port,
        "--protocol", protocol, "--no-dashboard", *flags,
    )  # fmt: skip

    def responds() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    until(responds, 60)
    return process


@contextmanager
def dask_cluster(
    folder: Path, protocol: str = "tcp", flags: Sequence[str] = ()
) -> Iterator[Cluster]:
    """Start a scheduler without workers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"{protocol}://127.0.0.1:{probe.getsockname()[1]}"
    cluster = Cluster(folder, address, _start_scheduler(folder, address, flags), flags)
    try:
        yield cluster
    finally:
        cluster.close()
