"""How many threads the matrix products of a training use."""

import os
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from trainer.functions import Array

# Below this much work a step is done before a second thread has woken up.
_WORTH_THREADS = 200e6


def step_flops(parameters: Sequence[Array], batch_size: int) -> int:
    """Floating-point operations of one step: a product forward and two back, 2 for each weight."""
    return 6 * batch_size * sum(p.size for p in parameters)


def blas_threads(flops: int) -> threadpool_limits:
    """Limit BLAS to the number of threads that suits steps of so much work.

    The number depends on the work and the machine alone, never on timing or load: sums split
    over another number of threads round differently in the last bit.

    Args:
        flops: What ``step_flops`` says.

    Returns:
        A context manager.
    """
    return threadpool_limits(
        (os.cpu_count() or 1) if flops >= _WORTH_THREADS else 1, user_api="blas"
    )
