"""Division of large matrix products among the machine's cores.

BLAS has threads of its own, but they wait for one another in busy loops: if another program, such
as a browser, needs a core, a step takes several times as long as on a single thread. So BLAS is
limited to one thread, and large products are divided here, among threads that sleep while they
wait.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from trainer.functions import Array

# A part with this number of floating-point operations takes several times as long as its hand-over.
_FLOPS_PER_PART = 12_000_000

# Read once: the call takes 10 microseconds, and a step multiplies five times.
CORES = os.cpu_count() or 1

# Created once, because it takes milliseconds to find the libraries.
_LIBRARIES = ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Limit BLAS to one thread while the context lasts."""
    limits: AbstractContextManager[object] = _LIBRARIES.limit(limits=1, user_api="blas")
    return limits


def processor() -> str:
    """Describe all that the last bit of a product depends on, for a person and to compare."""
    blas = [
        f"{library['internal_api']} {library['version']} for {library['architecture']}"
        for library in _LIBRARIES.select(user_api="blas").info()
        if "architecture" in library
    ]
    return ", ".join((f"NumPy {np.__version__}", *sorted(set(blas)), f"{CORES} cores"))


def in_parts(compute: Callable[[slice], None], length: int, flops: float) -> None:
    """Compute 0..length in parts, one for each core if there is enough work.

    The division depends on the work and the machine alone, never on timing or load, because
    products of other shapes round differently in the last bit.

    Args:
        compute: Computes one part; parts run at the same time.
        length: Number of rows or columns.
        flops: Floating-point operations of all parts.
    """
    parts = min(CORES, length, int(flops / _FLOPS_PER_PART))
    if parts <= 1:
        compute(slice(length))
        return
    edges = [length * i // parts for i in range(parts + 1)]
    first, *others = map(slice, edges, edges[1:])
    # The context holds NumPy's error state.
    handed_over = [_pool().submit(copy_context().run, compute, rows) for rows in others]
    compute(first)
    for part in handed_over:
        part.result()


def product(a: Array, b: Array, out: Array) -> None:
    """Write the matrix product ``a @ b`` into ``out``, divided among the cores.

    The longer side of ``out`` is divided. Every core reads the factor of the other side, which is
    the smaller one.

    Args:
        a: (N, D).
        b: (D, H).
        out: (N, H).
    """

    def rows(part: slice) -> None:
        np.matmul(a[part], b, out=out[part])

    def columns(part: slice) -> None:
        np.matmul(a, b[:, part], out=out[:, part])

    n, h = out.shape
    in_parts(rows if n >= h else columns, max(n, h), 2 * a.size * h)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(CORES, thread_name_prefix="trainer")
