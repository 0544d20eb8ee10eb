from math import sqrt

import numpy as np
import pytest

from trainer.initializers import initial_weights


@pytest.mark.parametrize(
    ("name", "deviation"), [("random", 0.1), ("he", sqrt(2 / 400)), ("xavier", sqrt(1 / 400))]
)
def test_weights_are_normal_with_the_named_deviation(name: str, deviation: float) -> None:
    weights = initial_weights(name, 400, 300, np.random.default_rng(0))
    assert weights.shape == (400, 300)
    # The deviation of 120,000 draws strays by 1 / √(2 · 120,000) = 0.2 %: five of those.
    assert weights.std() == pytest.approx(deviation, rel=0.01)
    assert abs(weights.mean()) < 5 * deviation / sqrt(weights.size)


def test_same_seed_same_weights() -> None:
    first, second = (initial_weights("he", 5, 4, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_an_unknown_initializer_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected an initializer of random, he, xavier"):
        initial_weights("zeros", 2, 2, np.random.default_rng(0))
