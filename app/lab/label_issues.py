"""Test pictures whose label may be wrong, by confident learning.

Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels", 2021,
https://arxiv.org/abs/1911.00068. A network is confident of a class if its probability reaches the
mean probability that the network gives this class on the pictures with this label.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Labels

# Rounding of a mean must not decide about equal probabilities.
_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class LabelIssues:
    """Pictures on whose label all networks confidently disagree in the same way, worst first.

    Attributes:
        index: (M,) indices in the test set.
        suggested: (M,) class that all networks are confident of instead.
        score: (M,) normalized margin in 0..1, mean over the networks: half of 1 plus the
            probability of the label minus the largest other one. The lowest comes first.
    """

    index: NDArray[np.intp]
    suggested: NDArray[np.intp]
    score: NDArray[np.float64]


def label_issues(networks: Iterable[NDArray[np.float64]], t: Labels) -> LabelIssues:
    """Find the pictures that all networks confidently count for the same other class.

    Args:
        networks: For each of at least one network the (N, C) probabilities of its predictions.
        t: (N,) labels.
    """
    agreed: NDArray[np.intp] | None = None
    scores = np.zeros(len(t))
    count = 0
    for y in networks:
        guess = _confident_class(y, t)
        agreed = guess if agreed is None else np.where(agreed == guess, agreed, t)
        scores += _normalized_margin(y, t)
        count += 1
    if agreed is None:
        raise ValueError("expected at least one network; got none")
    index = np.flatnonzero(agreed != t)
    index = index[np.argsort(scores[index], kind="stable")]
    return LabelIssues(index, agreed[index], scores[index] / count)


def _confident_class(y: NDArray[np.float64], t: Labels) -> NDArray[np.intp]:
    """Return the class that each picture is confidently counted for; its label if there is none.

    As in cleanlab, a picture counts for its most probable class if the network is confident of
    several, and for its label if that is the most probable class.
    """
    classes = y.shape[1]
    # No probability reaches the threshold of a class that no picture has.
    thresholds = np.array([y[t == k, k].mean() if (t == k).any() else 2.0 for k in range(classes)])
    confident = y >= np.maximum(thresholds, 2 * _TOLERANCE) - _TOLERANCE
    most_probable = y.argmax(axis=1)
    counts = confident.sum(axis=1)
    guess = np.where(counts > 1, most_probable, confident.argmax(axis=1))
    return np.where((counts > 0) & (most_probable != t), guess, t)


def _normalized_margin(y: NDArray[np.float64], t: Labels) -> NDArray[np.float64]:
    rows = np.arange(len(t))
    others = y.copy()
    others[rows, t] = -1
    margin: NDArray[np.float64] = (y[rows, t] - others.max(axis=1) + 1) / 2
    return margin
