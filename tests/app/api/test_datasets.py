"""Runs whose data set has to be downloaded first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest

from app import main
from app.settings import Settings
from tests.download_mirror import mirror
from trainer.datasets import Library, mnist
from trainer.datasets.files import TEST_LABELS

OTHER_FILES = dict.fromkeys(mnist.CHECKSUMS, b"not what it should be")


@pytest.fixture
def home(tmp_path: Path, data_home: Path) -> Path:
    """Provide a HOME with strokes and without MNIST."""
    datasets = tmp_path / "home" / "datasets"
    datasets.mkdir(parents=True)
    for folder in (data_home / "datasets").glob("strokes-*"):
        (datasets / folder.name).symlink_to(folder)
    return tmp_path / "home"


@asynccontextmanager
async def served(
    home: Path, monkeypatch: pytest.MonkeyPatch, *mirrors: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve an application that downloads from these mirrors."""
    monkeypatch.setattr(main, "Library", partial(Library, mirrors=mirrors))
    app = main.create_app(Settings(home=home))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://localhost"
        ) as client,
    ):
        yield client


@pytest.mark.parametrize(
    "fault",
    [None, *(pytest.param(fault, marks=pytest.mark.slow) for fault in ("broken", "missing"))],
)
def test_a_download_that_fails_later_fails_the_run_and_says_why(
    home: Path, monkeypatch: pytest.MonkeyPatch, fault: str | None
) -> None:
    async def train(address: str) -> dict[str, object]:
        async with served(home, monkeypatch, address) as client:
            server.fault = None
            response = await client.post("/api/runs", json={})
            server.fault = fault
            run: dict[str, object] = response.json()
            while run["status"] in ("queued", "running"):
                await asyncio.sleep(0.02)
                run = (await client.get(f"/api/runs/{run['id']}")).json()
            return run

    with mirror(OTHER_FILES) as server:
        run = asyncio.run(train(server.address))
        assert isinstance(run["config"], dict)
        assert run["config"]["dataset"] == "mnist"
        assert (run["status"], run["step"]) == ("failed", 0)
        assert isinstance(run["error"], dict)
        assert run["error"]["type"] == "data"
        assert server.address in run["error"]["message"]
    left = list((home / "datasets" / "mnist").glob("*")) if (home / "datasets").exists() else []
    assert not [path for path in left if path.name.endswith(".part")]


def test_without_a_mirror_the_run_learns_strokes_and_mnist_by_name_is_an_error(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "RESPONSE_WAIT_S", 0.3)

    async def ask(address: str) -> tuple[httpx.Response, httpx.Response]:
        async with served(home, monkeypatch, address) as client:
            unnamed = await client.post("/api/runs", json={"train_limit": 10, "epochs": 1})
            named = await client.post("/api/runs", json={"dataset": "mnist"})
            return unnamed, named

    with mirror(OTHER_FILES, "hanging") as server:
        unnamed, named = asyncio.run(ask(server.address))
        assert unnamed.json()["config"]["dataset"] == "strokes"
        assert named.status_code == 422
        assert "no mirror answers" in named.json()["fields"]["dataset"]
        assert server.asked == [f"HEAD /mnist/{TEST_LABELS}.gz"]
