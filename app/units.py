"""Units of a network: what those of its first layer react to, and which ones a picture excites."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.byte_cache import ByteCache
from app.errors import ConflictError
from app.histograms import Histogram, histograms
from app.lab.evaluations import Evaluations
from app.network_cache import NetworkCache
from app.storage.records import Run
from trainer.batches import pixels_to_input
from trainer.checkpoint import CheckpointError
from trainer.functions import Array
from trainer.layers import Activation, names
from trainer.layers.sequential import Sequential
from trainer.parallel import one_blas_thread

STRONGEST = 24
"""Number of test pictures kept for a unit."""

BINS = 32
"""Bins of a unit's histogram."""

EXCITED = 5
"""Number of hidden units kept for a picture."""

_MAX_BYTES = 32_000_000
# Pictures and units handled at once.
_ROWS, _COLUMNS = 1000, 64


@dataclass(frozen=True, slots=True)
class Units:
    """The H units of the first layer with weights, over the N pictures of the test set.

    Attributes:
        layer: Name of the layer.
        norm: (H,) Euclidean norm of the incoming weights.
        mean: (H,) mean activation.
        silent_share: (H,) share of the pictures for which the unit does not react.
        by_similarity: (H,) numbers of the units, each followed by the one of the most similar
            weights that is left; the unit of the largest norm first.
        strongest: (H, K) indices of the pictures that excite the unit most, the most first.
        activations: (H, K) the activations for them.
        low: (H,) smallest activation.
        high: (H,) largest activation.
        counts: (H, BINS) pictures by activation, in bins of equal width from low to high.
    """

    layer: str
    norm: Array
    mean: Array
    silent_share: NDArray[np.float64]
    by_similarity: NDArray[np.intp]
    strongest: NDArray[np.int32]
    activations: Array
    low: Array
    high: Array
    counts: NDArray[np.int32]

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        arrays = (getattr(self, name) for name in self.__dataclass_fields__ if name != "layer")
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True, slots=True)
class ExcitedUnit:
    """Hidden unit with its activation for a picture.

    Attributes:
        layer: Name of its layer.
        place: Place of that layer among those of the network, from 0.
        unit: Number of the unit in its layer, from 0.
        activation: The activation.
    """

    layer: str
    place: int
    unit: int
    activation: float


class UnitSurvey:
    """Surveys the units of complete epochs and keeps the surveys used last in memory.

    Its methods may be called from several threads. They raise ``ConflictError`` if the network or
    the data set cannot be read.

    Args:
        evaluations: Test sets of the runs.
        networks: Networks of the epochs.
        max_bytes: Largest size of the kept surveys together.
    """

    def __init__(
        self, evaluations: Evaluations, networks: NetworkCache, max_bytes: int = _MAX_BYTES
    ) -> None:
        self._evaluations = evaluations
        self._networks = networks
        self._kept: ByteCache[tuple[str, int], Units] = ByteCache(
            lambda units: units.nbytes, max_bytes
        )

    def units(self, run: Run, epoch: int) -> Units:
        """Return the units after a complete epoch; callers must not change them."""
        test = self._evaluations.data(run).test
        return self._kept.get(
            (run.id, epoch), lambda: survey(self._network(run, epoch), np.asarray(test.x))
        )

    def excited(self, run: Run, epoch: int, index: int) -> Sequence[ExcitedUnit]:
        """Return the hidden units that a test picture excites most after a complete epoch."""
        test = self._evaluations.data(run).test
        return excited(self._network(run, epoch), np.asarray(test.x[index : index + 1]))

    def weights(self, run: Run, epoch: int) -> Array:
        """Return the (H, D) incoming weights of the units after a complete epoch."""
        network = self._network(run, epoch)
        return network.layers[_first(network)].parameters()["W"].T

    def histograms(self, run: Run, epoch: int) -> tuple[Sequence[Histogram], Sequence[Histogram]]:
        """Return the histograms of weights and of activations after a complete epoch."""
        test = self._evaluations.data(run).test
        return histograms(self._network(run, epoch), np.asarray(test.x))

    def _network(self, run: Run, epoch: int) -> Sequential:
        try:
            return self._networks.load(run, epoch)
        except (CheckpointError, OSError) as error:
            raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error


