"""How many threads the matrix products of a training use."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager

from threadpoolctl import ThreadpoolController

from trainer.functions import Array

# Pictures answered in one go: enough for the matrix products, few enough for the cache.
BLOCK = 1000

# Work that keeps a thread busy for longer than waking it takes.
_FLOPS_PER_THREAD = 60e6

# Looking up the libraries takes milliseconds: done once.
_LIBRARIES = ThreadpoolController()


def step_threads(parameters: Sequence[Array], batch_size: int) -> int:
    """How many threads suit one training step.

    The number depends on the work and the machine alone, never on timing or load: sums split
    over another number of threads round differently in the last bit.

    Args:
        parameters: The network's.
        batch_size: Pictures of a step.
    """
    # A product forward and two as large back, two operations for each weight and picture.
    flops = 3 * 2 * batch_size * sum(p.size for p in parameters)
    return min(os.cpu_count() or 1, max(1, int(flops / _FLOPS_PER_THREAD)))


def blas_threads(threads: int) -> AbstractContextManager[object]:
    """Limit BLAS to so many threads for as long as the context lasts."""
    limits: AbstractContextManager[object] = _LIBRARIES.limit(limits=threads, user_api="blas")
    return limits
