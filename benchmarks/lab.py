"""Cost of the failures lab's data: ``python -m benchmarks.lab --data FOLDER``.

Measures the predictions that each epoch stores, in bytes and in time, and how long the server takes
for each of the lab's requests on a run of 100 epochs of the defaults on MNIST.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter, sleep
from typing import Any
from urllib.request import Request, urlopen

from app.storage.files import RunFiles
from benchmarks.support.serving import served
from trainer import loop
from trainer.checkpoint import save
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch, Predictions
from trainer.state import State

EPOCHS = 100


def measure_storage(library: Library, epochs: int) -> dict[str, str]:
    """Train, and save each epoch with and without predictions."""
    config = Config(dataset="mnist", epochs=epochs)
    data = library.load("mnist")
    state = State.begin(config)
    shares, sizes = [], (0, 0)
    with tempfile.TemporaryDirectory() as folder:
        files = RunFiles(Path(folder), config)
        for event in loop.train(state, data.training, data.test, **config.training_options()):
            if not isinstance(event, Epoch) or event.predictions is None:
                continue
            started = perf_counter()
            Predictions.of(event.predictions.log_probabilities)
            files.save_epoch(state, event.predictions)
            with_predictions = perf_counter() - started
            started = perf_counter()
            files.save_resume_point(state)
            shares.append((with_predictions - (perf_counter() - started)) / event.seconds)
            plain = Path(folder) / "plain.npz"
            with plain.open("wb") as file:
                save(file, state)
            sizes = (files.epoch_path(event.epoch).stat().st_size, plain.stat().st_size)
    return {
        "Bytes of an epoch's predictions": f"{sizes[0] - sizes[1]:,}",
        "Bytes of an epoch's checkpoint, weights and predictions": f"{sizes[0]:,}",
        "Time that storing predictions adds to an epoch": f"{median(shares):.2%}",
    }


def measure_requests(data: Path | None, epochs: int) -> dict[str, str]:
    """Time each request on a run, the first one and the median of the later ones."""
    with served(data) as address:

        def ask(path: str, body: Any = None) -> bytes:
            content = None if body is None else json.dumps(body).encode()
            request = Request(f"{address}{path}", content, {"content-type": "application/json"})
            with urlopen(request) as response:
                received: bytes = response.read()
            return received

        ids = []
        for seed in (0, 1):
            body = {"dataset": "mnist", "epochs": epochs, "seed": seed}
            ids.append(json.loads(ask("/api/runs", body))["id"])
        for run in ids:
            while (found := json.loads(ask(f"/api/runs/{run}")))["status"] != "finished":
                sleep(0.5)
        run, known = f"/api/runs/{ids[0]}", f"sha256={found['dataset_sha256']}"
        datasets = "/api/datasets/mnist/test"
        last = range(epochs, max(epochs - 40, 1), -1)
        asked = {
            "a sheet of 1,000 pictures": [f"{datasets}/sheets/{k}.png?{known}" for k in range(10)],
            "labels": [f"{datasets}/labels?{known}"] * 10,
            "predictions of an epoch": [f"{run}/predictions?epoch={k}" for k in last],
            "confusion matrix": [f"{run}/confusion?epoch={k}" for k in last],
            "learned and forgotten": [f"{run}/learning?epoch={k}" for k in last],
            "one picture's prediction": [f"{run}/test/{k}" for k in range(40)],
            "one picture's history": [f"{run}/test/{k}/history" for k in range(40)],
            "five nearest training pictures": [f"{run}/test/{k}/neighbours" for k in range(40)],
            "embedding of an epoch": [f"{run}/embedding?epoch={k}" for k in last],
            "labels that may be wrong, two runs": [f"/api/label-issues?run={'&run='.join(ids)}"]
            * 5,
        }
        rows = {}
        for name, paths in asked.items():
            times = []
            for path in paths:
                started = perf_counter()
                size = len(ask(path))
                times.append(1000 * (perf_counter() - started))
            first, *later = times
            rows[f"Request: {name}"] = (
                f"first {first:.0f} ms, then {median(later):.0f} ms, at most {max(later):.0f} ms; "
                f"{size:,} bytes"
            )
    return rows


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    chosen = parser.parse_args()
    library = Library(chosen.home, chosen.data)
    for _ in library.prepare("mnist"):
        pass
    rows = measure_storage(library, min(chosen.epochs, 20))
    rows |= measure_requests(chosen.data, chosen.epochs)
    for name, value in rows.items():
        print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