def survey(network: Sequential, x: NDArray[np.generic]) -> Units:
    """Survey the units of the first layer with weights, behind its activation if it has one.

    Args:
        network: Network, which does not change.
        x: (N, D) pictures, bytes or numbers in 0..1.
    """
    place = _first(network)
    activation = network.layers[place + 1]
    layers = network.layers[: place + 2 if isinstance(activation, Activation) else place + 1]
    W = network.layers[place].parameters()["W"]
    y = np.empty((W.shape[1], len(x)), W.dtype)
    silent = np.zeros(len(y))
    with one_blas_thread(), np.errstate(all="ignore"):
        for start in range(0, len(x), _ROWS):
            rows = slice(start, start + _ROWS)
            block = pixels_to_input(x[rows], network.dtype)
            for layer in layers:
                block = layer.apply(block)
            y[:, rows] = block.T
            if isinstance(activation, Activation):
                silent += activation.silent(block).sum(axis=0)
        norm = np.linalg.norm(W, axis=0)
        order = _by_similarity(W, norm)
        y = np.nan_to_num(y, copy=False)
        low, high = y.min(axis=1), y.max(axis=1)
        parts = [
            _strongest_and_counts(
                y[i : i + _COLUMNS], low[i : i + _COLUMNS], high[i : i + _COLUMNS]
            )
            for i in range(0, len(y), _COLUMNS)
        ]
    strongest = np.concatenate([part[0] for part in parts])
    return Units(
        names(layer.spec for layer in network.layers)[place],
        norm,
        y.mean(axis=1),
        silent / len(x),
        order,
        strongest,
        np.take_along_axis(y, strongest, axis=1),
        low,
        high,
        np.concatenate([part[1] for part in parts]),
    )


def excited(network: Sequential, x: NDArray[np.generic]) -> list[ExcitedUnit]:
    """Find the hidden units with the largest activations, the largest first.

    Args:
        network: Network, which does not change.
        x: (1, D) picture, bytes or numbers in 0..1.
    """
    y = pixels_to_input(x, network.dtype)
    layers = zip(names(layer.spec for layer in network.layers), network.layers, strict=True)
    found: list[ExcitedUnit] = []
    with one_blas_thread(), np.errstate(all="ignore"):
        for place, (name, layer) in enumerate(layers):
            y = layer.apply(y)
            if isinstance(layer, Activation):
                units = np.nan_to_num(y[0])
                strongest = np.argsort(-units, kind="stable")[:EXCITED]
                found += (
                    ExcitedUnit(name, place, int(unit), float(units[unit])) for unit in strongest
                )
    return sorted(found, key=lambda unit: -unit.activation)[:EXCITED]


def _first(network: Sequential) -> int:
    return next(i for i, layer in enumerate(network.layers) if "W" in layer.parameters())


def _strongest_and_counts(
    y: Array, low: Array, high: Array
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Strongest pictures and histograms of some units, from their (H, N) activations."""
    strongest = np.argsort(-y, axis=1, kind="stable")[:, :STRONGEST]
    width = np.where(high > low, high - low, 1).astype(np.float64)[:, None]
    bins = np.minimum((y - low[:, None]) / width * BINS, BINS - 1).astype(np.intp)
    bins += np.arange(len(y))[:, None] * BINS
    counts = np.bincount(bins.ravel(), minlength=len(y) * BINS).reshape(len(y), BINS)
    return strongest.astype(np.int32), counts.astype(np.int32)


def _by_similarity(W: Array, norm: Array) -> NDArray[np.intp]:
    """Order units so that each is followed by the one left with the largest cosine similarity."""
    directions = np.nan_to_num(W / np.where(norm > 0, norm, 1))
    cosines = directions.T @ directions
    order = [int(norm.argmax())]
    cosines[:, order[0]] = -np.inf
    while len(order) < len(norm):
        order.append(int(cosines[order[-1]].argmax()))
        cosines[:, order[-1]] = -np.inf
    return np.array(order)
