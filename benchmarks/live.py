"""Cost of the live stream: ``python -m benchmarks.live``.

Measures the time of a run without the server, in the server without viewers, with one viewer and
with many; the time between the first and the last viewer receiving a frame; the time from the
request to the first loss; how fairly two runs share the machine; and the memory of workers and
server.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any, Self
from urllib.request import Request

import psutil
from websockets.asyncio.client import connect

from benchmarks.server import decoded
from benchmarks.support import readme
from benchmarks.support.serving import served
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch
from trainer.state import State

EPOCHS, ROUNDS, VIEWERS, RUNS = 20, 5, 200, 50


@dataclass
class Viewer:
    """Client of a run's stream that records when each frame arrived.

    Attributes:
        told: Arrival time of each frame of losses, by its last step.
        done: Last step received.
        gaps: Frames that did not begin where the one before ended.
    """

    told: dict[int, float] = field(default_factory=dict)
    done: int = 0
    gaps: int = 0

    async def watch(self, url: str) -> None:
        """Read the stream to its end, counting losses without decoding them."""
        async with connect(url, compression=None, max_size=None) as stream:
            async for text in stream:
                came = perf_counter()
                frame = str(text)
                if frame.startswith('{"type":"loss"'):
                    head, _, values = frame.partition('"values":')
                    first = int(head.split(":")[-1].rstrip(","))
                    self.gaps += first != self.done + 1
                    self.done = first + values.count(",")
                    self.told[self.done] = came


@dataclass
class Watched:
    """Measurements of a run that was streamed.

    Attributes:
        epochs: Seconds of each epoch, including its evaluation, without its checkpoint.
        first_loss: Seconds from asking for the run to the first viewer's first loss.
        spread: Seconds between the first and the last viewer receiving each frame.
        complete: True if every viewer received every step.
    """

    epochs: list[float]
    first_loss: float | None
    spread: list[float]
    complete: bool


def by_itself(library: Library) -> list[float]:
    """Seconds of each epoch of the same training in this process, without a server."""
    config = Config(epochs=EPOCHS)
    data = library.load("mnist")
    state = State.begin(config)
    events = loop.train(state, data.training, data.test, **config.training_options())
    return [event.seconds for event in events if isinstance(event, Epoch)]


def call(url: str, path: str = "", **body: Any) -> Any:
    """Send a request about runs and return the decoded response."""
    data = json.dumps(body).encode() if body else None
    return decoded(Request(f"{url}/api/runs{path}", data, {"content-type": "application/json"}))


def ended(url: str, run: str) -> Any:
    """Wait for a run's end and return the run."""
    while (found := call(url, f"/{run}"))["status"] in ("queued", "running"):
        sleep(0.1)
    return found


def seconds_of(url: str, run: str) -> list[float]:
    """Seconds of each epoch of a run."""
    return [epoch["seconds"] for epoch in call(url, f"/{run}/epochs")["epochs"]]


def watched(url: str, viewers: int) -> Watched:
    """Train one run with this number of viewers."""
    audience = [Viewer() for _ in range(viewers)]
    begin = perf_counter()
    run = call(url, dataset="mnist", epochs=EPOCHS)["id"]
    address = f"ws{url.removeprefix('http')}/api/runs/{run}/stream"

    async def watch() -> None:
        await asyncio.gather(*(viewer.watch(address) for viewer in audience))

    asyncio.run(watch())
    steps = ended(url, run)["step"]
    times = [viewer.told for viewer in audience]
    alike = set.intersection(*(set(of) for of in times)) if times else set()
    return Watched(
        epochs=seconds_of(url, run),
        first_loss=min(times[0].values()) - begin if times else None,
        spread=[max(of[step] for of in times) - min(of[step] for of in times) for step in alike],
        complete=all(viewer.done == steps and not viewer.gaps for viewer in audience),
    )


def together(url: str) -> list[float]:
    """Seconds from the start of two equal runs to the end of each."""
    begin = perf_counter()
    runs = [call(url, dataset="mnist", epochs=EPOCHS)["id"] for _ in range(2)]
    ends: dict[str, float] = {}
    while len(ends) < len(runs):
        for run in set(runs) - set(ends):
            if call(url, f"/{run}")["status"] == "finished":
                ends[run] = perf_counter() - begin
        sleep(0.02)
    return list(ends.values())


