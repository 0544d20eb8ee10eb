from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from math import isfinite

import numpy as np
import pytest

from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.events import Epoch, Step
from trainer.functions import one_hot
from trainer.loop import Diverged
from trainer.metrics import score
from trainer.state import State

CONFIG = Config(hidden=(6,), batch_size=30, epochs=3, train_limit=100)


def events(
    config: Config, training: Pictures, test: Pictures | None = None, state: State | None = None
) -> Iterator[Step | Epoch]:
    return loop.train(state or State.begin(config), training, test, **config.training_options())


def test_steps_and_epochs_count_from_1_and_each_epoch_ends_with_its_row(
    training: Pictures,
) -> None:
    seen = list(events(CONFIG, training))
    per_epoch = ["Step"] * 4 + ["Epoch"]  # ceil(100 / 30) iterations
    assert [type(event).__name__ for event in seen] == per_epoch * 3
    assert [event.step for event in seen if isinstance(event, Step)] == list(range(1, 13))
    rows = [event for event in seen if isinstance(event, Epoch)]
    assert [(row.epoch, row.step) for row in rows] == [(1, 4), (2, 8), (3, 12)]


def test_an_epochs_row_is_measured_with_the_weights_at_its_end(
    training: Pictures, unseen: Pictures
) -> None:
    state = State.begin(CONFIG)
    for event in events(CONFIG, training, unseen, state):
        if isinstance(event, Epoch):
            trained = score(state.network, training.x, one_hot(training.t, 10))
            tested = score(state.network, unseen.x, one_hot(unseen.t, 10))
            assert (event.train_accuracy, event.train_loss) == (trained.accuracy, trained.loss)
            assert (event.test_accuracy, event.test_loss) == (tested.accuracy, tested.loss)
            assert event.seconds > 0
            assert event.predictions is not None
            predicted = state.network.predict(unseen.x).argmax(axis=1)
            np.testing.assert_array_equal(event.predictions.predicted, predicted)


def test_without_a_test_set_its_numbers_are_none(training: Pictures) -> None:
    row = next(event for event in events(CONFIG, training) if isinstance(event, Epoch))
    assert (row.test_accuracy, row.test_loss, row.predictions) == (None, None, None)


def test_a_validation_set_is_measured_too_and_changes_nothing_else(
    training: Pictures, unseen: Pictures
) -> None:
    plain, validated = State.begin(CONFIG), State.begin(CONFIG)
    options = CONFIG.training_options()
    for _ in loop.train(plain, training, **options):
        pass
    rows = [e for e in loop.train(validated, training, None, unseen, **options)
            if isinstance(e, Epoch)]  # fmt: skip
    found = score(validated.network, unseen.x, one_hot(unseen.t, 10))
    last = rows[-1]
    assert (last.validation_accuracy, last.validation_loss) == (found.accuracy, found.loss)
    for name, weights in plain.network.parameters().items():
        assert validated.network.parameters()[name].tobytes() == weights.tobytes()


def test_the_loss_is_that_of_the_batch_before_the_update(training: Pictures) -> None:
    config = Config(hidden=(), batch_size=100, sampling="shuffle", train_limit=100)
    network = State.begin(config).network
    step = next(events(config, training))
    assert isinstance(step, Step)
    # A shuffled batch of all pictures holds the whole set, whatever the order.
    assert step.loss == pytest.approx(score(network, training.x, one_hot(training.t, 10)).loss)


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        Config(hidden=(8,), batch_size=20, epochs=5, train_limit=100, optimizer="momentum",
               learning_rate=0.02, loss="mean_squared_error", activation="sigmoid"),
        Config(hidden=(8, 8), batch_size=20, epochs=5, train_limit=100, optimizer="adam",
               learning_rate=0.01, schedule="cosine", sampling="shuffle", initializer="he"),
    ],
    ids=["defaults", "momentum", "adam"],
)  # fmt: skip
def test_training_brings_the_loss_down(config: Config, training: Pictures) -> None:
    rows = [event for event in events(config, training) if isinstance(event, Epoch)]
    losses = [row.train_loss for row in rows]
    assert losses[-1] < losses[0]


