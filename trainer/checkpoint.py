"""Checkpoints: weights, optimizer and place of a training as a ``.npz`` without pickles."""

import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from trainer.config import Config
from trainer.datasets.idx import MAX_CLASSES
from trainer.events import Predictions
from trainer.functions import Array
from trainer.layers.sequential import Sequential
from trainer.state import State

_PLACE = ("step", "epoch", "batch")
# Logarithms of the predicted probabilities: the highest byte of each, compressed, and the others.
_HIGH, _LOW = "answers.high_bytes", "answers.low_bytes"
# The same in files of earlier versions.
_UNPACKED = "answers.log_probabilities"


class CheckpointError(ValueError):
    """Checkpoint that cannot be read, or belongs to another network."""


def save(file: BinaryIO, state: State, predictions: Predictions | None = None) -> None:
    """Write a state.

    Args:
        file: Open for writing.
        state: State of the training; not changed.
        predictions: Predictions of the test set, stored in the same file.
    """
    arrays: dict[str, NDArray[Any]] = dict(state.network.parameters())
    arrays |= {f"place.{name}": np.array(getattr(state, name)) for name in _PLACE}
    arrays["optimizer.steps"] = np.array(state.optimizer.steps)
    for slot, values in state.optimizer.slots.items():
        arrays |= {f"optimizer.{slot}{i}": value for i, value in enumerate(values)}
    if predictions:
        arrays |= _packed(predictions.log_probabilities)
    np.savez(file, allow_pickle=False, **arrays)


def load(file: BinaryIO, config: Config, *, with_optimizer: bool = True) -> State:
    """Read a state.

    Args:
        file: Open for reading.
        config: Config of the run that continues from it.
        with_optimizer: True to read the optimizer's slots too; else it starts with new ones.

    Raises:
        CheckpointError: If the file is damaged, or its arrays are not those of ``config``.
    """
    arrays = _read(file)
    state = State.of(_network(arrays, config), config)
    for name in _PLACE:
        setattr(state, name, _count(arrays, f"place.{name}"))
    if with_optimizer:
        state.optimizer.steps = _count(arrays, "optimizer.steps")
        for slot, values in state.optimizer.slots.items():
            for i, value in enumerate(values):
                _copy(arrays, f"optimizer.{slot}{i}", value)
    return state


def load_network(file: BinaryIO, config: Config) -> Sequential:
    """Read the network only.

    Raises:
        CheckpointError: As ``load``.
    """
    return _network(_read(file, _is_parameter), config)


def _network(arrays: dict[str, NDArray[Any]], config: Config) -> Sequential:
    """Build the network and take its parameters from the arrays of a checkpoint."""
    network = Sequential.from_config(config, classes=_classes(arrays, config), drawn=False)
    for name, parameter in network.parameters().items():
        _copy(arrays, name, parameter)
    return network


def load_predictions(file: BinaryIO) -> Predictions:
    """Read the predictions only.

    Raises:
        CheckpointError: If the file is damaged or holds no predictions.
    """
    arrays = _read(file, lambda name: name.startswith("answers."))
    log_probabilities = arrays.get(_UNPACKED)
    if log_probabilities is None:
        log_probabilities = _unpacked(_get(arrays, _HIGH), _get(arrays, _LOW))
    if log_probabilities.ndim != 2:
        raise CheckpointError(
            "expected rows of probabilities in the checkpoint; "
            f"got an array of shape {log_probabilities.shape}"
        )
    return Predictions.of(log_probabilities)


def _packed(log_probabilities: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    """Pack (N, C) numbers without loss: their exponents compress well, the other bytes do not."""
    parts = log_probabilities.astype("<f4").view(np.uint8).reshape(*log_probabilities.shape, 4)
    high = zlib.compress(parts[..., 3].tobytes(), level=1)
    return {_HIGH: np.frombuffer(high, np.uint8), _LOW: parts[..., :3]}


def _unpacked(high: NDArray[Any], low: NDArray[Any]) -> NDArray[np.float32]:
    """Return the (N, C) numbers that ``_packed`` packed."""
    try:
        parts = np.empty((*low.shape[:-1], 4), np.uint8)
        parts[..., :3] = low
        unpacked = np.frombuffer(zlib.decompress(high.tobytes()), np.uint8)
        parts[..., 3] = unpacked.reshape(low.shape[:-1])
    except (ValueError, zlib.error) as error:
        raise CheckpointError(f"the predictions of this checkpoint are damaged: {error}") from error
    return np.asarray(parts.view("<f4")[..., 0], np.float32)


def weights(file: BinaryIO) -> dict[str, Array]:
    """Read the parameters only, by their names: W1, b1 and so on.

    Raises:
        CheckpointError: If the file is damaged.
    """
    return _read(file, _is_parameter)


def _is_parameter(name: str) -> bool:
    return "." not in name


def _read(
    file: BinaryIO, wanted: Callable[[str], bool] = lambda name: True
) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files if wanted(name)}
    # A flipped byte can make the zip and array readers raise almost anything.
    except Exception as error:
        raise CheckpointError(f"this checkpoint is damaged: {error}") from error


def _get(arrays: dict[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in arrays:
        raise CheckpointError(f"expected an array {name} in the checkpoint; there is none")
    return arrays[name]


def _classes(arrays: dict[str, NDArray[Any]], config: Config) -> int:
    """Number of classes of the stored network, which is the length of its last bias."""
    name = f"b{len(config.hidden) + 1}"
    bias = _get(arrays, name)
    if bias.ndim != 1 or not 1 <= len(bias) <= MAX_CLASSES:
        raise CheckpointError(
            f"expected {name} as 1 to {MAX_CLASSES} numbers in the checkpoint; "
            f"got shape {bias.shape}"
        )
    return len(bias)


def _count(arrays: dict[str, NDArray[Any]], name: str) -> int:
    array = _get(arrays, name)
    if array.shape != () or array.dtype.kind != "i" or array < 0:
        raise CheckpointError(f"expected {name} to be a count in the checkpoint; got {array}")
    return int(array)


def _copy(arrays: dict[str, NDArray[Any]], name: str, into: Array) -> None:
    array = _get(arrays, name)
    if array.shape != into.shape or array.dtype != into.dtype:
        raise CheckpointError(
            f"expected {name} as {into.dtype} of shape {into.shape} in the checkpoint; "
            f"got {array.dtype} of shape {array.shape}"
        )
    into[...] = array
