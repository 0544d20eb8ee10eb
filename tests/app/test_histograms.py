import numpy as np
import pytest

from app.histograms import BINS, SAMPLE, histograms
from trainer.config import Config
from trainer.layers.sequential import Sequential


def test_every_weight_and_activation_is_counted() -> None:
    network = Sequential.from_config(Config(hidden=(30, 20)))
    x = np.random.default_rng(0).integers(0, 256, (SAMPLE + 10, 784), np.uint8)
    weights, activations = histograms(network, x)
    assert [found.layer for found in weights] == ["Dense 1", "Dense 2", "Dense 3"]
    assert [found.layer for found in activations] == ["ReLU 1", "ReLU 2"]
    for number, found in enumerate(weights, start=1):
        W = network.parameters()[f"W{number}"]
        expected, _ = np.histogram(W, BINS, (-found.limit, found.limit))
        np.testing.assert_array_equal(found.counts, expected)
        assert found.counts.sum() == W.size
        assert found.limit / 2 <= np.abs(W).max() < found.limit
    assert [found.counts.sum() for found in activations] == [30 * SAMPLE, 20 * SAMPLE]
    assert activations[0].counts[: BINS // 2].sum() == 0


@pytest.mark.parametrize(("weight", "limit"), [(0.0, 1.0), (0.3, 0.5), (0.5, 1.0), (3.0, 4.0)])
def test_the_limit_is_the_next_power_of_two(weight: float, limit: float) -> None:
    network = Sequential.from_config(Config(hidden=()))
    network.parameters()["W1"][...] = 0
    network.parameters()["W1"][5, 5] = weight
    assert histograms(network, np.zeros((1, 784), np.uint8))[0][0].limit == limit


def test_numbers_that_are_not_finite_are_left_out() -> None:
    network = Sequential.from_config(Config(hidden=(3,)))
    network.parameters()["W1"][0, 0] = np.inf
    weights, _ = histograms(network, np.zeros((1, 784), np.uint8))
    assert weights[0].counts.sum() == 784 * 3 - 1
