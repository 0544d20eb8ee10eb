"""Runs in a real server: waiting for them, reading their stream, and their expected results."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import httpx
import numpy as np
import psutil
from numpy.typing import NDArray
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.conftest import Server
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch, Statistics, Step
from trainer.state import State

T = TypeVar("T")

# Long enough to be caught in the middle, and with everything that a resume point has to keep.
ENDURING: dict[str, Any] = {
    "dataset": "strokes", "hidden": [24], "train_limit": 2000, "batch_size": 20, "epochs": 16,
    "optimizer": "adam", "learning_rate": 0.002, "schedule": "cosine", "sampling": "shuffle",
    "augment": True,
}  # fmt: skip
# Trains for hours unless it is stopped.
ENDLESS: dict[str, Any] = ENDURING | {"epochs": 1000}


def until(condition: Callable[[], T | None], timeout_s: float = 30) -> T:
    """Poll until the condition gives a true value, and return it.

    The pauses grow: polling takes processor time from what is waited for.
    """
    started = time.monotonic()
    while not (found := condition()):
        waited = time.monotonic() - started
        assert waited < timeout_s, "it did not become true in time"
        time.sleep(min(max(waited / 10, 0.01), 0.1))
    return found


def run_of(client: httpx.Client, run_id: str) -> dict[str, Any]:
    """A run as the API returns it."""
    run: dict[str, Any] = client.get(f"/api/runs/{run_id}").json()
    return run


def wait_for_step(client: httpx.Client, run_id: str, step: int) -> dict[str, Any]:
    """Wait until a run has done a step, while it is running."""
    return until(lambda: run_of(client, run_id)["step"] >= step and run_of(client, run_id))


def act(client: httpx.Client, run_id: str, action: str, **body: Any) -> dict[str, Any]:
    """Request an action that must be accepted."""
    response = client.post(f"/api/runs/{run_id}/{action}", json=body or None)
    assert response.status_code in (201, 202), response.text
    run: dict[str, Any] = response.json()
    return run


def wait_until_stopped(client: httpx.Client, run_id: str) -> dict[str, Any]:
    """Wait until a run is stopped."""

    def stopped() -> dict[str, Any] | None:
        run = run_of(client, run_id)
        return run if run["status"] == "stopped" else None

    return until(stopped)


def workers(server: Server) -> list[psutil.Process]:
    """The training processes of a server, the oldest first."""

    def trains(child: psutil.Process) -> bool:
        try:
            return "spawn_main" in " ".join(child.cmdline())
        except psutil.Error:  # it is ending this very moment
            return False

    return list(filter(trains, psutil.Process(server.process.pid).children()))


@dataclass(frozen=True)
class Reference:
    """Result of a training that was never interrupted.

    Attributes:
        losses: (steps,) of every iteration.
        weights: The parameters at the end of each epoch, by epoch and name.
        statistics: The rows of the steps that have them.
    """

    losses: NDArray[np.float64]
    weights: dict[int, dict[str, NDArray[np.float32]]]
    statistics: list[Statistics]


@cache
def _reference(home: Path, config: Config) -> Reference:
    data = Library(home, offline=True).load(config.dataset, config.train_limit)
    state = State.begin(config)
    losses, weights, statistics = [], {}, []
    for event in loop.train(state, data.training, **config.training_options()):
        match event:
            case Step(loss=loss):
                losses.append(loss)
                if event.statistics:
                    statistics.append(event.statistics)
            case Epoch(epoch=epoch):
                weights[epoch] = {k: v.copy() for k, v in state.network.parameters().items()}
    return Reference(np.array(losses), weights, statistics)


def reference(home: Path, fields: dict[str, Any]) -> Reference:
    """Train in this process, without any server."""
    return _reference(home, Config.from_dict(fields))


def losses_of(client: httpx.Client, run_id: str, after_step: int = 0) -> NDArray[np.float64]:
    """A run's losses."""
    response = client.get(f"/api/runs/{run_id}/loss", params={"after_step": after_step})
    return np.array(response.json()["values"], np.float64)


def assert_as_undisturbed(
    client: httpx.Client, home: Path, run_id: str, expected: Reference, first_epoch: int = 1
) -> None:
    """Compare a finished run to the bit: its losses, and every epoch's weights."""
    first_step = len(expected.losses) // len(expected.weights) * (first_epoch - 1)
    assert losses_of(client, run_id).tobytes() == expected.losses[first_step:].tobytes()
    for epoch in range(first_epoch, len(expected.weights) + 1):
        with np.load(home / "runs" / run_id / f"epoch-{epoch:04}.npz") as arrays:
            for name, weights in expected.weights[epoch].items():
                assert arrays[name].tobytes() == weights.tobytes(), (epoch, name)


@dataclass
class Viewer:
    """Client of a run's stream: it keeps all losses and can reconnect.

    Attributes:
        losses: By step.
        last_step: The last one of them.
        frames: All but losses, in order.
        code: Close code of the last connection.
    """

    losses: dict[int, float | None] = field(default_factory=dict)
    frames: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None
    last_step: int = 0

    @property
    def statuses(self) -> list[str]:
        return [frame["run"]["status"] for frame in self.frames if frame["type"] == "run"]

    def watch(self, server: Server, run_id: str) -> None:
        """Read until the stream is closed, from the last step that is known."""
        address = server.url.replace("http", "ws", 1)
        stream = f"{address}/api/runs/{run_id}/stream?after_step={self.last_step}"
        with connect(stream, max_size=None) as socket:
            try:
                for text in socket:
                    self.take(json.loads(text))
            except ConnectionClosed:
                pass
            self.code = socket.close_code

    def take(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "loss":
            self.frames.append(frame)
            return
        if self.losses:
            assert frame["first_step"] == self.last_step + 1
        self.losses.update(enumerate(frame["values"], frame["first_step"]))
        self.last_step = frame["first_step"] + len(frame["values"]) - 1

    def start(self, server: Server, run_id: str) -> threading.Thread:
        """Read the stream in a thread."""
        thread = threading.Thread(target=self.watch, args=(server, run_id), daemon=True)
        thread.start()
        return thread
