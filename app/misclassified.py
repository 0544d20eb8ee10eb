"""Misclassified test pictures and confusion matrix, from the stored predictions of an epoch."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trainer.events import Predictions
from trainer.functions import Labels, one_hot
from trainer.losses import LOSSES


class Sort(StrEnum):
    """Order of the pictures; confidence and loss highest first."""

    INDEX = "index"
    CONFIDENCE = "confidence"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Misclassified:
    """All misclassified pictures of one kind, in order.

    Attributes:
        index: (M,) their places in the test set.
        true: (M,) what they show.
        predicted: (M,) what was read.
        confidence: (M,) the probability of what was read.
        loss: (M,) the loss of each.
    """

    index: NDArray[np.intp]
    true: Labels
    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float64]
    loss: NDArray[np.float64]


def misclassified(
    predictions: Predictions,
    t: Labels,
    loss_name: str,
    *,
    true: int | None = None,
    predicted: int | None = None,
    sort: Sort = Sort.INDEX,
) -> Misclassified:
    """Pick the misclassified pictures and put them in order.

    Args:
        predictions: Of the network for N pictures.
        t: (N,) what they show.
        loss_name: The run's loss.
        true: Only pictures that show this digit.
        predicted: Only pictures read as this digit.
        sort: The order; ties by place.
    """
    wrong = predictions.predicted != t
    if true is not None:
        wrong &= t == true
    if predicted is not None:
        wrong &= predictions.predicted == predicted
    index = np.flatnonzero(wrong)
    log_y = predictions.log_probabilities[index].astype(np.float64)
    labels, read = t[index], predictions.predicted[index]
    rows = np.arange(len(index))
    found = Misclassified(
        index,
        labels,
        read,
        np.exp(log_y[rows, read]),
        np.asarray(LOSSES[loss_name].rows(log_y, one_hot(labels, log_y.shape[1])), np.float64),
    )
    if sort == Sort.INDEX:
        return found
    order = np.argsort(-getattr(found, sort.value), kind="stable")
    return Misclassified(
        *(getattr(found, name)[order] for name in Misclassified.__dataclass_fields__)
    )


def confusion(predictions: Predictions, t: Labels) -> list[list[int]]:
    """Count the test pictures in C × C cells, rows true, columns predicted."""
    classes = predictions.log_probabilities.shape[1]
    pairs = t.astype(np.intp) * classes + predictions.predicted
    counts = np.bincount(pairs, minlength=classes * classes)
    matrix: list[list[int]] = counts.reshape(classes, classes).tolist()
    return matrix
