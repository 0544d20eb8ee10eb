from collections.abc import Callable
from math import e, log

import numpy as np
import pytest
from numpy.typing import ArrayLike

from trainer.functions import (
    Array,
    class_labels,
    cross_entropy_error,
    log_softmax,
    mean_squared_error,
    one_hot,
    sigmoid,
    softmax,
)

FLOATS = [np.float32, np.float64]


def test_sigmoid_of_known_numbers() -> None:
    assert sigmoid(0.0) == 0.5
    np.testing.assert_allclose(sigmoid([1.0, -1.0]), [e / (1 + e), 1 / (1 + e)], rtol=1e-15)


@pytest.mark.parametrize("dtype", FLOATS)
def test_sigmoid_is_finite_and_silent_at_extremes(dtype: type) -> None:
    x: Array = np.array([-np.inf, -1000, -100, 0, 100, 1000, np.inf], dtype)
    with np.errstate(all="raise"):
        y = sigmoid(x)
    assert y.dtype == dtype
    assert y[0] == y[1] == 0
    assert y[-1] == y[-2] == 1
    assert np.all(np.diff(y) >= 0)


def test_sigmoid_keeps_its_digits_where_it_is_tiny() -> None:
    np.testing.assert_allclose(sigmoid(-40.0), np.exp(-40.0), rtol=1e-12)


def test_sigmoid_takes_integers_and_leaves_its_input_alone() -> None:
    x = np.array([[-1, 0, 1]])
    assert sigmoid(x).dtype == np.float64
    np.testing.assert_array_equal(x, [[-1, 0, 1]])


def test_softmax_of_known_numbers() -> None:
    y = softmax([[0.0, log(3.0)], [5.0, 5.0]])
    np.testing.assert_allclose(y, [[0.25, 0.75], [0.5, 0.5]], rtol=1e-15)


@pytest.mark.parametrize("function", [softmax, log_softmax])
def test_softmax_of_one_row_is_that_row_of_many(function: Callable[[ArrayLike], Array]) -> None:
    x = np.random.default_rng(0).normal(size=(4, 10))
    np.testing.assert_array_equal(function(x[2]), function(x)[2])


@pytest.mark.parametrize("dtype", FLOATS)
def test_softmax_is_finite_and_silent_at_extremes(dtype: type) -> None:
    x: Array = np.array([[-1000, 0, 1000], [1000, 1000, 1000], [-1000, -1000, -1000]], dtype)
    with np.errstate(all="raise"):
        y, log_y = softmax(x), log_softmax(x)
    assert y.dtype == log_y.dtype == dtype
    np.testing.assert_allclose(y, np.array([[0, 0, 1], 3 * [1 / 3], 3 * [1 / 3]]), rtol=1e-6)
    thirds = 3 * [-log(3)]
    np.testing.assert_allclose(log_y, np.array([[-2000, -1000, 0], thirds, thirds]), rtol=1e-6)


def test_softmax_returns_a_fresh_array() -> None:
    x = np.zeros((2, 3))
    for function in (softmax, log_softmax):
        y = function(x)
        assert not np.shares_memory(y, x)
        y += 1
    np.testing.assert_array_equal(x, np.zeros((2, 3)))


@pytest.mark.parametrize("t", [[0, 1], [[1, 0], [0, 1]], [[1.0, 0.0], [0.0, 1.0]]])
def test_losses_worked_by_hand(t: list[int] | list[list[float]]) -> None:
    y = [[0.5, 0.5], [0.8, 0.2]]
    # -(log 0.5 + log 0.2) / 2 rows
    assert cross_entropy_error(y, t) == pytest.approx(-(log(0.5) + log(0.2)) / 2, rel=1e-14)
    # (0.5² + 0.5² + 0.8² + 0.8²) / 4 numbers
    assert mean_squared_error(y, t) == pytest.approx((0.25 + 0.25 + 0.64 + 0.64) / 4, rel=1e-14)


def test_losses_of_a_single_row_take_a_single_label() -> None:
    assert cross_entropy_error([0.1, 0.9], 1) == pytest.approx(-log(0.9))
    assert mean_squared_error([0.1, 0.9], 1) == pytest.approx(0.01)


@pytest.mark.parametrize("dtype", FLOATS)
def test_cross_entropy_of_a_probability_of_zero_is_large_but_finite(dtype: type) -> None:
    y: Array = np.array([[0, 1]], dtype)
    with np.errstate(all="raise"):
        loss = cross_entropy_error(y, [0])
    assert 80 < loss < 800
    assert cross_entropy_error(y, [1]) == 0


def test_one_hot_puts_a_single_one_at_the_label() -> None:
    np.testing.assert_array_equal(one_hot([2, 0], 3), [[0, 0, 1], [1, 0, 0]])


@pytest.mark.parametrize("labels", [[3], [-1], [0.5]])
def test_one_hot_does_not_accept_labels_that_no_column_stands_for(labels: list[float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        one_hot(labels, 3)


@pytest.mark.parametrize("t", [[2, 0], [[0, 0, 1], [1, 0, 0]], np.array([2, 0], np.uint8)])
def test_labels_come_as_integers_or_one_hot(t: ArrayLike) -> None:
    np.testing.assert_array_equal(class_labels(t), [2, 0])


@pytest.mark.parametrize("t", [[0.5, 1], [[2], [0]], [[0, 0, 0]], [[1, 1, 0]], [[[1]]]])
def test_labels_of_neither_form_are_errors(t: ArrayLike) -> None:
    with pytest.raises(ValueError, match="expected"):
        class_labels(t)


def test_a_loss_says_which_shapes_it_expected() -> None:
    with pytest.raises(ValueError, match=r"expected targets of shape \(2, 3\).*got \(3,\)"):
        cross_entropy_error(np.full((2, 3), 1 / 3), [0, 1, 2])
