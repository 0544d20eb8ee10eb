"""Accuracy of the networks on MNIST: ``python -m benchmarks.accuracy``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.support import readme
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch
from trainer.state import State
from trainer.teaching.presets import PRESETS

ROBUST = Config.from_dict(dict(PRESETS["robust"].values))
NETWORKS = {
    "Defaults": Config(),
    "Robust preset": ROBUST,
    "Robust preset, taught by strokes": replace(ROBUST, dataset="strokes"),
}
SEEDS = (0, 1, 2)


def measure(config: Config, training: Pictures, test: Pictures) -> dict[str, Any]:
    """Train once; accuracies after the first and the last epoch."""
    options = config.training_options()
    state = State.begin(config)
    rows = [
        event for event in loop.train(state, training, test, **options) if isinstance(event, Epoch)
    ]
    return {
        "seed": config.seed,
        "train_first": rows[0].train_accuracy,
        "train_last": rows[-1].train_accuracy,
        "test": rows[-1].test_accuracy,
    }


def markdown(results: dict[str, Any]) -> str:
    """The README's table."""
    rows = [
        [
            name,
            str(run["seed"]),
            f"{run['train_first']:.4f}",
            f"{run['train_last']:.4f}",
            f"{run['test']:.4f}",
        ]
        for name, runs in results["networks"].items()
        for run in runs
    ]
    head = [
        "Network",
        "Seed",
        "Train accuracy, epoch 1",
        "Train accuracy, epoch 20",
        "Test accuracy on MNIST",
    ]
    return f"{readme.table(head, rows)}\n\nMeasured on {readme.described(results['machine'])}."


def main() -> int:
    """Measure, print and keep; or bring the README in line, or hold it against the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    readme.add_arguments(parser)
    chosen = parser.parse_args()
    if chosen.check or chosen.write_readme:
        return readme.settle("accuracy", "accuracy", markdown, write=chosen.write_readme)
    library = Library(Path(chosen.home), chosen.data and Path(chosen.data))
    for name in ("mnist", "strokes"):
        for _ in library.prepare(name):
            pass
    test = library.load("mnist").test
    networks: dict[str, list[dict[str, Any]]] = {name: [] for name in NETWORKS}
    for name, config in NETWORKS.items():
        training = library.load(config.dataset).training
        for seed in SEEDS:
            networks[name].append(measure(replace(config, seed=seed), training, test))
            print(name, networks[name][-1], file=sys.stderr)
    results = {"machine": readme.machine(), "networks": networks}
    readme.save("accuracy", results)
    print(markdown(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
