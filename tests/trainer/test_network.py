import numpy as np
import pytest

from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.functions import Array, one_hot
from trainer.layers import Dense, Relu, Sigmoid, SoftmaxWithLoss
from trainer.loop import Diverged
from trainer.network import Network


def network(hidden: int = 8, inputs: int = 784) -> Network:
    rng = np.random.default_rng(0)
    built = Network()
    built.add(Dense(inputs, hidden, rng=rng))
    built.add(Relu())
    built.add(Dense(hidden, 10, rng=rng))
    built.add(SoftmaxWithLoss())
    return built


def test_ten_lines_learn_a_toy_problem() -> None:
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    exclusive_or = [0, 1, 1, 0]
    rng = np.random.default_rng(0)
    toy = Network()
    toy.add(Dense(2, 8, "he", rng))
    toy.add(Relu())
    toy.add(Dense(8, 2, "he", rng))
    toy.add(SoftmaxWithLoss())
    toy.train(x, exclusive_or, epochs=200, learning_rate=0.5, seed=0)
    assert toy.accuracy(x, exclusive_or) == 1


@pytest.mark.parametrize("labels", ["integers", "one-hot"])
def test_a_script_written_the_references_way_runs(
    labels: str, training: Pictures, unseen: Pictures, capsys: pytest.CaptureFixture[str]
) -> None:
    x_train, x_test = training.x / 255, unseen.x / 255
    t_train, t_test = training.t, unseen.t
    if labels == "one-hot":
        t_train, t_test = np.eye(10)[t_train], np.eye(10)[t_test]  # type: ignore[assignment]
    kept = x_train.copy(), t_train.copy()

    network = Network()
    network.add(Dense(784, 50))
    network.add(Relu())
    network.add(Dense(50, 10))
    network.add(SoftmaxWithLoss())
    errors = network.train(x_train, t_train)
    network.evaluate(x_test, t_test)
    error_figure = network.plot_error(errors)
    failures_figure = network.show_failures(x_test, t_test)

    assert len(errors) == 20  # 20 epochs of one batch: 100 pictures are fewer than 128
    assert errors[-1] < errors[0]
    np.testing.assert_array_equal(x_train, kept[0])
    np.testing.assert_array_equal(t_train, kept[1])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Epoch 1/20"
    assert lines[1].startswith("Train accuracy=0.")
    assert lines[-3] == "Epoch 20/20"
    assert lines[-1].startswith("Test accuracy=")
    assert error_figure.data[0].y == tuple(errors)
    assert failures_figure is not None


def test_same_seed_same_losses(training: Pictures) -> None:
    first, second, other = (
        network().train(training.x, training.t, epochs=2, batch_size=16, seed=seed)
        for seed in (3, 3, 4)
    )
    assert first == second
    assert first != other


def test_training_unseeded_draws_anew_each_time(training: Pictures) -> None:
    first, second = (network().train(training.x, training.t, epochs=1) for _ in range(2))
    assert first != second


def test_bytes_and_numbers_in_0_to_1_are_the_same_pictures(training: Pictures) -> None:
    as_bytes = network().train(training.x, training.t, epochs=2, seed=0)
    as_numbers = network().train(training.x / 255, training.t, epochs=2, seed=0)
    assert as_bytes == pytest.approx(as_numbers, rel=1e-5)


def test_forward_loss_and_backward_pass_bring_the_loss_down(training: Pictures) -> None:
    trained = network()
    trained.forward_pass(training.x)
    before = trained.loss(training.t)
    trained.backward_pass(0.1)
    trained.forward_pass(training.x)
    assert trained.loss(training.t) < before


def test_backward_pass_is_one_plain_gradient_step_worked_by_hand() -> None:
    tiny = Network()
    tiny.add(Dense(1, 2, dtype=np.float64))
    tiny.add(SoftmaxWithLoss())
    weights = tiny.parameters()
    weights["W1"][...] = [[np.log(3), 0]]
    y = tiny.forward_pass([[1.0]])
    np.testing.assert_allclose(y, [[0.75, 0.25]])  # e^log 3 : e^0 = 3 : 1
    assert tiny.loss([1]) == pytest.approx(np.log(4))  # -log 0.25
    tiny.backward_pass(0.2)
    # dy = y - t = [0.75 -0.75]; dW = xᵀ dy with x = 1; W - 0.2 dW
    np.testing.assert_allclose(weights["W1"], [[np.log(3) - 0.15, 0.15]])
    np.testing.assert_allclose(weights["b1"], [-0.15, 0.15])


