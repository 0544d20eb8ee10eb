"""How many threads the matrix products of a training use."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager

from threadpoolctl import ThreadpoolController

from trainer.functions import Array

# Pictures answered in one go: enough for the matrix products, few enough for the cache.
BLOCK = 1000

# Work that keeps a thread busy for longer than waking it takes.
_FLOPS_PER_THREAD = 40_000_000

# Looking up the libraries takes milliseconds: done once.
_LIBRARIES = ThreadpoolController()


def forward_flops(parameters: Sequence[Array], pictures: int) -> int:
    """Floating-point operations of a pass forward: 2 for each weight and picture."""
    return 2 * pictures * sum(p.size for p in parameters)


def blas_threads(flops: int) -> AbstractContextManager[object]:
    """Limit BLAS to the number of threads that suits so much work.

    The number depends on the work and the machine alone, never on timing or load: sums split
    over another number of threads round differently in the last bit.

    Args:
        flops: Floating-point operations of one step, or of one block of pictures.

    Returns:
        A context manager.
    """
    threads = min(os.cpu_count() or 1, max(1, flops // _FLOPS_PER_THREAD))
    limits: AbstractContextManager[object] = _LIBRARIES.limit(limits=threads, user_api="blas")
    return limits
