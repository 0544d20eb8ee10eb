import numpy as np
import pytest

from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.functions import Array
from trainer.inspection.trace import Trace, take_steps, trace
from trainer.layers import Dense, Relu, SoftmaxWithLoss, names
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS
from trainer.state import State

CONFIGS = {
    "default": Config(),
    "no hidden layer": Config(hidden=()),
    "deep": Config(hidden=(20, 15, 12), initializer="he", loss="mean_squared_error"),
    "sigmoid": Config(hidden=(20, 15), activation="sigmoid", initializer="xavier"),
}


def softmax_of(scores: Array) -> Array:
    return np.asarray(np.exp(scores) / np.exp(scores).sum())


def network_by_hand() -> Sequential:
    """3 inputs, 2 units, 2 classes, with numbers small enough for paper."""
    network = Sequential()
    for layer in (
        Dense(3, 2, dtype=np.float64),
        Relu(),
        Dense(2, 2, dtype=np.float64),
        SoftmaxWithLoss(),
    ):
        network.add(layer)
    parameters = network.parameters()
    parameters["W1"][...] = [[1, -1], [2, 0], [0, 3]]
    parameters["b1"][...] = [0, -2]
    parameters["W2"][...] = [[1, 0], [5, 5]]
    parameters["b2"][...] = [-1, 2]
    return network


def test_a_network_of_3_2_2_units_worked_by_hand() -> None:
    found = trace(network_by_hand(), np.array([[1.0, 0.5, 0.0]]), [1])
    first, relu, second, last = found.layers
    assert [layer.name for layer in found.layers] == [
        "Dense 1",
        "ReLU 1",
        "Dense 2",
        "Softmax with loss",
    ]
    # 1·1 + 0.5·2 + 0·0 + 0 = 2; 1·(−1) + 0.5·0 + 0·3 − 2 = −3
    np.testing.assert_array_equal(first.output, [[2, -3]])
    np.testing.assert_array_equal(relu.output, [[2, 0]])
    # 2·1 + 0·5 − 1 = 1; 2·0 + 0·5 + 2 = 2
    np.testing.assert_array_equal(second.output, [[1, 2]])
    y = softmax_of(np.array([1.0, 2.0]))
    np.testing.assert_allclose(found.probabilities[0], y, rtol=1e-15)
    assert found.loss == pytest.approx(-np.log(y[1]), rel=1e-14)
    # −1 / y of the label
    np.testing.assert_allclose(last.d_output, [[0, -1 / y[1]]], rtol=1e-14)
    # y − t
    d = y - [0, 1]
    np.testing.assert_allclose(last.d_input, [d], rtol=1e-14)
    np.testing.assert_allclose(second.d_input, [[d[0], 5 * d[0] + 5 * d[1]]], atol=1e-15)
    # The second unit was silent: nothing goes back through it.
    np.testing.assert_allclose(relu.d_input, [[d[0], 0]], rtol=1e-14)
    np.testing.assert_allclose(first.d_input, [[d[0], 2 * d[0], 0]], rtol=1e-14)
    gradients = found.gradients()
    np.testing.assert_allclose(second.d_input[0], d @ np.array([[1, 5], [0, 5]]), atol=1e-15)
    np.testing.assert_allclose(gradients["b2"], d, rtol=1e-14)
    np.testing.assert_allclose(gradients["W1"], [[d[0], 0], [d[0] / 2, 0], [0, 0]], rtol=1e-14)
    np.testing.assert_allclose(gradients["b1"], [d[0], 0], rtol=1e-14)


