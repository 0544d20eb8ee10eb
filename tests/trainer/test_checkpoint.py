import io
import tracemalloc
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainer.conftest import digits
from trainer import checkpoint, loop
from trainer.checkpoint import CheckpointError
from trainer.config import Config
from trainer.events import Epoch, Predictions, Step
from trainer.optimizers import OPTIMIZERS
from trainer.state import State

TRAINING = digits(100, seed=1)
UNSEEN = digits(40, seed=2)


def config(**changes: object) -> Config:
    small = {"hidden": [6], "batch_size": 30, "epochs": 3, "train_limit": 100, "seed": 5}
    return Config.from_dict({**small, "learning_rate": 0.01, **changes})


def train(state: State, of: Config, events: int | None = None) -> list[tuple[str, float]]:
    """Run the loop for a number of events (None: to the end); return them without durations."""
    said = []
    for event in islice(loop.train(state, TRAINING, UNSEEN, **of.training_options()), events):
        match event:
            case Step(step, loss):
                said.append((f"step {step}", loss))
            case Epoch():
                said.append((f"epoch {event.epoch}", event.train_loss))
    return said


def saved(state: State, predictions: Predictions | None = None) -> bytes:
    file = io.BytesIO()
    checkpoint.save(file, state, predictions)
    return file.getvalue()


def weights_as_bytes(state: State) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in state.network.parameters().items()}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("schedule", "sampling", "augment"),
    [("constant", "random", False), ("cosine", "shuffle", True)],
)
def test_a_training_stopped_anywhere_goes_on_to_the_bit(
    optimizer: str, schedule: str, sampling: str, augment: bool
) -> None:
    of = config(optimizer=optimizer, schedule=schedule, sampling=sampling, augment=augment)
    uninterrupted = State.begin(of)
    expected = train(uninterrupted, of)

    # Three epochs of four steps and a row each: 15 events.
    @settings(max_examples=12)
    @given(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    def stopped_after(pieces: list[int]) -> None:
        state, said = State.begin(of), []
        for events in pieces:
            said += train(state, of, events)
            state = checkpoint.load(io.BytesIO(saved(state)), of)
        said += train(state, of)
        assert said == expected
        assert weights_as_bytes(state) == weights_as_bytes(uninterrupted)

    stopped_after()


def test_a_checkpoint_gives_network_weights_and_predictions_back() -> None:
    of = config()
    state = State.begin(of)
    train(state, of)
    predictions = Predictions.of(state.network.log_probabilities(UNSEEN.x))
    file = saved(state, predictions)
    network = checkpoint.load_network(io.BytesIO(file), of)
    np.testing.assert_array_equal(network.predict(UNSEEN.x), state.network.predict(UNSEEN.x))
    weights = checkpoint.weights(io.BytesIO(file))
    assert list(weights) == ["W1", "b1", "W2", "b2"]
    np.testing.assert_array_equal(weights["W1"], state.network.parameters()["W1"])
    again = checkpoint.load_predictions(io.BytesIO(file))
    np.testing.assert_array_equal(again.predicted, predictions.predicted)
    np.testing.assert_array_equal(again.log_probabilities, predictions.log_probabilities)


def test_predictions_of_a_file_of_an_earlier_version_are_read() -> None:
    log_y = np.log(np.array([[0.1, 0.9], [0.7, 0.3]], np.float32))
    file = io.BytesIO()
    arrays: dict[str, Any] = {"answers.predicted": [1, 0], "answers.log_probabilities": log_y}
    np.savez(file, **arrays)
    file.seek(0)
    again = checkpoint.load_predictions(file)
    assert again.predicted.tolist() == [1, 0]
    np.testing.assert_array_equal(again.log_probabilities, log_y)


def test_an_epoch_of_the_default_network_takes_half_a_megabyte() -> None:
    state = State.begin(Config(dataset="strokes"))
    pictures = np.random.default_rng(0).random((10_000, 784), np.float32)
    log_y = state.network.log_probabilities(pictures)
    file = saved(state, Predictions.of(log_y))
    assert len(file) <= 500_000
    again = checkpoint.load_predictions(io.BytesIO(file))
    np.testing.assert_array_equal(again.log_probabilities, log_y)


def test_loading_a_network_takes_no_more_memory_than_its_weights_twice() -> None:
    of = config(hidden=(1000,))
    state = State.begin(of)
    file = io.BytesIO(saved(state))
    tracemalloc.start()
    try:
        checkpoint.load_network(file, of)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    weights = sum(parameter.nbytes for parameter in state.network.parameters().values())
    assert peak < 2.5 * weights


def test_a_checkpoint_is_a_plain_npz_without_pickles() -> None:
    with np.load(io.BytesIO(saved(State.begin(config()))), allow_pickle=False) as arrays:
        assert arrays["W1"].shape == (784, 6)
        assert arrays["place.step"] == 0


def test_a_fork_takes_weights_and_place_but_a_fresh_optimizer() -> None:
    of = config(optimizer="momentum")
    state = State.begin(of)
    train(state, of, 5)
    changed = config(optimizer="adam")
    fork = checkpoint.load(io.BytesIO(saved(state)), changed, with_optimizer=False)
    assert (fork.step, fork.epoch, fork.batch) == (4, 1, 0)
    assert weights_as_bytes(fork) == weights_as_bytes(state)
    assert fork.optimizer.steps == 0
    assert not any(array.any() for arrays in fork.optimizer.slots.values() for array in arrays)


def trained_file() -> bytes:
    of = config(optimizer="adam")
    state = State.begin(of)
    train(state, of, 5)
    return saved(state, Predictions.of(state.network.log_probabilities(UNSEEN.x)))


FILE = trained_file()


@given(st.integers(0, len(FILE) - 1))
def test_a_truncated_checkpoint_is_an_error(length: int) -> None:
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load(io.BytesIO(FILE[:length]), config(optimizer="adam"))


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_a_flipped_byte_is_an_error_or_changes_nothing(place: int, flip: int) -> None:
    damaged = bytearray(FILE)
    damaged[place] ^= flip
    of = config(optimizer="adam")
    try:
        state = checkpoint.load(io.BytesIO(damaged), of)
    except CheckpointError:
        return
    intact = checkpoint.load(io.BytesIO(FILE), of)
    assert weights_as_bytes(state) == weights_as_bytes(intact)
    assert (state.step, state.epoch, state.batch) == (intact.step, intact.epoch, intact.batch)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 not a zip either"])
def test_what_is_no_checkpoint_at_all_is_an_error(content: bytes) -> None:
    for read in (checkpoint.weights, checkpoint.load_predictions):
        with pytest.raises(CheckpointError, match="damaged"):
            read(io.BytesIO(content))
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.load_network(io.BytesIO(content), config())


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"hidden": [7]}, r"expected W1 as float32 of shape \(784, 7\).*got.*\(784, 6\)"),
        ({"hidden": [6, 6]}, "expected an array b3"),
        ({"optimizer": "momentum"}, "expected an array optimizer.velocity0"),
    ],
)
def test_a_checkpoint_of_another_network_is_an_error(
    other: dict[str, object], message: str
) -> None:
    with pytest.raises(CheckpointError, match=message):
        checkpoint.load(io.BytesIO(FILE), config(**{"optimizer": "adam", **other}))


