from collections import Counter

import numpy as np
import pytest

from tests.trainer.numerics import numerical_gradient as plain_central_differences
from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.functions import Array
from trainer.inspection.gradient_check import TOLERANCE, check, numerical_gradient, random_places
from trainer.layers import Dense, Relu, SoftmaxWithLoss
from trainer.layers.sequential import Sequential
from trainer.state import State

CONFIGS = [
    Config(hidden=hidden, activation=activation, loss=loss, initializer="xavier", batch_size=10)
    for hidden in ((), (12,), (20, 15, 10))
    for activation in ("relu", "sigmoid")
    for loss in ("cross_entropy", "mean_squared_error")
]


def trained(config: Config, training: Pictures) -> Sequential:
    state = State.begin(config)
    for _ in loop.train(state, training, **{**config.training_options(), "epochs": 2}):
        pass
    return state.network


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.hidden}-{c.activation}-{c.loss}")
def test_gradients_of_a_trained_network_agree_with_central_differences(
    config: Config, training: Pictures
) -> None:
    network = trained(config, training)
    for picture in range(5):
        places = random_places(network.parameters(), 60, np.random.default_rng(picture))
        one = slice(picture, picture + 1)
        rows = check(network, training.x[one], training.t[one], places)
        assert max(row.relative_difference for row in rows) < TOLERANCE


@pytest.mark.parametrize("weight", [-4.0, -7.0])
def test_small_gradients_of_a_confident_network_agree(weight: float) -> None:
    network = Sequential()
    network.add(Dense(1, 2, dtype=np.float64, W=np.array([[0.0, weight]])))
    network.add(SoftmaxWithLoss())
    rows = check(network, [[2.575]], [0], {"W1": [0, 1]})
    assert 1e-8 < abs(rows[0].analytic) < 1e-4
    assert max(row.relative_difference for row in rows) < TOLERANCE


def test_small_gradients_agree_where_the_loss_is_large() -> None:
    network = Sequential()
    network.add(Dense(1, 3, dtype=np.float64, W=np.array([[0.0, 40.0, 22.0]])))
    network.add(SoftmaxWithLoss())
    rows = check(network, [[1.0]], [0], {"W1": [2], "b1": [2]})
    assert all(1e-9 < abs(row.analytic) < 1e-7 for row in rows)
    assert max(row.relative_difference for row in rows) < TOLERANCE


def test_both_numbers_are_the_gradient_of_the_mean_loss(training: Pictures) -> None:
    network = Sequential.from_config(Config(hidden=(4,), activation="sigmoid"), dtype=np.float64)
    x, t = training.x[:3], training.t[:3]

    def loss() -> float:
        network.forward_pass(x)
        return network.loss(t)

    expected = plain_central_differences(loss, network.parameters()["W2"]).reshape(-1)
    indices = list(range(40))
    found = numerical_gradient(network, x, t, "W2", indices)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-10)
    rows = check(network, x, t, {"W2": indices})
    assert [row.index for row in rows] == indices
    np.testing.assert_allclose([row.analytic for row in rows], expected, rtol=1e-5, atol=1e-10)
    np.testing.assert_array_equal([row.numerical for row in rows], found)


def test_a_gradient_of_zero_is_zero_both_ways(training: Pictures) -> None:
    network = Sequential.from_config(Config(hidden=(30, 30), initializer="he"))
    network.parameters()["b1"][:] = -1000  # no unit of the first layer ever reacts
    rows = check(network, training.x[:1], training.t[:1], {"W1": range(200), "W2": range(100)})
    assert all(row.analytic == row.numerical == row.relative_difference == 0 for row in rows)


class FaultyDense(Dense):
    """Forgets the second half of the biases' gradient."""

    def parameter_gradients(self, dy: Array) -> None:
        super().parameter_gradients(dy)
        self.db[len(self.db) // 2 :] = 0


class FaultyRelu(Relu):
    """Lets the gradient of silent units through."""

    def backward(self, dy: Array) -> Array:
        super().backward(dy)
        return dy.copy()


def test_a_fault_in_a_layer_is_exposed(training: Pictures) -> None:
    network = Sequential.from_config(Config(hidden=(20,)))
    for place, faulty in ((0, FaultyDense(784, 20)), (1, FaultyRelu())):
        broken = Sequential()
        for layer in network.layers:
            broken.add(layer)
        for name, parameter in network.layers[place].parameters().items():
            setattr(faulty, name, parameter)
        broken.layers[place] = faulty
        rows = check(broken, training.x[:1], training.t[:1], {"b1": range(20), "b2": range(10)})
        differences = {(row.parameter, row.index): row.relative_difference for row in rows}
        assert max(v for (name, _), v in differences.items() if name == "b2") < 1e-6
        assert max(v for (name, _), v in differences.items() if name == "b1") > 0.1


def test_the_check_changes_nothing_in_the_network(training: Pictures) -> None:
    network = Sequential.from_config(Config(), dtype=np.float64)
    before = {name: array.tobytes() for name, array in network.parameters().items()}
    check(network, training.x[:1], training.t[:1], {"W1": [300], "b2": [1]})
    numerical_gradient(network, training.x[:1], training.t[:1], "W2", [3])
    assert all(array.tobytes() == before[k] for k, array in network.parameters().items())


def test_an_unknown_parameter_is_an_error(training: Pictures) -> None:
    with pytest.raises(KeyError):
        numerical_gradient(
            Sequential.from_config(Config()), training.x[:1], training.t[:1], "W9", [0]
        )


def test_random_places_spread_over_all_parameters_without_repetition() -> None:
    parameters = Sequential.from_config(Config()).parameters()
    for count, expected in (
        (2, {"W1": 1, "b1": 1}),
        (20, {"W1": 5, "b1": 5, "W2": 5, "b2": 5}),
        (200, {"W1": 70, "b1": 50, "W2": 70, "b2": 10}),
    ):
        places = random_places(parameters, count, np.random.default_rng(3))
        assert {name: len(indices) for name, indices in places.items()} == expected
        for name, indices in places.items():
            assert max(Counter(indices).values()) == 1
            assert 0 <= min(indices) <= max(indices) < parameters[name].size
        assert places == random_places(parameters, count, np.random.default_rng(3))
    few = {"b2": parameters["b2"]}
    assert len(random_places(few, 200, np.random.default_rng(0))["b2"]) == 10
