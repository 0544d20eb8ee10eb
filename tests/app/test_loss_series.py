import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.loss_series import decimate, finite, means

NUMBERS = st.lists(st.floats(width=32) | st.just(float("nan")), max_size=300)


def test_numbers_that_are_not_finite_become_null() -> None:
    values = np.array([1.5, np.nan, np.inf, -np.inf, 0.0])
    assert json.dumps(finite(values)) == "[1.5, null, null, null, 0.0]"


def test_a_short_series_is_kept_whole() -> None:
    assert decimate(np.array([3.0, 1.0, 2.0]), 3).tolist() == [0, 1, 2]


def test_each_bucket_keeps_its_minimum_and_its_maximum() -> None:
    values = np.array([5.0, 1.0, 9.0, 4.0, 2.0, 8.0, 3.0, 7.0])
    # Two buckets of four: 1 and 9, then 2 and 8.
    assert decimate(values, 4).tolist() == [1, 2, 4, 5]


def test_an_empty_series_stays_empty() -> None:
    assert decimate(np.empty(0), 2).tolist() == []


@given(NUMBERS, st.integers(2, 40))
def test_places_ascend_and_stay_within_the_limit_but_for_holes(
    numbers: list[float], max_points: int
) -> None:
    values = np.array(numbers, np.float64)
    places = decimate(values, max_points)
    holes = np.flatnonzero(~np.isfinite(values))
    assert (np.diff(places) > 0).all()
    assert np.isin(holes, places).all()
    assert len(places) <= max_points + len(holes)


@given(NUMBERS, st.integers(2, 40))
def test_the_extremes_of_a_series_are_never_left_out(numbers: list[float], max_points: int) -> None:
    values = np.array(numbers, np.float64)
    good = values[np.isfinite(values)]
    kept = values[decimate(values, max_points)]
    if len(good):
        assert np.nanmax(good) in kept
        assert np.nanmin(good) in kept


def test_the_mean_of_a_bucket_is_that_of_its_finite_numbers() -> None:
    nan = np.nan
    ends, of_buckets = means(np.array([1.0, 2.0, 6.0, nan, nan, nan, np.inf, 4.0, 5.0]), 6)
    assert ends.tolist() == [2, 5, 8]
    np.testing.assert_array_equal(of_buckets, [3, nan, 4.5])


def test_each_number_of_a_short_series_is_its_own_mean() -> None:
    ends, of_buckets = means(np.array([3.0, 1.0]), 4)
    assert (ends.tolist(), of_buckets.tolist()) == ([0, 1], [3, 1])
    assert [found.tolist() for found in means(np.empty(0), 2)] == [[], []]
