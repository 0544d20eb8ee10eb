"""Cost of the statistics of a training: ``python -m benchmarks.statistics --data FOLDER``.

Trainings of four epochs with and without statistics take turns in one process, so that a busy
moment of the machine affects both. Both train the same steps from the same weights.
"""

import argparse
import sys
from pathlib import Path
from statistics import median, quantiles
from time import process_time
from unittest.mock import patch

from trainer import loop
from trainer.config import Config
from trainer.datasets import Dataset, Library
from trainer.state import State


def seconds(config: Config, data: Dataset) -> float:
    """Train and return the processor time, which other programs hardly change."""
    state = State.begin(config)
    started = process_time()
    for _ in loop.train(state, data.training, data.test, **config.training_options()):
        pass
    return process_time() - started


def measure(config: Config, data: Dataset, rounds: int) -> list[float]:
    """Return the ratio of a training with statistics to one without, for each round."""
    ratios = []
    for _ in range(rounds):
        measured = seconds(config, data)
        with patch.object(loop, "is_due", return_value=False):
            ratios.append(measured / seconds(config, data))
    return ratios


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rounds", type=int, default=30)
    chosen = parser.parse_args()
    library = Library(chosen.home, chosen.data)
    for _ in library.prepare("mnist"):
        pass
    data = library.load("mnist")
    for hidden in ((50,), (512, 256)):
        config = Config(dataset="mnist", hidden=hidden, epochs=4)
        ratios = measure(config, data, chosen.rounds)
        low, _, high = quantiles(ratios, n=4)
        print(f"{hidden}: {median(ratios) - 1:+.2%} ({low - 1:+.2%} to {high - 1:+.2%})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
