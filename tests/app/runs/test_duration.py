from dataclasses import replace
from pathlib import Path

import pytest

from app.runs.duration import estimated_seconds
from app.storage.records import Epoch, Run
from app.storage.store import Store
from trainer.config import Config
from trainer.datasets import Contents

DIGITS = Contents(train_size=60_000, test_size=10_000, classes=tuple("0123456789"))
PER_EPOCH = 469


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run before its first iteration."""
    store = Store(tmp_path)
    start = {"start_step": 0, "start_epoch": 0, "resume_step": 0, "steps_total": PER_EPOCH}
    run = store.add("a1", Config(), name="run", **start)
    store.close()
    return run


def trained(run: Run, config: Config, epoch_seconds: float) -> Run:
    """The run with another config, after an epoch that took so long."""
    epoch = Epoch(1, PER_EPOCH, 0.9, 0.9, 0.3, 0.3, epoch_seconds)
    return replace(run, config=config, step=PER_EPOCH, seconds=epoch_seconds, last_epoch=epoch)


def test_nothing_is_estimated_where_no_epoch_was_measured(run: Run) -> None:
    assert estimated_seconds(Config(), DIGITS, []) is None
    assert estimated_seconds(Config(), DIGITS, [run]) is None


def test_the_same_config_takes_as_long_again_for_each_epoch(run: Run) -> None:
    earlier = [trained(run, Config(epochs=3), 0.5)]
    assert estimated_seconds(Config(epochs=20), DIGITS, earlier) == pytest.approx(10)


def test_a_larger_network_takes_longer_in_proportion_to_its_operations(run: Run) -> None:
    small, large = Config(hidden=(50,), epochs=1), Config(hidden=(500,), epochs=1)
    expected = large.cost(10).flops / small.cost(10).flops
    assert estimated_seconds(large, DIGITS, [trained(run, small, 1)]) == pytest.approx(expected)


def test_the_most_similar_run_is_scaled(run: Run) -> None:
    config = Config(hidden=(512, 256), optimizer="adam", epochs=1)
    alike = trained(run, replace(config, hidden=(512, 250)), 4)
    smaller = trained(run, replace(config, hidden=(10,)), 100)
    other_optimizer = trained(run, replace(config, optimizer="sgd"), 100)
    seconds = estimated_seconds(config, DIGITS, [other_optimizer, smaller, alike])
    assert seconds == pytest.approx(4, rel=0.1)
