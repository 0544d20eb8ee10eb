import os

import numpy as np
from threadpoolctl import threadpool_info

from trainer.blas import blas_threads, forward_flops


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_little_work_gets_one_thread_and_much_work_all_up_to_the_cores() -> None:
    with blas_threads(0):
        assert threads() == {1}
    with blas_threads(10**15):
        assert threads() == {os.cpu_count()}


def test_the_limit_ends_with_the_block() -> None:
    before = threads()
    with blas_threads(0):
        pass
    assert threads() == before


def test_a_pass_forward_costs_two_operations_for_each_weight_and_picture() -> None:
    assert forward_flops([np.zeros((784, 50)), np.zeros(50)], 3) == 2 * 3 * (784 * 50 + 50)
