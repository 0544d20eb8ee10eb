from contextlib import suppress

import numpy as np
import pytest

from trainer import loop
from trainer.config import Config
from trainer.datasets.pictures import Pictures
from trainer.events import Statistics, Step
from trainer.state import State
from trainer.statistics import Meter, is_due, layer_names


def rows(config: Config, training: Pictures, state: State | None = None) -> list[Statistics]:
    events = loop.train(state or State.begin(config), training, **config.training_options())
    return [e.statistics for e in events if isinstance(e, Step) and e.statistics]


def test_the_first_twenty_steps_and_ten_of_each_epoch_are_due() -> None:
    per_epoch = 469
    steps = range(1, 2 * per_epoch + 1)
    due = [s for s in steps if is_due(s, (s - 1) % per_epoch + 1, per_epoch)]
    assert due[:20] == list(range(1, 21))
    assert len([s for s in due if s > per_epoch]) == 10
    assert {per_epoch, 2 * per_epoch} < set(due)  # each epoch's last step


def test_each_step_of_an_epoch_of_less_than_ten_is_due() -> None:
    assert all(is_due(100 + batch, batch, 7) for batch in range(1, 8))


def test_layers_with_weights_are_named_in_order() -> None:
    assert layer_names(Config(hidden=(7, 5))) == ["Dense 1", "Dense 2", "Dense 3"]
    assert layer_names(Config(hidden=())) == ["Dense 1"]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_norms_are_those_of_the_weights_and_of_their_change(
    optimizer: str, training: Pictures
) -> None:
    config = Config(
        hidden=(6,), batch_size=50, epochs=1, train_limit=100, optimizer=optimizer,
        learning_rate=0.01, schedule="cosine",
    )  # fmt: skip
    state = State.begin(config)
    before = {name: p.copy() for name, p in state.network.parameters().items()}
    events = loop.train(state, training, **config.training_options())
    first = next(events)
    assert isinstance(first, Step)
    row = first.statistics
    assert row is not None
    after = state.network.parameters()
    for i, name in enumerate(("W1", "W2")):
        norm, change = np.linalg.norm(after[name]), np.linalg.norm(after[name] - before[name])
        assert row.weight_norm[i] == pytest.approx(norm, rel=1e-5)
        assert row.update_norm[i] == pytest.approx(change, rel=1e-5)
        assert row.update_ratio[i] == pytest.approx(change / norm, rel=1e-5)
        gradient = np.linalg.norm(state.network.gradients()[name])
        assert row.gradient_norm[i] == pytest.approx(gradient, rel=1e-5)
    assert row.learning_rate == 0.01
    events.close()  # type: ignore[attr-defined]


def test_the_learning_rate_is_that_of_the_schedule(training: Pictures) -> None:
    config = Config(hidden=(6,), batch_size=50, epochs=2, train_limit=100, schedule="cosine")
    found = [row.learning_rate for row in rows(config, training)]
    expected = [0.1 * (1 + np.cos(np.pi * step / 4)) / 2 for step in range(4)]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("activation", "biases", "share"),
    [
        ("relu", [-1e3, -1e3, 1e3, 1e3], 0.5),
        ("relu", [1e3, 1e3, 1e3, 1e3], 0.0),
        ("sigmoid", [-1e3, 1e3, 1e3, 0.0], 0.75),
    ],
)
def test_units_without_reaction_to_any_picture_are_silent(
    activation: str, biases: list[float], share: float, training: Pictures
) -> None:
    state = State.begin(Config(hidden=(4, 3), activation=activation, initializer="xavier"))
    state.network.parameters()["b1"][...] = biases
    meter = Meter(state.network, training.x)
    state.network.forward_pass(training.x)
    state.network.loss(training.t)
    state.network.backward()
    meter.before_update()
    silent = meter.after_update(1, 0.1).silent_share
    assert silent[0] == share
    assert silent[2] is None


def test_a_unit_that_reacts_to_the_last_picture_of_the_sample_only_is_not_silent() -> None:
    x = np.zeros((512, 784), np.float32)
    x[-1] = 1
    state = State.begin(Config(hidden=(2,)))
    state.network.parameters()["W1"][...] = [1, -1]
    state.network.forward_pass(x)
    state.network.loss(np.zeros(512, int))
    state.network.backward()
    meter = Meter(state.network, x)
    meter.before_update()
    assert meter.after_update(1, 0.1).silent_share == (0.5, None)


def test_numbers_that_are_not_finite_are_none(training: Pictures) -> None:
    config = Config(
        hidden=(50, 50), learning_rate=10, batch_size=30, epochs=5, train_limit=100,
        activation="relu",
    )  # fmt: skip
    state = State.begin(config)
    state.network.parameters()["W1"][...] = 1e30
    seen = [
        e.statistics
        for e in _until_divergence(config, training, state)
        if isinstance(e, Step) and e.statistics
    ]
    assert all(None in row.weight_norm for row in seen)


def _until_divergence(config: Config, training: Pictures, state: State) -> list[object]:
    events: list[object] = []
    with suppress(loop.Diverged):
        events.extend(loop.train(state, training, **config.training_options()))
    return events


def test_statistics_change_nothing_in_the_training(
    training: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(hidden=(6, 5), batch_size=30, epochs=2, train_limit=100)
    measured, plain = State.begin(config), State.begin(config)
    assert rows(config, training, measured)
    monkeypatch.setattr(loop, "is_due", lambda *place: False)
    assert not rows(config, training, plain)
    for name, weights in measured.network.parameters().items():
        assert weights.tobytes() == plain.network.parameters()[name].tobytes()
