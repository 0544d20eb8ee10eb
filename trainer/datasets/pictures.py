"""Pictures of a training, validation or test set."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array, Labels

# Seed of all validation sets.
_SEED = 20140901


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures with their labels.

    Attributes:
        x: (N, D) bytes from 0 (black) to 255 (white), or numbers in 0..1.
        t: (N,) integer labels, 0 to C - 1.
    """

    x: NDArray[np.uint8] | Array
    t: Labels


def validation_size(pictures: int, share: float) -> int:
    """Number of pictures that ``set_apart`` takes for a validation set, floor(share * pictures)."""
    return int(share * pictures)


def set_apart(pictures: Pictures, share: float) -> tuple[Pictures, Pictures | None]:
    """Divide a training set into the pictures to learn from and a validation set.

    Which pictures are set apart depends on their number and the share alone, not on the seed of a
    run, so that the validation accuracies of runs can be compared.

    Args:
        pictures: N pictures; not changed.
        share: Share of the validation set, 0 to 0.5.

    Returns:
        The pictures to learn from, in their order, and the validation set; None if that is empty.
    """
    n = len(pictures.t)
    size = validation_size(n, share)
    if not size:
        return pictures, None
    apart = np.zeros(n, bool)
    apart[np.random.default_rng([_SEED, n]).permutation(n)[:size]] = True
    x: NDArray[Any] = np.asarray(pictures.x)
    return Pictures(x[~apart], pictures.t[~apart]), Pictures(x[apart], pictures.t[apart])
