from dataclasses import replace

import pytest

from app.runs.duration import estimated_seconds
from app.runs.status import Status
from app.storage.records import Epoch, Run
from trainer.config import Config


def run_of(config: Config, epoch_seconds: float | None) -> Run:
    """A run whose last epoch took so long; None: it has no complete epoch."""
    epoch = None
    if epoch_seconds is not None:
        epoch = Epoch(
            epoch=1,
            step=config.steps_per_epoch,
            train_accuracy=0.9,
            test_accuracy=0.9,
            train_loss=0.3,
            test_loss=0.3,
            seconds=epoch_seconds,
        )
    return Run(
        id="run",
        name="run",
        status=Status.FINISHED,
        config=config,
        dataset_sha256=None,
        created_at="2024-01-01T00:00:00.000Z",
        started_at=None,
        ended_at=None,
        start_step=0,
        start_epoch=0,
        step=0,
        resume_step=0,
        steps_total=0,
        queue_ticket=0,
        last_epoch=epoch,
        error=None,
        parent=None,
    )


def test_nothing_is_estimated_where_no_epoch_was_measured() -> None:
    assert estimated_seconds(Config(), []) is None
    assert estimated_seconds(Config(), [run_of(Config(), None)]) is None


def test_the_same_config_takes_as_long_again_for_each_epoch() -> None:
    earlier = [run_of(Config(epochs=3), 0.5)]
    assert estimated_seconds(Config(epochs=20), earlier) == pytest.approx(10)


def test_a_larger_network_takes_longer_in_proportion_to_its_parameters() -> None:
    small, large = Config(hidden=(50,), epochs=1), Config(hidden=(500,), epochs=1)
    expected = large.weights / small.weights
    assert estimated_seconds(large, [run_of(small, 1)]) == pytest.approx(expected)


def test_the_most_similar_run_is_scaled() -> None:
    config = Config(hidden=(512, 256), optimizer="adam", epochs=1)
    alike = run_of(replace(config, hidden=(512, 250)), 4)
    smaller = run_of(replace(config, hidden=(10,)), 100)
    other_optimizer = run_of(replace(config, optimizer="sgd"), 100)
    seconds = estimated_seconds(config, [other_optimizer, smaller, alike])
    assert seconds == pytest.approx(4, rel=0.1)
