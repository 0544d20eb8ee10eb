import os

import numpy as np
from threadpoolctl import threadpool_info

from trainer.blas import blas_threads, step_threads


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_a_limit_holds_within_its_block_and_no_longer() -> None:
    before = threads()
    with blas_threads(1):
        assert threads() == {1}
    assert threads() == before


def test_small_steps_get_one_thread_and_big_ones_all_cores() -> None:
    default, big = [np.zeros((784, 50), np.float32)], [np.zeros((2048, 2048), np.float32)]
    assert step_threads(default, 128) == 1
    assert step_threads(big, 4096) == os.cpu_count()