def traced(config: Config, pictures: Pictures, n: int = 1) -> tuple[Sequential, Trace]:
    network = Sequential.from_config(config)
    return network, trace(network, pictures.x[:n], pictures.t[:n])


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("n", [1, 5])
def test_the_arrays_are_those_of_the_training(config: Config, n: int, training: Pictures) -> None:
    network, found = traced(config, training, n)
    np.testing.assert_array_equal(network.forward_pass(training.x[:n]), found.probabilities)
    assert network.loss(training.t[:n]) == found.loss
    network.backward()
    gradients = found.gradients()
    assert gradients.keys() == network.parameters().keys()
    for name, gradient in network.gradients().items():
        np.testing.assert_array_equal(gradients[name], gradient)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_each_layer_begins_where_the_one_before_ends(config: Config, training: Pictures) -> None:
    _, found = traced(config, training, 3)
    np.testing.assert_allclose(found.layers[0].input, training.x[:3] / 255, rtol=1e-6)
    for before, after in zip(found.layers, found.layers[1:], strict=False):
        assert before.output is after.input
        assert before.d_output is after.d_input
    for layer in found.layers:
        assert layer.d_output.shape == layer.output.shape
        assert layer.d_input.shape == layer.input.shape


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_the_gradient_of_the_probabilities_leads_through_the_softmax(
    loss: str, training: Pictures
) -> None:
    network = Sequential.from_config(Config(loss=loss), dtype=np.float64)
    last = trace(network, training.x[:1], training.t[:1]).layers[-1]
    y = last.output[0]
    jacobian = np.diag(y) - np.outer(y, y)
    np.testing.assert_allclose(last.d_output @ jacobian, last.d_input, rtol=1e-9)


def test_a_trace_changes_nothing_in_the_network(training: Pictures) -> None:
    network = Sequential.from_config(Config())
    network.forward_pass(training.x[:8])
    network.loss(training.t[:8])
    before = {name: array.tobytes() for name, array in network.parameters().items()}
    found = trace(network, training.x[50:51], training.t[50:51])
    assert all(array.tobytes() == before[k] for k, array in network.parameters().items())
    network.backward()  # of the eight pictures still
    assert not np.array_equal(network.gradients()["b2"], found.gradients()["b2"])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_are_those_of_the_training_loop(optimizer: str, training: Pictures) -> None:
    config = Config(optimizer=optimizer, learning_rate=0.01)
    one = Pictures(training.x[:1], training.t[:1])
    state = State.begin(config)
    options = {**config.training_options(), "epochs": 5, "batch_size": 1}
    losses = [e.loss for e in loop.train(state, one, **options) if hasattr(e, "loss")]

    network = Sequential.from_config(config).copied(np.float32)
    rule = OPTIMIZERS[optimizer](list(network.parameters().values()))
    steps = list(take_steps(network, rule, one.x, one.t, 0.01, 5))
    assert [step.loss for step in steps[:5]] == losses
    assert len(steps) == 6
    for name, parameter in state.network.parameters().items():
        np.testing.assert_array_equal(network.parameters()[name], parameter)
    np.testing.assert_allclose(steps[-1].probabilities, network.predict(one.x), rtol=1e-5)


def test_steps_on_a_copy_leave_the_network_as_it_was(training: Pictures) -> None:
    network = Sequential.from_config(Config())
    before = {name: array.tobytes() for name, array in network.parameters().items()}
    copy = network.copied(np.float32)
    rule = OPTIMIZERS["sgd"](list(copy.parameters().values()))
    assert len(list(take_steps(copy, rule, training.x[:1], training.t[:1], 0.1, 2))) == 3
    assert all(array.tobytes() == before[k] for k, array in network.parameters().items())
    assert not np.array_equal(copy.parameters()["W2"], network.parameters()["W2"])


def test_weights_stay_after_a_loss_that_is_not_finite(training: Pictures) -> None:
    network = Sequential.from_config(Config()).copied(np.float32)
    network.parameters()["b2"][0] = np.nan
    rule = OPTIMIZERS["sgd"](list(network.parameters().values()))
    before = network.parameters()["W1"].copy()
    steps = list(take_steps(network, rule, training.x[:1], training.t[:1], 0.1, 3))
    assert len(steps) == 4
    assert not np.isfinite([step.loss for step in steps]).any()
    np.testing.assert_array_equal(network.parameters()["W1"], before)


def test_layers_are_numbered_by_their_kind() -> None:
    specs = Config(hidden=(3, 4), activation="sigmoid").layers(10)
    assert names(specs) == [
        "Dense 1",
        "Sigmoid 1",
        "Dense 2",
        "Sigmoid 2",
        "Dense 3",
        "Softmax with loss",
    ]
