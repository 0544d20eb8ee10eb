"""Seconds per epoch, ours beside its peers: ``python -m benchmarks.training``."""

import argparse
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.support import readme
from benchmarks.support.contenders import CONTENDERS
from trainer.datasets import Library

NETWORKS = {"784-50-10": (50,), "784-512-256-10": (512, 256)}
ROUNDS, SHORT_ROUNDS, WARM_UP = 15, 4, 1
PACKAGES = {"PyTorch": "torch", "JAX": "jax", "scikit-learn": "scikit-learn"}


class Contender:
    """A process that trains for an epoch each time it is told to, and otherwise sleeps."""

    def __init__(self, name: str, network: str, data: list[str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training", "--contend", name, network, *data],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.seconds: list[float] = []
        self.accuracy = 0.0
        self.trouble: str | None = None

    def epoch(self) -> float | None:
        """Seconds of one more epoch, or None where there is trouble."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write("epoch\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        result = json.loads(self.process.stdout.readline() or '{"trouble": "the process died"}')
        self.trouble = result.get("trouble")
        self.accuracy = result.get("train_accuracy", 0.0)
        seconds: float | None = result.get("seconds")
        return seconds

    def end(self) -> None:
        """Close the process and wait for it."""
        self.process.communicate()


def contend(name: str, network: str, data: list[str]) -> None:
    """Be a contender: an epoch for each line on standard input."""
    training = library(*data).load("mnist").training
    pixels = np.array(training.x, np.uint8)
    try:
        run = CONTENDERS[name](NETWORKS[network], pixels, np.array(training.t, np.int64))
        for _ in sys.stdin:
            started = perf_counter()
            accuracy = run()
            seconds = perf_counter() - started
            print(json.dumps({"seconds": seconds, "train_accuracy": accuracy}), flush=True)
    # An error that keeps a peer from running is shown in its place in the table.
    except Exception as error:
        print(json.dumps({"trouble": f"{type(error).__name__}: {error}".splitlines()[0]}))


def library(home: str, data: str = "") -> Library:
    """The data sets of these folders."""
    return Library(Path(home), Path(data) if data else None)


def measure(network: str, rounds: int, data: list[str]) -> dict[str, Any]:
    """Run all contenders in turn, so that a busy moment of the machine hits them alike."""
    contenders = [Contender(name, network, data) for name in CONTENDERS]
    try:
        for turn in range(WARM_UP + rounds):
            for contender in contenders:
                if contender.trouble is None and (seconds := contender.epoch()):
                    contender.seconds += [seconds] if turn >= WARM_UP else []
            print(f"{network}: round {turn + 1} of {WARM_UP + rounds}", file=sys.stderr)
    finally:
        for contender in contenders:
            contender.end()
    return {
        c.name: {
            "seconds": [round(s, 4) for s in c.seconds],
            "train_accuracy": round(c.accuracy, 4),
            "skipped": c.trouble,
        }
        for c in contenders
    }


def markdown(results: dict[str, Any]) -> str:
    """The README's table."""
    networks = results["networks"]
    ours = {name: median(rows["Digitscope"]["seconds"]) for name, rows in networks.items()}
    rows = []
    for contender in CONTENDERS:
        row = [contender]
        for name in networks:
            result = networks[name][contender]
            seconds = sorted(result["seconds"])
            if result["skipped"] or not seconds:
                row += [f"skipped: {result['skipped']}", ""]
                continue
            low, high = seconds[len(seconds) // 4], seconds[-1 - len(seconds) // 4]
            row.append(f"{median(seconds):.3f} ({low:.3f} to {high:.3f})")
            row.append(f"{median(seconds) / ours[name]:.2f}")
        rows.append(row)
    head = ["Seconds per epoch"]
    for name in networks:
        head += [name, "times ours"]
    peers = ", ".join(f"{name} {found}" for name, found in results["peers"].items())
    return (
        f"{readme.table(head, rows)}\n\n"
        f"Median of {results['rounds']} interleaved rounds (and the middle half), batches of 128, "
        "plain SGD, one pass for the train accuracy in each epoch, every contender warmed up and "
        f"in its own process. Measured on {readme.described(results['machine'])}; {peers}."
    )


def peers() -> dict[str, str]:
    """The versions of what there is to compare with."""
    found = {}
    for name, package in PACKAGES.items():
        try:
            found[name] = version(package)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def main() -> int:
    """Measure, print and keep; or bring the README in line, or hold it against the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    readme.add_arguments(parser)
    parser.add_argument("--short", action="store_true", help="fewer rounds: a few minutes in all")
    parser.add_argument("--contend", nargs="+", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.contend:
        name, network, *data = chosen.contend
        contend(name, network, data)
        return 0
    if chosen.check or chosen.write_readme:
        return readme.settle("speed", "training", markdown, write=chosen.write_readme)
    data = [str(chosen.home), *([str(chosen.data)] if chosen.data else [])]
    for _ in library(*data).prepare("mnist"):
        pass
    rounds = SHORT_ROUNDS if chosen.short else ROUNDS
    networks = {network: measure(network, rounds, data) for network in NETWORKS}
    results = {
        "machine": readme.machine(),
        "peers": peers(),
        "rounds": rounds,
        "networks": networks,
    }
    readme.save("training", results)
    print(markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
