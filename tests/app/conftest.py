"""Servers that tests share: one for each module, and one with a trained network to read from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.app.http_calls import start, wait_for
from tests.conftest import Server, linked_home, running_server


@dataclass(frozen=True)
class Trained:
    """A running server and a finished run of it.

    Attributes:
        server: The server.
        client: HTTP client of the server.
        run: The run's id.
        home: Its HOME.
    """

    server: Server
    client: httpx.Client
    run: str
    home: Path


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Event loop of the tests that are coroutines."""
    return "asyncio"


@pytest.fixture(scope="module")
def server(shared_home: Path) -> Iterator[Server]:
    """A server of the module's own; a module may define another one."""
    with running_server(shared_home) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="session")
def trained_network(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[Trained]:
    home = linked_home(tmp_path_factory.mktemp("trained") / "home", data_home)
    with running_server(home) as server, server.client() as client:
        quick = {"train_limit": 2000, "batch_size": 50, "learning_rate": 0.5, "epochs": 3}
        run = start(client, dataset="strokes", hidden=[20], **quick)["id"]
        assert wait_for(client, run, "finished")["epoch"] == 3
        yield Trained(server, client, run, home)


@pytest.fixture(scope="module")
def trained(trained_network: Trained) -> Iterator[Trained]:
    """A server with one trained network; what a module starts there is deleted at its end."""
    yield trained_network
    client = trained_network.client
    for run in client.get("/api/runs").json()["runs"]:
        if run["id"] == trained_network.run:
            continue
        if run["active"] or run["status"] == "paused":
            client.post(f"/api/runs/{run['id']}/stop")
            wait_for(client, run["id"], "stopped", "finished", "failed")
        client.delete(f"/api/runs/{run['id']}")
