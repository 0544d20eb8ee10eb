"""Predictions for prepared pictures, with the networks of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from app.images import Digit, Prepared, as_input
from app.network_cache import NetworkCache
from app.storage.records import Run
from app.storage.store import Store
from trainer.layers.sequential import Sequential

_HISTORY_S = 1.0


@dataclass(frozen=True, slots=True)
class Prediction:
    """Prediction of a network for one picture of 28 × 28 pixels.

    Attributes:
        probabilities: (C,) probability of each class; the sum is 1 in double precision.
    """

    probabilities: NDArray[np.float64]

    @property
    def digit(self) -> int:
        """Most probable class."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Probability of the most probable class."""
        return float(self.probabilities.max())


@dataclass(frozen=True, slots=True)
class History:
    """Predictions for one digit after the complete epochs of a run.

    Attributes:
        predictions: Prediction by epoch, in order; the last epochs if there was no time for all.
        complete: False if the time was over before the first epoch.
    """

    predictions: dict[int, Prediction]
    complete: bool


@dataclass(frozen=True, slots=True)
class PicturePrediction:
    """Predictions for a picture of one digit or several.

    Attributes:
        digits: Prediction for each digit of the picture.
        described: Place in ``digits`` of the digit that ``stages`` and ``history`` belong to.
        stages: Prediction for each stage of its preparation; empty if none were kept.
        history: Predictions for it after the complete epochs; None if not requested.
    """

    digits: Sequence[Prediction]
    described: int
    stages: Sequence[Prediction]
    history: History | None


class Predictor:
    """Predicts prepared pictures.

    Args:
        store: Storage of the epochs.
        networks: Networks of the epochs.
        history_s: Time limit of a history, in seconds.
    """

    def __init__(self, store: Store, networks: NetworkCache, history_s: float = _HISTORY_S) -> None:
        self._store = store
        self._networks = networks
        self._history_s = history_s

    def predict(
        self, run: Run, epoch: int, picture: Prepared, *, place: int | None, history: bool
    ) -> PicturePrediction:
        """Predict the digits of a picture.

        Args:
            run: Run of the network.
            epoch: Complete epoch after which the network is taken.
            picture: Prepared picture.
            place: Place in the picture's digits of the digit to describe; None: the one with the
                highest confidence.
            history: True to add the predictions after the complete epochs.

        Raises:
            IndexError: If the picture has no digit at that place.
            CheckpointError, OSError: If a network cannot be read.
        """
        network = self._networks.load(run, epoch)
        digits = _predictions(network, [digit.pixels for digit in picture.digits])
        if place is None:
            place = max(range(len(digits)), key=lambda i: digits[i].confidence)
        described = picture.digits[place]
        return PicturePrediction(
            digits,
            place,
            _predictions(network, [as_input(stage.image) for stage in described.stages]),
            self._history(run, described) if history else None,
        )

    def _history(self, run: Run, digit: Digit) -> History:
        """Predict a digit after each epoch, the last one first, until the time is over."""
        deadline = monotonic() + self._history_s
        epochs = [row.epoch for row in self._store.epochs(run.id)]
        predictions: dict[int, Prediction] = {}
        for epoch in reversed(epochs):
            (predictions[epoch],) = _predictions(self._networks.load(run, epoch), [digit.pixels])
            if monotonic() > deadline:
                break
        return History(dict(sorted(predictions.items())), len(predictions) == len(epochs))


def _predictions(
    network: Sequential, pictures: Sequence[NDArray[np.float32]]
) -> Sequence[Prediction]:
    """Predict pictures of 28 × 28 pixels."""
    if not pictures:
        return []
    y = network.predict(np.stack(pictures).reshape(len(pictures), -1)).astype(np.float64)
    return [Prediction(row) for row in y / y.sum(axis=1, keepdims=True)]
