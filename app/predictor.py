"""Predictions for pictures with the network of a run's epoch."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from app.api.responses import DigitResponse, HistoryResponse, PredictResponse, StageResponse
from app.images import Digit, as_input, prepare, take_framed, to_png_url
from app.storage.records import Run
from app.storage.store import Store
from trainer.sequential import Sequential

_NETWORKS_KEPT = 32


class Predictor:
    """Predicts pictures; the networks used last stay in memory.

    Args:
        store: Storage of the weights.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._network: Callable[[str, int], Sequential] = lru_cache(_NETWORKS_KEPT)(self._load)

    def _load(self, run_id: str, epoch: int) -> Sequential:
        return self._store.files_of(self._store.get(run_id)).load_network(epoch)

    def predict(
        self, run: Run, epoch: int, picture: bytes, *, framed: bool, stages: bool, history: bool
    ) -> PredictResponse:
        """Predict the digits in a picture.

        Args:
            run: Run of the network.
            epoch: Complete epoch after which the network is taken.
            picture: Content of a file.
            framed: True to take it as it is, instead of finding and framing its digits.
            stages: True to add the prediction for each stage of the preparation.
            history: True to add the prediction after each complete epoch.

        Raises:
            PictureTooLarge, PictureUnreadable, PictureMisframed, PictureBlank: If the picture
                is no use.
            CheckpointError, OSError: If the network cannot be read.
        """
        network = self._network(run.id, epoch)
        prepared = (take_framed if framed else prepare)(picture, stages=stages)
        probabilities = _probabilities(network, [digit.pixels for digit in prepared.digits])
        digits = [
            _digit_answer(digit, row, network)
            for digit, row in zip(prepared.digits, probabilities, strict=True)
        ]
        surest = max(range(len(digits)), key=lambda i: digits[i].confidence)
        best = digits[surest]
        return PredictResponse(
            run=run.id,
            epoch=epoch,
            digit=best.digit,
            confidence=best.confidence,
            probabilities=best.probabilities,
            input=best.input,
            inverted=prepared.inverted,
            size=list(prepared.size),
            digits=digits,
            stages=best.stages,
            history=self._history(run, prepared.digits[surest]) if history else None,
        )

    def _history(self, run: Run, digit: Digit) -> list[HistoryResponse]:
        answers = []
        for row in self._store.epochs(run.id):
            network = self._store.files_of(run).load_network(row.epoch)
            probabilities = _probabilities(network, [digit.pixels])[0]
            answers.append(HistoryResponse(epoch=row.epoch, **_said(probabilities)))
        return answers


def _probabilities(network: Sequential, pictures: list[NDArray[np.float32]]) -> NDArray[np.float64]:
    """(N, 10) what a network says of N pictures of 28 × 28; rows sum to 1 in double precision."""
    x = np.stack(pictures).reshape(len(pictures), -1)
    y = network.predict(x).astype(np.float64)
    return np.asarray(y / y.sum(axis=1, keepdims=True))


class _Said(TypedDict):
    digit: int
    confidence: float
    probabilities: list[float]


def _said(probabilities: NDArray[np.float64]) -> _Said:
    digit = int(probabilities.argmax())
    return {
        "digit": digit,
        "confidence": float(probabilities[digit]),
        "probabilities": probabilities.tolist(),
    }


def _digit_answer(
    digit: Digit, probabilities: NDArray[np.float64], network: Sequential
) -> DigitResponse:
    return DigitResponse(
        box=list(digit.box),
        input=to_png_url(digit.pixels),
        stages=[_stage_answer(stage.name, stage.image, network) for stage in digit.stages] or None,
        **_said(probabilities),
    )


def _stage_answer(name: str, image: NDArray[np.uint8], network: Sequential) -> StageResponse:
    said = _said(_probabilities(network, [as_input(image)])[0])
    return StageResponse(
        name=name,
        image=to_png_url(image),
        digit=said["digit"],
        confidence=said["confidence"],
    )
