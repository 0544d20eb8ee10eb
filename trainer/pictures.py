"""Pictures of a training or test set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array, Labels


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures with their labels.

    Attributes:
        x: (N, D) bytes from 0 (black) to 255 (white), or numbers in 0..1.
        t: (N,) integer labels, 0 to C - 1.
    """

    x: NDArray[np.uint8] | Array
    t: Labels
