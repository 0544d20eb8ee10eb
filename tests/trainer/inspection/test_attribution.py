from itertools import pairwise

import numpy as np
import pytest

from tests.trainer.numerics import assert_gradient
from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.functions import Array
from trainer.inspection.attribution import PATCH, STEP, change, occlusion, saliency
from trainer.layers.sequential import Sequential
from trainer.state import State


@pytest.fixture(scope="module")
def network(training: Pictures) -> Sequential:
    config = Config(hidden=(20,), batch_size=20, learning_rate=0.5)
    state = State.begin(config)
    for _ in loop.train(state, training, **{**config.training_options(), "epochs": 20}):
        pass
    return state.network


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_saliency_is_the_gradient_of_a_score(activation: str, training: Pictures) -> None:
    config = Config(hidden=(6, 5), activation=activation, initializer="xavier")
    network = Sequential.from_config(config, dtype=np.float64)
    x = training.x[:1] / 255

    def score() -> float:
        y: Array = x
        for layer in network.layers[:-1]:
            y = layer.apply(y)
        return float(y[0, 3])

    scores, gradient = saliency(network, x, 3)
    assert scores[0, 3] == score()
    assert_gradient("saliency", gradient, score, x)


def test_occlusion_is_the_probability_of_the_covered_picture(
    network: Sequential, training: Pictures
) -> None:
    picture = training.x[0].reshape(28, 28)
    found = occlusion(network, picture, 4)
    assert found.shape == (25, 25)
    for row, column in ((0, 0), (24, 24), (7, 16)):
        covered = picture.copy()
        covered[row : row + PATCH, column : column + PATCH] = 0
        expected = network.predict(covered.reshape(1, -1))[0, 4]
        assert found[row, column] == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_a_picture_changes_step_by_step_into_another_class(
    network: Sequential, training: Pictures
) -> None:
    x = training.x[:1]
    before = x.copy()
    target = (int(training.t[0]) + 3) % 10
    states = list(change(network, x, target, 100))
    np.testing.assert_array_equal(x, before)
    np.testing.assert_allclose(states[0][1], x / 255, rtol=1e-6)
    assert 1 < len(states) < 101
    for step, _ in states[:-1]:
        assert step.probabilities.argmax() != target
    assert states[-1][0].probabilities.argmax() == target
    for (_, one), (_, next_one) in pairwise(states):
        assert 0 <= next_one.min() <= next_one.max() <= 1
        assert np.linalg.norm(next_one - one) < STEP * 1.001
    np.testing.assert_allclose(
        network.predict(states[-1][1]), states[-1][0].probabilities, rtol=1e-4
    )


def test_a_change_ends_after_the_largest_number_of_steps(
    network: Sequential, training: Pictures
) -> None:
    target = (int(training.t[0]) + 3) % 10
    assert len(list(change(network, training.x[:1], target, 1))) == 2
