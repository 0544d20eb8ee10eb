"""Misclassified test pictures and confusion matrix, from the stored predictions of an epoch."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from trainer.events import Predictions
from trainer.functions import Labels, one_hot
from trainer.layers.losses import LOSSES


class Sort(StrEnum):
    """Order of the pictures; confidence and loss highest first."""

    INDEX = "index"
    CONFIDENCE = "confidence"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Misclassified:
    """Misclassified pictures in order.

    Attributes:
        index: (M,) indices in the test set.
        true: (M,) labels.
        predicted: (M,) predicted classes.
        confidence: (M,) probabilities of the predicted classes.
        loss: (M,) losses.
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
    """Select the misclassified pictures and sort them.

    Args:
        predictions: Predictions of the network for N pictures.
        t: (N,) labels.
        loss_name: Name of the run's loss.
        true: Only pictures of this class; None: of all.
        predicted: Only pictures that are predicted as this class; None: as any.
        sort: Order; ties by index.
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
        index, labels, read, np.exp(log_y[rows, read]), losses(log_y, labels, loss_name)
    )
    if sort == Sort.INDEX:
        return found
    order = np.argsort(-getattr(found, sort.value), kind="stable")
    return Misclassified(
        *(getattr(found, name)[order] for name in Misclassified.__dataclass_fields__)
    )


def losses(log_y: NDArray[np.float64], t: Labels, loss_name: str) -> NDArray[np.float64]:
    """Compute the loss of each picture.

    Args:
        log_y: (N, C) logarithms of probabilities.
        t: (N,) labels.
        loss_name: Name of the run's loss.
    """
    return np.asarray(LOSSES[loss_name].rows(log_y, one_hot(t, log_y.shape[1])), np.float64)


def confusion(predictions: Predictions, t: Labels) -> list[list[int]]:
    """Count the test pictures in C × C cells; rows are labels, columns predicted classes."""
    classes = predictions.log_probabilities.shape[1]
    pairs = t.astype(np.intp) * classes + predictions.predicted
    counts = np.bincount(pairs, minlength=classes * classes)
    matrix: list[list[int]] = counts.reshape(classes, classes).tolist()
    return matrix
