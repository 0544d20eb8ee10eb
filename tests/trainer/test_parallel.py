import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from trainer import parallel
from trainer.parallel import in_parts, one_blas_thread, product


@pytest.fixture
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "CORES", 3)


def threads() -> set[int]:
    """Count the threads of NumPy's BLAS; SciPy, if a test has imported it, has another."""
    return {
        pool["num_threads"]
        for pool in threadpool_info()
        if pool["user_api"] == "blas" and "numpy" in pool["filepath"]
    }


def test_blas_is_held_to_one_thread_within_the_block_and_no_longer() -> None:
    before = threads()
    assert before
    with one_blas_thread():
        assert threads() == {1}
    assert threads() == before


@pytest.mark.parametrize(
    ("length", "flops", "parts"), [(10, 1e3, 1), (10, 25e6, 2), (10, 1e9, 3), (2, 1e9, 2)]
)
@pytest.mark.usefixtures("three_cores")
def test_rows_are_cut_into_as_many_parts_as_the_work_is_worth(
    length: int, flops: float, parts: int
) -> None:
    seen: list[slice] = []
    in_parts(seen.append, length, flops)
    assert len(seen) == parts
    assert sorted(i for rows in seen for i in range(length)[rows]) == list(range(length))


@pytest.mark.usefixtures("three_cores")
def test_parts_run_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(rows: slice) -> None:
        together.wait()

    in_parts(meet, 3, 1e9)


@pytest.mark.usefixtures("three_cores")
def test_an_error_in_any_part_reaches_the_caller() -> None:
    def fail_late(rows: slice) -> None:
        if rows.stop == 9:
            raise ValueError("the last part")

    with pytest.raises(ValueError, match="the last part"):
        in_parts(fail_late, 9, 1e9)


@pytest.mark.parametrize(("n", "h"), [(301, 500), (500, 301), (400, 400)])
@pytest.mark.usefixtures("three_cores")
def test_a_shared_product_is_the_product_and_heeds_the_callers_error_state(n: int, h: int) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(n, 400)), rng.normal(size=(h, 400)).T
    assert 2 * a.size * b.shape[1] > 3 * parallel._FLOPS_PER_PART
    out = np.empty((n, h))
    product(a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-10)
    with np.errstate(all="ignore"):
        product(a * 1e200, b * 1e200, out)
    assert not np.isfinite(out).all()
