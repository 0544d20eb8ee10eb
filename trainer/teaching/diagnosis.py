"""Diagnosis of a training in plain language: what its numbers show and what to try."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite, sqrt
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from trainer.config import MAX_RATE, Config, kinds
from trainer.events import Statistics
from trainer.optimizers import OPTIMIZERS, lower_rate, rounded_rate
from trainer.statistics import FIRST_STEPS

Tone = Literal["good", "warn", "bad"]

# An update of a tenth of the weights throws away what they hold; one of a hundred-thousandth
# changes nothing within a few epochs; about a thousandth is usual.
_RATIO_TOO_HIGH, _RATIO_TOO_LOW, _RATIO_USUAL = 0.1, 1e-5, 1e-3
_LOSS_ROSE = 1.5
_SILENT = 0.4
_VANISHED, _VANISHED_WITHOUT_PROGRESS = 1e-3, 1 / 30
_FEWEST_STEPS = 40


class EpochRow(Protocol):
    """Results of a complete epoch; a loss that is not finite is None."""

    @property
    def epoch(self) -> int: ...
    @property
    def train_accuracy(self) -> float: ...
    @property
    def test_accuracy(self) -> float | None: ...
    @property
    def train_loss(self) -> float | None: ...
    @property
    def test_loss(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the numbers of a training show.

    Attributes:
        kind: Name of the finding, for programs.
        tone: ``good``, ``warn`` or ``bad``.
        text: One sentence for a learner.
        evidence: The numbers that it follows from, in words.
        changes: Config fields with the values to try; empty if there is nothing to change.
        action: Label of a button that starts with these changes; empty without changes.
    """

    kind: str
    tone: Tone
    text: str
    evidence: str
    changes: dict[str, Any] = field(default_factory=dict)
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class Record:
    """Numbers of a training, while it runs or afterwards.

    Attributes:
        config: Config of the run.
        losses: (N,) losses of its own iterations, from the first; in a fork without its parent's.
        epochs: Its complete epochs, in order.
        statistics: Its statistics, in order.
        start_step: Number of steps before its first; more than 0 in a fork.
        finished: True if all epochs are done.
        diverged: True if the last loss is not finite.
    """

    config: Config
    losses: NDArray[np.float64]
    epochs: Sequence[EpochRow]
    statistics: Sequence[Statistics]
    start_step: int = 0
    finished: bool = False
    diverged: bool = False

    @property
    def usual_rate(self) -> float:
        """Customary learning rate of the optimizer."""
        return OPTIMIZERS[self.config.optimizer].usual_rate

    @property
    def start_loss(self) -> float:
        """Mean loss of the first iterations."""
        return _mean(self.losses[: self._first_steps])

    @property
    def start_words(self) -> str:
        """Iterations that ``start_loss`` is the mean of, in words."""
        steps = self._first_steps
        return "at the start" if steps == 1 else f"over the first {steps} iterations"

    @property
    def _first_steps(self) -> int:
        """Number of first iterations that have enough pictures for a steady mean."""
        return max(1, 64 // self.config.batch_size) if self.start_step == 0 else 20

    @property
    def recent_loss(self) -> float:
        """Mean loss of the last iterations."""
        return _mean(self.losses[-max(20, len(self.losses) // 20) :])

    @property
    def quarters(self) -> list[float]:
        """Mean loss of each quarter of the iterations."""
        return [_mean(part) for part in np.array_split(self.losses, 4)]

    @property
    def later_statistics(self) -> Sequence[Statistics]:
        """Statistics without the first steps, unless there are no others."""
        later = [row for row in self.statistics if row.step > FIRST_STEPS]
        return later or self.statistics


def diagnose(record: Record) -> list[Finding]:
    """Return what the numbers of a training show, the gravest first; empty if all is well."""
    if record.diverged:
        return [_diverged(record)]
    checks: tuple[Callable[[Record], Finding | None], ...] = (
        _rate_too_high,
        _vanishing_gradient,
        _rate_too_low,
        _silent_units,
        _falling_accuracy,
        _overfitting,
        _still_improving,
    )
    found = {finding.kind: finding for check in checks if (finding := check(record))}
    # A gradient that vanishes makes the updates small, whatever the rate.
    if "vanishing_gradient" in found:
        found.pop("rate_too_low", None)
    # More epochs at a rate that is too high are no advice.
    if "rate_too_high" in found:
        found.pop("still_improving", None)
    return list(found.values())


def _diverged(record: Record) -> Finding:
    config, step = record.config, record.start_step + len(record.losses)
    first = record.losses[0]
    was = (
        f"was {first:.3g} at iteration {record.start_step + 1:,} and " if np.isfinite(first) else ""
    )
    return Finding(
        "diverged",
        "bad",
        "The weights ran away: the learning rate is too high for this network.",
        f"The loss {was}stopped being a number at iteration {step:,}, with a learning rate of "
        f"{config.learning_rate:g}.",
        *_smaller_updates(record),
    )


def _rate_too_high(record: Record) -> Finding | None:
    start, recent = record.start_loss, record.recent_loss
    if len(record.losses) < FIRST_STEPS:
        return None
    window = max(1, min(5, 640 // record.config.batch_size))
    highest = _highest(record.losses, window)
    # A loss that has come down again is an alarm only for a rate that is unusual.
    stays = recent > 0.8 * start
    unusual = record.config.learning_rate > record.usual_rate
    rose = highest > _LOSS_ROSE * start and (stays or unusual)
    ratio = _largest_median(row.update_ratio for row in record.later_statistics)
    if not rose and ratio <= _RATIO_TOO_HIGH:
        return None
    evidence = []
    if rose:
        evidence.append(
            f"The loss was {start:.3g} {record.start_words}, rose to {highest:.3g} and is "
            f"{recent:.3g} now."
        )
    if ratio > _RATIO_TOO_HIGH:
        evidence.append(
            f"An iteration changes the weights of a layer by {_percent(ratio)}; about "
            f"{_percent(_RATIO_USUAL)} is usual."
        )
    return Finding(
        "rate_too_high",
        "bad" if rose and stays else "warn",
        "The learning rate is too high: each iteration goes too far and undoes what was learned.",
        " ".join(evidence),
        *_smaller_updates(record),
    )


def _rate_too_low(record: Record) -> Finding | None:
    config, steps = record.config, len(record.losses)
    if steps < _FEWEST_STEPS or not record.epochs or config.learning_rate >= MAX_RATE:
        return None
    first, second, third, last = record.quarters
    fall = 1 - last / first
    # Runs of earlier versions have no statistics; their ratio is 0.
    ratio = _median(_overall_ratio(row) for row in record.statistics)
    stuck = 0 < ratio < _RATIO_TOO_LOW
    straight = fall > 0.01 and third - last > 0.5 * (first - second) > 0
    slow = stuck or (straight and ratio < _RATIO_USUAL / 2)
    # A run that has learned has small updates too.
    if not slow or fall > 0.2 or record.epochs[-1].train_accuracy > 0.9:
        return None
    rate = max(10 * config.learning_rate, record.usual_rate)
    if 0 < ratio < _RATIO_USUAL:
        wanted = config.learning_rate * _RATIO_USUAL / ratio
        rate = max(rate, min(wanted, 10 * record.usual_rate))
    return Finding(
        "rate_too_low",
        "warn",
        "The learning rate is too low: the network learns, but very slowly.",
        f"In {steps:,} iterations the loss went from {first:.3g} to {last:.3g}"
        + (f"; one iteration changes the weights by {_percent(ratio)}." if ratio else "."),
        *_with_rate(min(rounded_rate(rate), MAX_RATE)),
    )


def _vanishing_gradient(record: Record) -> Finding | None:
    if len(record.losses) < FIRST_STEPS:
        return None
    shares = [
        row.gradient_norm[0] / row.gradient_norm[-1]
        for row in record.later_statistics
        if row.gradient_norm[0] is not None and row.gradient_norm[-1]
    ]
    share = _median(shares)
    first, *_, last = record.quarters
    flat = abs(1 - last / first) < 0.02 and len(record.losses) >= _FEWEST_STEPS
    limit = _VANISHED_WITHOUT_PROGRESS if flat else _VANISHED
    # Units that are all dead pass no gradient on either, for another reason.
    if not 0 < share < limit or _largest_silent(record) > _SILENT:
        return None
    relu = record.config.activation == "relu"
    initial = {"initializer": "he"}
    changes, action = (
        (initial, "Run again with He weights")
        if relu
        else ({"activation": "relu", **initial}, "Run again with ReLU and He weights")
    )
    return Finding(
        "vanishing_gradient",
        "warn",
        "Hardly anything reaches the first layer: its gradient fades on the way back.",
        f"The first layer's gradient is {1 / share:,.0f} times smaller than the last layer's.",
        changes,
        action,
    )


def _silent_units(record: Record) -> Finding | None:
    share = _largest_silent(record)
    if share <= _SILENT:
        return None
    if record.config.activation == "sigmoid":
        kind, text, state = (
            "saturated_units",
            "Many sigmoid units are saturated: they hardly react any more, so they stop learning.",
            "stay within 0.01 of 0 or 1",
        )
    else:
        kind, text, state = (
            "dead_units",
            "Many units are dead: their output is always 0, so they can't learn any more.",
            "answer 0",
        )
    return Finding(
        kind,
        "bad" if share > 0.9 else "warn",
        text,
        f"In one layer {_percent(share)} of the units {state} for each of the sampled pictures.",
        *_smaller_updates(record),
    )


def _falling_accuracy(record: Record) -> Finding | None:
    rows = [row for row in record.epochs if row.test_accuracy is not None]
    if len(rows) < 2:
        return None
    best = max(rows, key=_test_accuracy)
    last = rows[-1]
    if _test_accuracy(best) - _test_accuracy(last) < 0.03:
        return None
    if best.train_accuracy - last.train_accuracy < 0.02:
        return None
    changes, action = _smaller_updates(record)
    return Finding(
        "falling_accuracy",
        "warn",
        "It has become worse than it was.",
        f"After epoch {best.epoch} it was right for {_percent(_test_accuracy(best))} of new "
        f"pictures, after epoch {last.epoch} for {_percent(_test_accuracy(last))}.",
        changes,
        action,
    )


def _overfitting(record: Record) -> Finding | None:
    rows = [row for row in record.epochs if row.test_accuracy is not None and row.test_loss]
    if not rows:
        return None
    last = rows[-1]
    least = min(rows, key=lambda row: row.test_loss or 0)
    # The accuracy may still rise a little after the loss has begun to.
    best = next(
        row
        for row in rows[rows.index(least) :]
        if _test_accuracy(last) < _test_accuracy(row) + 0.005
    )
    if not (best.test_loss and last.test_loss and best.train_loss and last.train_loss is not None):
        return None
    since = last.epoch - best.epoch >= max(3, len(rows) // 10)
    apart = last.test_loss > 1.05 * best.test_loss and last.train_loss < best.train_loss
    if not (since and apart) or last.train_accuracy < _test_accuracy(last) + 0.01:
        return None
    changes, action = (
        ({"epochs": best.epoch}, f"Run again with {best.epoch} epochs")
        if record.config.augment
        else ({"augment": True}, "Run again with distorted pictures")
    )
    return Finding(
        "overfitting",
        "warn",
        f"Since epoch {best.epoch} it gets better on its training set, "
        f"{_percent(last.train_accuracy)}, and no better on new pictures, "
        f"{_percent(_test_accuracy(last))}.",
        f"The loss on new pictures was {best.test_loss:.3g} after epoch {best.epoch} and is "
        f"{last.test_loss:.3g} now, while the loss on the training pictures fell from "
        f"{best.train_loss:.3g} to {last.train_loss:.3g}.",
        changes,
        action,
    )


def _still_improving(record: Record) -> Finding | None:
    rows = [row for row in record.epochs if row.test_accuracy is not None and row.test_loss]
    most = kinds()["epochs"].form()["maximum"]
    if not record.finished or len(rows) < 3 or record.config.epochs >= most:
        return None
    before, last = rows[-1 - max(1, len(rows) // 5)], rows[-1]
    gain = _test_accuracy(last) - _test_accuracy(before)
    at_best = _test_accuracy(last) >= max(map(_test_accuracy, rows)) - 0.001
    if gain < 0.003 or not at_best or (last.test_loss or 0) > (before.test_loss or 0):
        return None
    epochs = min(2 * record.config.epochs, most)
    return Finding(
        "still_improving",
        "good",
        "It was still getting better at the end: more epochs help.",
        f"From epoch {before.epoch} to {last.epoch} it went from "
        f"{_percent(_test_accuracy(before))} to {_percent(_test_accuracy(last))} of new pictures.",
        {"epochs": epochs},
        f"Run again with {epochs} epochs",
    )


def _smaller_updates(record: Record) -> tuple[dict[str, Any], str]:
    """Changes, and their label, that make the updates smaller."""
    config = record.config
    wild_weights = config.initializer == "random" and len(config.hidden) > 1
    if config.learning_rate <= record.usual_rate and wild_weights:
        return {"initializer": "he"}, "Run again with He weights"
    return _with_rate(lower_rate(config.learning_rate, record.usual_rate))


def _with_rate(rate: float) -> tuple[dict[str, Any], str]:
    return {"learning_rate": rate}, f"Run again with learning rate {rate:g}"


def _test_accuracy(row: EpochRow) -> float:
    return row.test_accuracy or 0.0


def _largest_silent(record: Record) -> float:
    if not record.statistics:
        return 0.0
    return max((s for s in record.statistics[-1].silent_share if s is not None), default=0.0)


def _overall_ratio(row: Statistics) -> float:
    """Norm of the update of all weights divided by their norm; infinite if not known."""
    update, weight = (
        sqrt(sum(inf if norm is None else norm**2 for norm in norms))
        for norms in (row.update_norm, row.weight_norm)
    )
    return update / weight if 0 < weight < inf else inf


def _largest_median(rows: Iterable[Sequence[float | None]]) -> float:
    """Largest of the layers' medians; a number that is not finite counts as infinite."""
    layers: Iterator[tuple[float | None, ...]] = zip(*rows, strict=True)
    medians = [_median(inf if n is None else n for n in numbers) for numbers in layers]
    return max(medians, default=0.0)


def _median(numbers: Iterable[float]) -> float:
    ordered = sorted(numbers)
    return ordered[len(ordered) // 2] if ordered else 0.0


def _mean(losses: NDArray[np.float64]) -> float:
    finite = losses[np.isfinite(losses)]
    return float(finite.mean()) if len(finite) else inf


def _highest(losses: NDArray[np.float64], window: int) -> float:
    """Highest mean of consecutive losses."""
    sums = np.cumsum(np.concatenate([[0.0], losses]))
    return float(((sums[window:] - sums[:-window]) / window).max())


def _percent(share: float) -> str:
    if not isfinite(share):
        return "more than it can count"
    percent = 100 * share
    if 99.95 <= percent < 100:
        return "more than 99.9\u00a0%"
    return f"{percent:.1f}\u00a0%" if percent >= 0.1 else f"{percent:.1g}\u00a0%"
