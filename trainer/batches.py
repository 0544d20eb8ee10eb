"""Batches: the pictures of each step, as numbers in 0..1."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.augmentation import distort
from trainer.functions import Array

_Order = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sampling:
    """Choice of the pictures of an epoch.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        order: Draws the rows of an epoch in order, given the generator, the number of pictures
            and the number that fills all batches of an epoch.
    """

    label: str
    help: str
    order: Callable[[np.random.Generator, int, int], _Order]


def _with_replacement(rng: np.random.Generator, pictures: int, full: int) -> _Order:
    return rng.integers(pictures, size=full, dtype=np.intp)


def _permutation(rng: np.random.Generator, pictures: int, full: int) -> _Order:
    return rng.permutation(pictures)


SAMPLINGS: dict[str, Sampling] = {
    "random": Sampling("Random", "any picture, any number of times", _with_replacement),
    "shuffle": Sampling("Shuffle", "each picture once in an epoch", _permutation),
}

# Purposes of generators: streams of the same seed that must differ from one another.
_WEIGHTS, _SAMPLING, _DISTORTION = range(3)


def weights_rng(seed: int) -> np.random.Generator:
    """Create the generator of a run's initial weights."""
    return np.random.default_rng([seed, _WEIGHTS])


def pixels_to_input(pixels: NDArray[Any], dtype: DTypeLike, out: Array | None = None) -> Array:
    """Convert pictures to numbers in 0..1, the input of a network.

    Args:
        pixels: Bytes 0..255, or numbers that are in 0..1 already, of any shape.
        dtype: Float type of the result.
        out: Result array of the same shape and of ``dtype``. None: a new array.

    Returns:
        ``out``, or a new array.
    """
    if out is None:
        out = np.empty(pixels.shape, dtype)
    np.copyto(out, pixels, casting="same_kind")
    if pixels.dtype == np.uint8:
        out *= out.dtype.type(1 / 255)
    return out


class Batches:
    """Batches of every epoch.

    The pictures of an epoch depend on the seed and the epoch's number alone, so a run can resume
    in the middle of an epoch without a stored generator state.

    Args:
        x: (N, D) training pictures, bytes or numbers in 0..1.
        targets: (N, C) one-hot rows.
        batch_size: Rows of a batch.
        sampling: A name in ``SAMPLINGS``: ``random`` fills every batch, ``shuffle`` keeps the last
            batch short.
        augment: True if each picture drawn is distorted at random, anew each time.
        seed: Seed of all random numbers.
        dtype: Float type of the batches.

    Attributes:
        per_epoch: Batches in an epoch, ceil(N / batch_size).

    Raises:
        ValueError: If there are no rows, or ``batch_size`` or ``sampling`` is invalid.
    """

    def __init__(
        self,
        x: NDArray[Any],
        targets: Array,
        *,
        batch_size: int,
        sampling: str,
        augment: bool,
        seed: int,
        dtype: DTypeLike,
    ) -> None:
        if not len(x) or len(x) != len(targets):
            raise ValueError(f"expected a label for each picture; got {len(targets)} for {len(x)}")
        if batch_size < 1:
            raise ValueError(f"expected a batch size of at least 1; got {batch_size}")
        if sampling not in SAMPLINGS:
            raise ValueError(f"expected a sampling of {', '.join(SAMPLINGS)}; got {sampling!r}")
        self._x = np.asarray(x)  # a memory-mapped subclass is slower to index
        self._targets = targets
        self._batch_size = batch_size
        self._sampling = sampling
        self._augment = augment
        self._seed = seed
        self._dtype = dtype
        self.per_epoch = -(-len(x) // batch_size)

    def epoch(self, number: int, first: int = 0) -> Iterator[tuple[Array, Array]]:
        """Generate an epoch's batches, each in arrays that the next one overwrites.

        Args:
            number: Number of the epoch, from 1.
            first: Number of batches to skip, because they are done.

        Yields:
            (B, D) pictures and (B, C) targets.
        """
        order = self._order(np.random.default_rng([self._seed, _SAMPLING, number]))
        size, width = self._batch_size, self._x.shape[1]
        taken = np.empty((size, width), self._x.dtype)
        x = np.empty((size, width), self._dtype)
        t = np.empty((size, self._targets.shape[1]), self._targets.dtype)
        for batch in range(first, self.per_epoch):
            rows = order[batch * size : (batch + 1) * size]
            n = len(rows)
            # mode="clip" writes straight into out; the default mode goes through a copy.
            np.take(self._x, rows, axis=0, out=taken[:n], mode="clip")
            np.take(self._targets, rows, axis=0, out=t[:n], mode="clip")
            pixels_to_input(taken[:n], self._dtype, out=x[:n])
            if self._augment:
                rng = np.random.default_rng([self._seed, _DISTORTION, number, batch])
                distort(x[:n], rng)
            yield x[:n], t[:n]

    def _order(self, rng: np.random.Generator) -> NDArray[np.intp]:
        full = self.per_epoch * self._batch_size
        return SAMPLINGS[self._sampling].order(rng, len(self._x), full)