def with_array(name: str, array: object) -> io.BytesIO:
    with np.load(io.BytesIO(FILE)) as arrays:
        changed = {**arrays, name: np.asarray(array)}
    file = io.BytesIO()
    np.savez(file, **changed)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("W1", np.array([{"a": "pickle"}], dtype=object)),
        ("W1", np.zeros((784, 6), np.float64)),
        ("place.step", -1),
        ("place.batch", 0.5),
        ("place.epoch", [1, 2]),
        ("optimizer.steps", -3),
        ("optimizer.mean0", np.zeros(3, np.float32)),
    ],
)
def test_arrays_of_the_wrong_kind_are_errors(name: str, array: object) -> None:
    with pytest.raises(CheckpointError, match=r"damaged|expected"):
        checkpoint.load(with_array(name, array), config(optimizer="adam"))


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("answers.low_bytes", np.zeros((3, 10, 3), np.uint8)),
        ("answers.low_bytes", np.zeros(3, np.uint8)),
        ("answers.high_bytes", np.zeros(3, np.uint8)),
        ("answers.log_probabilities", np.zeros(3, np.float32)),
    ],
)
def test_predictions_that_do_not_fit_together_are_errors(name: str, array: object) -> None:
    with pytest.raises(CheckpointError, match=r"damaged|expected"):
        checkpoint.load_predictions(with_array(name, array))


def test_missing_predictions_are_named() -> None:
    file = io.BytesIO(saved(State.begin(config())))
    with pytest.raises(CheckpointError, match=r"expected an array answers\."):
        checkpoint.load_predictions(file)
