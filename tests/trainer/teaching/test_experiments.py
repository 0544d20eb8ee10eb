"""Each experiment shows what it says, on a real training with fewer pictures."""

from pathlib import Path
from typing import Any

import pytest

from trainer import loop
from trainer.config import Config
from trainer.datasets import Dataset, Library
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch, Step
from trainer.state import State
from trainer.teaching.experiments import EXPERIMENTS


@pytest.fixture(scope="module")
def strokes(data_home: Path) -> Dataset:
    return Library(data_home, offline=True).load("strokes")


def test_every_run_of_an_experiment_is_valid_and_differs_from_the_others() -> None:
    for experiment in EXPERIMENTS.values():
        configs = [
            Config.from_dict(values, available=60_000) for values in experiment.runs.values()
        ]
        assert len(set(configs)) == len(configs) >= 2


class Outcome:
    """Losses and last epoch of a run of an experiment."""

    def __init__(self, data: Dataset, values: Any, pictures: int | None, epochs: int) -> None:
        config = Config.from_dict({**values, "dataset": "strokes", "epochs": epochs}, 60_000)
        training = data.training
        limit = config.train_limit or pictures
        training = Pictures(training.x[:limit], training.t[:limit])
        self.losses: list[float] = []
        try:
            for event in loop.train(
                State.begin(config), training, data.test, **config.training_options()
            ):
                match event:
                    case Step(loss=loss):
                        self.losses.append(loss)
                    case Epoch():
                        self.last = event
        except loop.Diverged:
            pass


def outcomes(data: Dataset, name: str, pictures: int | None, epochs: int) -> list[Outcome]:
    return [Outcome(data, run, pictures, epochs) for run in EXPERIMENTS[name].runs.values()]


def test_a_low_rate_creeps_and_a_high_one_does_not_learn(strokes: Dataset) -> None:
    low, right, high = outcomes(strokes, "learning_rate", 10_000, 2)
    assert right.last.train_accuracy > 2 * low.last.train_accuracy
    assert high.losses[-1] > 2


@pytest.mark.slow
def test_four_layers_learn_with_relu_and_not_with_sigmoid(strokes: Dataset) -> None:
    relu, sigmoid = outcomes(strokes, "activation", 20_000, 3)
    assert relu.last.train_accuracy > 0.7
    assert sigmoid.last.train_accuracy < 0.2


def test_momentum_and_adam_are_ahead_of_sgd(strokes: Dataset) -> None:
    sgd, momentum, adam = outcomes(strokes, "optimizer", 20_000, 1)
    assert min(momentum.last.train_loss, adam.last.train_loss) < sgd.last.train_loss


@pytest.mark.slow
def test_few_pictures_are_learned_by_heart(strokes: Dataset) -> None:
    few = Outcome(strokes, next(iter(EXPERIMENTS["overfitting"].runs.values())), None, 100)
    assert few.last.train_accuracy > 0.97
    assert few.last.train_accuracy - (few.last.test_accuracy or 0) > 0.1


def test_small_batches_get_further_in_the_same_epochs(strokes: Dataset) -> None:
    small, middle, large = outcomes(strokes, "batch_size", 10_000, 1)
    assert small.last.train_accuracy > middle.last.train_accuracy > large.last.train_accuracy


@pytest.mark.slow
def test_deep_narrow_networks_need_he_or_xavier(strokes: Dataset) -> None:
    random, he, xavier = outcomes(strokes, "initializer", 20_000, 2)
    assert random.last.train_accuracy < 0.2
    assert min(he.last.train_accuracy, xavier.last.train_accuracy) > 0.6
