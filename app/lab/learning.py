"""Test pictures that a run learned and forgot.

Toneva et al., "An Empirical Study of Example Forgetting during Deep Neural Network Learning", 2019,
https://arxiv.org/abs/1812.05159: a picture is learned at an epoch if its prediction is right there
and was wrong at the epoch before, and forgotten if it is wrong and was right.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.lab.evaluations import Evaluation
from trainer.functions import Labels


@dataclass(frozen=True, slots=True)
class Change:
    """Number of test pictures whose prediction changed at an epoch.

    Attributes:
        epoch: The epoch.
        learned: Pictures that became right; at the first epoch all that are right.
        forgotten: Pictures that became wrong.
    """

    epoch: int
    learned: int
    forgotten: int


@dataclass(frozen=True, slots=True)
class Learning:
    """Learned and forgotten pictures over the epochs of a run.

    Attributes:
        first_right: (N,) first epoch with the right prediction; 0: none.
        forgotten: (N,) number of times that the picture was forgotten.
        changes: A row for each epoch, in order.
    """

    first_right: NDArray[np.uint16]
    forgotten: NDArray[np.uint16]
    changes: Sequence[Change]


def learning(history: Sequence[tuple[int, Evaluation]], t: Labels) -> Learning:
    """Count over the epochs of a history.

    Args:
        history: Complete epochs in order, with their evaluations.
        t: (N,) labels.
    """
    first_right, forgotten = np.zeros((2, len(t)), np.uint16)
    changes = []
    before = np.zeros(len(t), bool)
    for epoch, evaluation in history:
        right = evaluation.predicted == t
        learned, lost = right & ~before, before & ~right
        first_right[right & (first_right == 0)] = epoch
        forgotten += lost
        changes.append(Change(epoch, int(learned.sum()), int(lost.sum())))
        before = right
    return Learning(first_right, forgotten, changes)
