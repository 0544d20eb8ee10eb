import numpy as np
import pytest

from app.units import excited, survey
from trainer.config import Config
from trainer.layers import Dense
from trainer.layers.sequential import Sequential


def network_of(hidden: tuple[int, ...], activation: str = "relu") -> Sequential:
    return Sequential.from_config(Config(hidden=hidden, activation=activation, initializer="he"))


def pictures(count: int = 1300) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 784), np.uint8)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_units_are_surveyed_over_all_pictures(activation: str) -> None:
    network, x = network_of((70, 5), activation), pictures()
    found = survey(network, x)
    y = np.asarray(x / 255, np.float32)
    for layer in network.layers[:2]:
        y = layer.apply(y)
    W = network.parameters()["W1"]
    assert found.layer == "Dense 1"
    np.testing.assert_allclose(found.norm, np.linalg.norm(W, axis=0), rtol=1e-5)
    np.testing.assert_allclose(found.mean, y.mean(axis=0), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.low, y.min(axis=0), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(found.high, y.max(axis=0), rtol=1e-3, atol=1e-5)
    assert found.strongest.shape == found.activations.shape == (70, 24)
    np.testing.assert_allclose(found.activations, -np.sort(-y, axis=0)[:24].T, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(found.counts.sum(axis=1), len(x))
    edges = np.linspace(found.low[3], found.high[3], 33)
    expected, _ = np.histogram(y[:, 3], edges)
    assert np.abs(found.counts[3] - expected).sum() < 0.02 * len(x)


def test_a_dead_unit_is_silent_for_every_picture() -> None:
    network = network_of((3,))
    network.parameters()["b1"][:] = [1000, -1000, 1000]
    found = survey(network, pictures(50))
    assert found.silent_share.tolist() == [0, 1, 0]
    assert found.low[1] == found.high[1] == found.mean[1] == 0
    assert found.counts[1].tolist() == [50] + [0] * 31


def test_similar_units_are_side_by_side() -> None:
    network = network_of((4,))
    (first,) = [layer for layer in network.layers[:1] if isinstance(layer, Dense)]
    first.W[:, 1] = 0
    first.W[:, 2] = 3 * first.W[:, 0]  # the largest norm, the direction of unit 0
    assert survey(network, pictures(10)).by_similarity.tolist()[:2] == [2, 0]


def test_without_a_hidden_layer_the_units_are_the_classes() -> None:
    found = survey(network_of(()), pictures(30))
    assert found.layer == "Dense 1"
    assert found.strongest.shape == (10, 24)
    assert not found.silent_share.any()


def test_few_pictures_are_all_among_the_strongest() -> None:
    assert survey(network_of((5,)), pictures(7)).strongest.shape == (5, 7)


def test_the_units_that_a_picture_excites_most_are_those_of_all_hidden_layers() -> None:
    network, x = network_of((6, 4)), pictures(1)
    y, expected = np.asarray(x / 255, np.float32), []
    for place, layer in enumerate(network.layers[:4]):
        y = layer.apply(y)
        if place % 2:  # behind an activation
            name = f"ReLU {place // 2 + 1}"
            expected += [(float(a), name, place, unit) for unit, a in enumerate(y[0])]
    expected.sort(key=lambda row: -row[0])
    found = [(row.activation, row.layer, row.place, row.unit) for row in excited(network, x)]
    assert [row[1:] for row in found] == [row[1:] for row in expected[:5]]
    assert [row[0] for row in found] == pytest.approx([row[0] for row in expected[:5]])
    assert excited(network_of(()), x) == []
