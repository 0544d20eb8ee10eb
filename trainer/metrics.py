"""Evaluation of a network over a whole set."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array
from trainer.layers.sequential import Sequential
from trainer.parallel import in_parts, one_blas_thread


@dataclass(frozen=True, slots=True)
class Score:
    """Results of a network over N pictures.

    Attributes:
        accuracy: In 0..1.
        loss: Mean loss over the pictures, as the network's last layer defines it.
        log_probabilities: (N, C) logarithms of the predicted probabilities.
    """

    accuracy: float
    loss: float
    log_probabilities: Array


def score(network: Sequential, x: NDArray[Any], t: Array) -> Score:
    """Evaluate a network over a set.

    Args:
        network: Not changed.
        x: (N, D) pictures, bytes or numbers in 0..1.
        t: (N, C) one-hot rows.

    Raises:
        ValueError: If there are no pictures.
    """
    if not len(x):
        raise ValueError("expected at least one picture to score; got none")
    log_y = np.empty(t.shape, network.dtype)

    def predict(rows: slice) -> None:
        log_y[rows] = network.log_probabilities(x[rows])

    # Overflow needs no warning: it appears as a loss that is not finite.
    with one_blas_thread(), np.errstate(all="ignore"):
        in_parts(predict, len(x), len(x) * network.cost(x.shape[1:]).flops)
        loss = float(network.loss_layer.mean_loss(log_y, t))
    hits = np.count_nonzero(log_y.argmax(axis=1) == t.argmax(axis=1))
    return Score(float(hits / len(x)), loss, log_y)
