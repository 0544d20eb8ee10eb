"""How good a network is over a whole set, in one pass."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trainer.blas import BLOCK, blas_threads
from trainer.functions import Array

if TYPE_CHECKING:
    from trainer.network import Network


@dataclass(frozen=True, slots=True)
class Score:
    """A network's results over N pictures.

    Attributes:
        accuracy: In 0..1.
        loss: Mean loss over the pictures, as the network's last layer defines it.
        log_probabilities: (N, C) what it answered for each.
    """

    accuracy: float
    loss: float
    log_probabilities: Array


def score(network: "Network", x: NDArray[Any], t: Array) -> Score:
    """Hold a network's answers against the truth.

    Args:
        network: Left as it was.
        x: (N, D) pictures, bytes or numbers in 0..1.
        t: (N, C) one-hot rows.

    Raises:
        ValueError: If there are no pictures.
    """
    if not len(x):
        raise ValueError("expected at least one picture to score; got none")
    blocks = (x[start : start + BLOCK] for start in range(0, len(x), BLOCK))

    # Weights that have run away are no accident to warn of: they show as a loss that is not finite.
    def answer(block: NDArray[Any]) -> Array:
        with np.errstate(all="ignore"):
            return network.log_probabilities(block)

    # A core for each block, rather than all for each product: nothing then waits for its half.
    with blas_threads(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        log_y = np.concatenate(list(pool.map(answer, blocks)))
    with np.errstate(all="ignore"):
        loss = network.loss_layer.mean_loss(log_y, t)
    hits = np.count_nonzero(log_y.argmax(axis=1) == t.argmax(axis=1))
    return Score(float(hits / len(x)), loss, log_y)
