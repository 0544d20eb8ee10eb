"""Fixtures of all tests: the data sets, and a server in its own process."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock
from hypothesis import settings

from tests.forked_server import ForkedServer
from trainer.datasets import Dataset, Library

# As the server does for itself and its workers.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent.parent
DATA = os.environ.get("DIGITSCOPE_DATA")

# A busy machine may take any time for an example.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@dataclass
class Server:
    """A running ``python -m app``.

    Attributes:
        process: The process.
        url: Its address, without a slash at the end.
        token: Token that it requires, or None.
    """

    process: "ForkedServer | subprocess.Popen[str]"
    url: str
    token: str | None

    def client(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sign)
        return self.process.wait(timeout=20)


StartServer = Callable[..., Any]


@contextmanager
def running_server(home: Path, *flags: str, **environment: str) -> Iterator[Server]:
    """Start a server on a free port, and kill it at the end if it still runs."""
    with _serving(ForkedServer(_arguments(home, *flags), _variables(**environment))) as server:
        yield server


@contextmanager
def command_server(home: Path) -> Iterator[Server]:
    """Start a server by its command: a fork has all modules, which would hide its own memory."""
    command = [sys.executable, "-m", "app", *_arguments(home)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=_variables(), stdout=subprocess.PIPE, text=True
    )
    with _serving(process) as server:
        yield server


def _arguments(home: Path, *flags: str) -> list[str]:
    return ["--port", "0", "--home", str(home), *flags]


def _variables(**environment: str) -> dict[str, str]:
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("DIGITSCOPE_")}
    if DATA:
        surroundings["DIGITSCOPE_DATA"] = str(Path(DATA).resolve())
    return {**surroundings, "DIGITSCOPE_OFFLINE": "1", **environment}


@contextmanager
def _serving(process: "ForkedServer | subprocess.Popen[str]") -> Iterator[Server]:
    assert process.stdout
    try:
        line = process.stdout.readline()
        ready = re.fullmatch(r"Digitscope is ready at (\S+?)/(?:\?token=(\S+))?\n", line)
        assert ready, f"expected the server to say that it is ready; got {line!r}"
        url = re.sub(r"//(0\.0\.0\.0|\[::\])", "//127.0.0.1", ready[1])
        yield Server(process, url, ready[2])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A HOME whose data sets are prepared once for all tests."""
    base = tmp_path_factory.getbasetemp()
    home = (base if worker_id == "master" else base.parent) / "data_home"
    home.mkdir(exist_ok=True)
    with FileLock(home / "lock"):
        for _ in Library(home, offline=True).prepare("strokes"):
            pass
    return home


@pytest.fixture
def home(tmp_path: Path, data_home: Path) -> Path:
    """A HOME of the test's own, with strokes prepared."""
    return linked_home(tmp_path / "home", data_home)


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Path:
    """A HOME that a module's tests share, with strokes prepared."""
    return linked_home(tmp_path_factory.mktemp("shared") / "home", data_home)


def linked_home(path: Path, data_home: Path) -> Path:
    """Make a HOME whose data sets are the prepared ones."""
    path.mkdir()
    (path / "datasets").symlink_to(data_home / "datasets")
    return path


@pytest.fixture(scope="session")
def mnist(data_home: Path) -> Dataset:
    """MNIST, for tests marked ``mnist``."""
    assert DATA is not None
    library = Library(data_home, Path(DATA), offline=True)
    assert library.trouble("mnist") is None
    return library.load("mnist")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose data set is absent, and report them at the end."""
    if DATA:
        return
    left_out = [item for item in items if item.get_closest_marker("mnist")]
    if left_out and os.environ.get("DIGITSCOPE_REQUIRE_MNIST") == "1":
        raise pytest.UsageError("DIGITSCOPE_REQUIRE_MNIST is set, but DIGITSCOPE_DATA is not")
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        config.stash[LEFT_OUT] = [f"{len(left_out)} tests on MNIST: set DIGITSCOPE_DATA"]


LEFT_OUT = pytest.StashKey[list[str]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report the left-out tests to the main process where tests run in several."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Collect the left-out tests; they are the same in all processes."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", [])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the left-out tests as the last line."""
    if not hasattr(config, "workeroutput"):
        for line in config.stash.get(LEFT_OUT, []):
            sys.stdout.write(f"left out: {line}\n")
