"""Estimated duration of a run, from the measured speed of earlier ones."""

from collections.abc import Iterable
from math import log

from app.storage.records import Run
from trainer.config import Config
from trainer.datasets import Contents


def estimated_seconds(config: Config, contents: Contents, earlier: Iterable[Run]) -> float | None:
    """Estimate the seconds that all epochs of a run take; None if no epoch was ever measured.

    The duration of an iteration is taken to be proportional to the operations of the forward pass
    times the batch size. The training time of the most similar earlier run is scaled: one with the
    same optimizer and augmentation before any other, then the one whose iterations cost most nearly
    the same.

    Args:
        config: Config of the run.
        contents: Sizes and classes of its data set. The networks of the earlier runs are taken to
            have as many classes.
        earlier: Other runs, the newest first.
    """
    classes = len(contents.classes)

    def cost(of: Config) -> int:
        return of.cost(classes).flops * of.batch_size

    measured = [
        (run.config, run.seconds / (run.step - run.start_step))
        for run in earlier
        if run.last_epoch and run.seconds > 0
    ]
    if not measured:
        return None

    def unlikeness(record: tuple[Config, float]) -> tuple[bool, bool, float]:
        other, _ = record
        return (
            other.optimizer != config.optimizer,
            other.augment != config.augment,
            abs(log(cost(other) / cost(config))),
        )

    nearest, step_s = min(measured, key=unlikeness)
    steps = config.steps_per_epoch(contents.train_size) * config.epochs
    return step_s * cost(config) / cost(nearest) * steps