class Peak:
    """Peak memory in MB of the server and its workers while the context lasts."""

    def __init__(self) -> None:
        (self._server,) = psutil.Process().children()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.server = self.worker = 0.0

    def megabytes(self) -> float:
        """Resident memory of the server now."""
        return _megabytes(self._server)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.server = max(self.server, _megabytes(self._server))
            for child in self._server.children():
                # Python's own helper is a child too; it is far smaller.
                with contextlib.suppress(psutil.NoSuchProcess):
                    self.worker = max(self.worker, _megabytes(child))


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 1e6)


def measure(rounds: int, library: Library, data: Path | None) -> dict[str, Any]:
    """Interleave all cases in each round, so that load on the machine affects all of them."""
    alone: list[list[float]] = []
    runs: dict[int, list[Watched]] = {0: [], 1: [], VIEWERS: []}
    with served(data, DIGITSCOPE_ACTIVE_RUNS="2") as url, Peak() as peak:
        for turn in range(rounds):
            alone.append(by_itself(library))
            for viewers, results in runs.items():
                results.append(watched(url, viewers))
            print(f"round {turn + 1} of {rounds}", file=sys.stderr)
        pairs = [together(url) for _ in range(rounds)]
        for _ in range(RUNS):
            ended(url, call(url, dataset="mnist", epochs=1, train_limit=1000)["id"])
        server = peak.megabytes()
    crowd = runs[VIEWERS]
    return {
        "alone": median(seconds for epochs in alone for seconds in epochs),
        "times": {
            viewers: median(
                median(run.epochs) / median(epochs)
                for run, epochs in zip(results, alone, strict=True)
            )
            for viewers, results in runs.items()
        },
        "first_loss": [run.first_loss for run in runs[1]],
        "complete": all(run.complete for run in crowd),
        "spread": [median(run.spread) for run in crowd],
        "longest_spread": max(max(run.spread) for run in crowd),
        "slower": [last / first for first, last in pairs],
        "worker": peak.worker,
        "server": server,
        "longest_server": peak.server,
    }


def markdown(results: dict[str, Any]) -> str:
    """The README's table."""
    rows = [["An epoch in a program of its own", f"{results['alone']:.3f} s"]]
    for viewers, times in results["times"].items():
        rows.append([f"An epoch in the server, viewers: {viewers}", f"{times:.2f} times that"])
    spread = f"{1e3 * median(results['spread']):.0f} ms"
    rows += [
        ["From the request for a run to its first loss", f"{median(results['first_loss']):.2f} s"],
        [f"Each of {VIEWERS} viewers received each step", "yes" if results["complete"] else "no"],
        [
            f"Between the first and the last of {VIEWERS} viewers receiving a frame",
            f"{spread}, at most {1e3 * results['longest_spread']:.0f} ms",
        ],
        [
            "Two equal runs at once: the later end against the earlier",
            f"{median(results['slower']):.2f} times",
        ],
        ["A training process's memory, at most", f"{results['worker']:.0f} MB"],
        [
            f"The server's memory after {RUNS} more runs",
            f"{results['server']:.0f} MB, at most {results['longest_server']:.0f} MB",
        ],
    ]
    return (
        f"{readme.table(['Live stream', 'Measured'], rows)}\n\n"
        f"Runs of {EPOCHS} epochs of the defaults on MNIST, medians of {results['rounds']} rounds; "
        "an epoch's time includes measuring it on both sets. The viewers run on the same machine. "
        f"Measured on {readme.described(results['machine'])}."
    )


def main() -> int:
    """Measure, print and save; or write the README's table, or compare it with the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    readme.add_arguments(parser)
    parser.add_argument("--short", action="store_true", help="one round")
    chosen = parser.parse_args()
    if chosen.check or chosen.write_readme:
        return readme.settle("live", "live", markdown, write=chosen.write_readme)
    library = Library(chosen.home, chosen.data)
    for _ in library.prepare("mnist"):
        pass
    rounds = 1 if chosen.short else ROUNDS
    measured = measure(rounds, library, chosen.data)
    results = {"machine": readme.machine(), "rounds": rounds, **measured}
    readme.save("live", results)
    print(markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
