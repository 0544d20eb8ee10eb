"""Which pictures each step learns from, and how bytes become numbers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from trainer.augmentation import distort
from trainer.functions import Array

SAMPLINGS = ("random", "shuffle")

# What a generator is for: streams of the same seed that must not repeat one another.
_WEIGHTS, _SAMPLING, _DISTORTION = range(3)


def weights_rng(seed: int) -> np.random.Generator:
    """The source of a run's first weights."""
    return np.random.default_rng([seed, _WEIGHTS])


def pixels_to_input(pixels: NDArray[Any], dtype: DTypeLike, out: Array | None = None) -> Array:
    """Pictures as the network wants them: numbers in 0..1.

    Args:
        pixels: Bytes, 0..255, or numbers that are in 0..1 already, of any shape.
        dtype: Float type of the result.
        out: Where to write, of the same shape and of ``dtype``. None: a fresh array.

    Returns:
        ``out``, or a fresh array.
    """
    if out is None:
        out = np.empty(pixels.shape, dtype)
    np.copyto(out, pixels, casting="same_kind")
    if pixels.dtype == np.uint8:
        out *= out.dtype.type(1 / 255)
    return out


class Batches:
    """The batches of every epoch.

    What an epoch draws depends on the seed and the epoch's number alone, never on what was drawn
    before: so a run can go on from the middle of any epoch without a generator's state in store.

    Args:
        x: (N, D) training pictures, bytes or numbers in 0..1.
        targets: (N, C) one-hot rows.
        batch_size: Rows of a batch.
        sampling: ``random`` (with replacement, every batch full) or ``shuffle`` (each row once an
            epoch, the last batch as short as it comes).
        augment: Whether each picture drawn is distorted at random, anew each time.
        seed: Governs all of it.
        dtype: Float type of the batches.

    Attributes:
        per_epoch: Batches in an epoch, ceil(N / batch_size).

    Raises:
        ValueError: If there are no rows, or ``batch_size`` or ``sampling`` is none.
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
        """Draw an epoch's batches, each in arrays that the next one overwrites.

        Args:
            number: The epoch, from 1.
            first: How many of its batches to leave out, since they are done.

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
        if self._sampling == "shuffle":
            return rng.permutation(len(self._x))
        return rng.integers(len(self._x), size=self.per_epoch * self._batch_size, dtype=np.intp)
