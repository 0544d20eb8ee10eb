"""A server whose runs are executed by agents that the test starts or plays itself."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn

import app.main
from app.execution.executor import Execution, Executor, Task
from app.execution.jobs import Jobs, Submission
from app.settings import Settings
from tests.app.live_runs import until


@dataclass
class RemoteExecutor(Executor):
    """Leaves each task to whoever knows its id and token."""

    jobs: Jobs
    submissions: list[Submission] = field(default_factory=list)

    name = "dask"

    @property
    def capacity(self) -> int:
        return 1

    def start(self, task: Task) -> Execution:
        self.submissions.append(self.jobs.submit(task))
        return self.submissions[-1]


@dataclass
class RemoteServer:
    """A server in a thread of the test.

    Attributes:
        url: Its address, without a slash at the end.
        client: HTTP client of the server.
        executor: Its executor.
    """

    url: str
    client: httpx.Client
    executor: RemoteExecutor

    def submission(self) -> Submission:
        """The newest submission."""
        return until(lambda: self.executor.submissions)[-1]

    def spec(self) -> dict[str, str]:
        """Specification of the newest submission, for an agent."""
        newest = self.submission()
        return {"address": self.url, "job": newest.id, "token": newest.token}


@contextmanager
def remote_server(
    home: Path, monkeypatch: pytest.MonkeyPatch, data: Path | None = None
) -> Iterator[RemoteServer]:
    executors: list[RemoteExecutor] = []

    def make_executor(_: Settings, jobs: Jobs) -> Executor:
        executors.append(RemoteExecutor(jobs))
        return executors[-1]

    monkeypatch.setattr(app.main, "make_executor", make_executor)
    application = app.main.create_app(Settings(home=home, data=data, offline=True))
    config = uvicorn.Config(application, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            until(lambda: server.started)
            with httpx.Client(base_url=url, timeout=30) as client:
                yield RemoteServer(url, client, executors[0])
        finally:
            server.should_exit = True
            thread.join(20)