def test_same_seed_same_bytes(training: Pictures) -> None:
    config = Config(hidden=(6,), batch_size=30, epochs=2, train_limit=100, augment=True)
    states = [State.begin(config) for _ in range(2)]
    losses = [[event.step for event in events(config, training, None, state)] for state in states]
    assert losses[0] == losses[1]
    for name, parameter in states[0].network.parameters().items():
        assert parameter.tobytes() == states[1].network.parameters()[name].tobytes()


@pytest.mark.parametrize(
    ("config", "weights", "loss"),
    [
        (Config(hidden=(6,), batch_size=30, epochs=2, train_limit=100),
         "10d19fb4e176c8d3", 2.25384521484375),
        (Config(hidden=(9, 7), activation="sigmoid", initializer="xavier", seed=3, batch_size=30,
                loss="mean_squared_error", optimizer="adam", epochs=2, train_limit=100),
         "4125278941b3b43b", 0.08840715140104294),
    ],
)  # fmt: skip
def test_a_config_begins_and_trains_as_it_did_in_earlier_versions(
    config: Config, weights: str, loss: float, training: Pictures
) -> None:
    state = State.begin(config)
    digest = sha256(b"".join(p.tobytes() for p in state.network.parameters().values()))
    assert digest.hexdigest()[:16] == weights
    losses = [e.loss for e in events(config, training, None, state) if isinstance(e, Step)]
    # The sums of matrix products round differently on other machines.
    assert losses[-1] == pytest.approx(loss, rel=1e-4)


def test_another_seed_other_weights(training: Pictures) -> None:
    first, second = (
        [event.loss for event in events(Config(hidden=(), seed=seed, batch_size=30, epochs=1,
                                               train_limit=100), training)
         if isinstance(event, Step)]
        for seed in (0, 1)
    )  # fmt: skip
    assert first != second


def test_cosine_takes_its_last_steps_with_almost_no_rate(training: Pictures) -> None:
    config = Config(hidden=(), batch_size=10, epochs=2, train_limit=100, schedule="cosine")
    state = State.begin(config)
    moved, before = [], state.network.parameters()["W1"].copy()
    for event in events(config, training, None, state):
        if isinstance(event, Step):
            moved.append(float(np.abs(state.network.parameters()["W1"] - before).max()))
            before = state.network.parameters()["W1"].copy()
    # The last of 20 steps is taken at (1 + cos(0.95 π)) / 2 = 0.6 % of the rate.
    assert moved[-1] < 0.02 * moved[0]


def test_divergence_is_a_last_step_that_is_not_finite_and_then_an_error(
    training: Pictures,
) -> None:
    config = Config(hidden=(128,) * 4, learning_rate=10, batch_size=30, train_limit=100)
    state = State.begin(config)
    seen: list[Step | Epoch] = []
    with pytest.raises(Diverged) as diverged:
        seen.extend(events(config, training, None, state))
    losses = [event.loss for event in seen if isinstance(event, Step)]
    assert all(map(isfinite, losses[:-1]))
    assert not isfinite(losses[-1])
    assert diverged.value.step == state.step == len(losses)


def test_a_dead_but_finite_loss_is_no_failure(training: Pictures) -> None:
    config = Config(hidden=(50,), learning_rate=10, batch_size=30, epochs=5, train_limit=100)
    assert all(isfinite(e.loss) for e in events(config, training) if isinstance(e, Step))


def test_a_caller_that_leaves_gives_the_layers_their_fresh_arrays_back(
    training: Pictures,
) -> None:
    state = State.begin(CONFIG)
    running = events(CONFIG, training, None, state)
    list(islice(running, 3))
    assert isinstance(running, Iterator)
    running.close()  # type: ignore[attr-defined]
    assert not any(layer.keep_buffers for layer in state.network.layers)


def test_a_float64_network_trains_in_float64_on_toys_of_any_width() -> None:
    from trainer.network import Network
    from trainer.optimizers import Adam

    network = Network.from_config(Config(hidden=(4,)), input_size=3, classes=2, dtype=np.float64)
    state = State(network, Adam(list(network.parameters().values())))
    data = Pictures(np.eye(3), np.array([0, 1, 1]))
    steps = list(loop.train(state, data, epochs=2, batch_size=8, learning_rate=0.01))
    assert len(steps) == 4
    assert network.predict(data.x).shape == (3, 2)
