"""A server with one trained network, shared by the tests that only read from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.app.asking import start, wait_for
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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[Trained]:
    home = linked_home(tmp_path_factory.mktemp("trained") / "home", data_home)
    with running_server(home) as server, server.client() as client:
        quick = {"train_limit": 2000, "batch_size": 50, "learning_rate": 0.5, "epochs": 3}
        run = start(client, dataset="strokes", hidden=[20], **quick)["id"]
        assert wait_for(client, run, "finished")["epoch"] == 3
        yield Trained(server, client, run, home)
