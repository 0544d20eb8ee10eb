"""Estimated duration of a run, from the measured speed of earlier ones."""

from collections.abc import Iterable
from math import log

from app.storage.records import Run
from trainer.config import Config


def estimated_seconds(config: Config, earlier: Iterable[Run]) -> float | None:
    """Estimate the seconds that all epochs of a run take; None if no epoch was ever measured.

    The duration of an iteration is taken to be proportional to the parameters times the batch
    size, its count of multiplications but for a factor. The last epoch of the most similar earlier
    run is scaled: one with the same optimizer and augmentation before any other, then the one
    whose iterations cost most nearly the same.

    Args:
        config: Config of the run.
        earlier: Other runs, the newest first.
    """
    measured = [run for run in earlier if run.last_epoch and run.last_epoch.seconds > 0]
    if not measured:
        return None

    def unlikeness(run: Run) -> tuple[bool, bool, float]:
        other = run.config
        return (
            other.optimizer != config.optimizer,
            other.augment != config.augment,
            abs(log(_cost(other) / _cost(config))),
        )

    nearest = min(measured, key=unlikeness)
    assert nearest.last_epoch
    step_s = nearest.last_epoch.seconds / nearest.config.steps_per_epoch
    steps = config.steps_per_epoch * config.epochs
    return step_s * _cost(config) / _cost(nearest.config) * steps


def _cost(config: Config) -> int:
    return config.weights * config.batch_size
