"""Pictures with their labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array, Labels


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of a training or test set with their labels.

    Attributes:
        x: (N, D) bytes, or numbers in 0..1.
        t: (N,) integer labels.
    """

    x: NDArray[np.uint8] | Array
    t: Labels