def test_predict_is_a_fresh_array_and_disturbs_nothing_that_training_needs(
    training: Pictures, unseen: Pictures
) -> None:
    first, second = network(), network()
    for trained in (first, second):
        trained.forward_pass(training.x)
        trained.loss(training.t)
    responses = second.predict(unseen.x)
    assert not np.shares_memory(responses, second.predict(unseen.x))
    responses[...] = 0
    for trained in (first, second):
        trained.backward_pass(0.1)
    for name, parameter in first.parameters().items():
        np.testing.assert_array_equal(parameter, second.parameters()[name])


def test_predict_gives_probabilities_and_their_logarithms(unseen: Pictures) -> None:
    built = network()
    y = built.predict(unseen.x)
    assert y.shape == (40, 10)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.exp(built.log_probabilities(unseen.x)), y, rtol=1e-5)
    np.testing.assert_allclose(built.forward_pass(unseen.x), y, rtol=1e-5)


def test_more_pictures_than_a_block_are_predicted_like_single_ones() -> None:
    x = np.random.default_rng(0).random((2005, 6))
    built = network(inputs=6)
    y = built.predict(x)
    for i in (0, 999, 1000, 2004):
        np.testing.assert_allclose(y[i], built.predict(x[i : i + 1])[0], rtol=1e-5)


def test_a_picture_must_come_as_a_row() -> None:
    with pytest.raises(ValueError, match=r"expected pictures of shape \(N, D\); got \(784,\)"):
        network().predict(np.zeros(784))


def test_accuracy_wants_a_label_for_each_picture() -> None:
    with pytest.raises(ValueError, match="expected a label for each picture; got 1 for 7"):
        Network.from_config(Config()).accuracy(np.zeros((7, 784)), [3])


def test_accuracy_is_the_share_of_right_predictions(unseen: Pictures) -> None:
    built = network()
    right = built.predict(unseen.x).argmax(axis=1) == unseen.t
    assert built.accuracy(unseen.x, unseen.t) == right.mean()
    assert built.accuracy(unseen.x, one_hot(unseen.t, 10)) == right.mean()


def test_a_network_without_a_last_layer_says_so() -> None:
    unfinished = Network()
    with pytest.raises(RuntimeError, match="expected SoftmaxWithLoss as the last layer; got None"):
        unfinished.predict([[1.0]])
    unfinished.add(SoftmaxWithLoss())
    with pytest.raises(RuntimeError, match="expected a layer with parameters"):
        unfinished.predict([[1.0]])


def test_a_config_says_what_the_layers_are() -> None:
    config = Config(hidden=(7, 5), activation="sigmoid", initializer="xavier", seed=9)
    built = Network.from_config(config)
    assert [type(layer) for layer in built.layers] == [
        Dense, Sigmoid, Dense, Sigmoid, Dense, SoftmaxWithLoss,
    ]  # fmt: skip
    shapes = {name: array.shape for name, array in built.parameters().items()}
    assert shapes == {
        "W1": (784, 7), "b1": (7,), "W2": (7, 5), "b2": (5,), "W3": (5, 10), "b3": (10,),
    }  # fmt: skip
    again = Network.from_config(config)
    np.testing.assert_array_equal(built.parameters()["W2"], again.parameters()["W2"])


def test_no_hidden_layer_is_a_network_too(training: Pictures) -> None:
    linear = Network.from_config(Config(hidden=()))
    losses = linear.train(training.x, training.t, epochs=20, seed=0)
    assert losses[-1] < losses[0] / 2


def test_a_float64_network_computes_in_float64(training: Pictures) -> None:
    double = Network.from_config(Config(hidden=(4,)), dtype=np.float64)
    double.train(training.x, training.t, epochs=1, seed=0)
    assert {array.dtype for array in double.parameters().values()} == {np.dtype(np.float64)}
    assert double.predict(training.x).dtype == np.float64


@pytest.mark.parametrize(
    "option", [{"optimizer": "lbfgs"}, {"schedule": "steps"}, {"sampling": "sorted"}]
)
def test_an_unknown_option_is_an_error(option: dict[str, str], training: Pictures) -> None:
    with pytest.raises(ValueError, match=r"expected an? "):
        network().train(training.x, training.t, **option)  # type: ignore[arg-type]


def test_a_learning_rate_far_too_high_says_what_to_try(training: Pictures) -> None:
    deep = Network.from_config(Config(hidden=(128, 128, 128, 128)))
    with pytest.raises(Diverged, match=r"rate 10 is too high for this network; try 0\.1\."):
        deep.train(training.x, training.t, learning_rate=10, seed=0)


def test_labels_beyond_the_networks_classes_are_errors() -> None:
    x: Array = np.zeros((3, 784))
    with pytest.raises(ValueError, match="expected labels from 0 to 9; got 0 to 10"):
        network().train(x, [0, 10, 1])
