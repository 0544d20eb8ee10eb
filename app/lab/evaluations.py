"""Predictions of complete epochs beside the labels of the test set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.byte_cache import ByteCache
from app.errors import ConflictError
from app.storage.records import Run
from app.storage.store import Store
from trainer.checkpoint import CheckpointError
from trainer.datasets import Dataset, DatasetError, Library
from trainer.datasets.pictures import Pictures, set_apart
from trainer.events import Predictions
from trainer.functions import Labels

_MAX_BYTES = 128_000_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Predictions of one epoch for the N pictures of the test set, in its order.

    Attributes:
        predicted: (N,) predicted classes.
        confidence: (N,) float32, their probabilities.
        label_probability: (N,) float32, the probabilities of the labels.
    """

    predicted: NDArray[np.uint8]
    confidence: NDArray[np.float32]
    label_probability: NDArray[np.float32]

    @classmethod
    def of(cls, predictions: Predictions, t: Labels) -> "Evaluation":
        """Select the probabilities of the predicted classes and of the labels."""
        rows = np.arange(len(t))
        confidence, label_probability = (
            np.exp(predictions.log_probabilities[rows, classes].astype(np.float64))
            for classes in (predictions.predicted, t)
        )
        return cls(
            predictions.predicted,
            confidence.astype(np.float32),
            label_probability.astype(np.float32),
        )

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return sum(
            array.nbytes for array in (self.predicted, self.confidence, self.label_probability)
        )


class Evaluations:
    """Reads data and predictions of runs; keeps the evaluations used last in memory.

    Its methods may be called from several threads. They raise ``ConflictError`` if a file is
    missing or damaged, or the data set is not the one that the run has learned from.

    Args:
        store: Storage of the predictions.
        library: Data sets.
        max_bytes: Largest size of the kept evaluations together.
    """

    def __init__(self, store: Store, library: Library, max_bytes: int = _MAX_BYTES) -> None:
        self._store = store
        self._library = library
        self._kept: ByteCache[tuple[str, int, int, int], Evaluation] = ByteCache(
            lambda evaluation: evaluation.nbytes, max_bytes
        )

    def data(self, run: Run) -> Dataset:
        """Load the data of a run, its training set limited as its config says."""
        config = run.config
        try:
            data = self._library.load(config.dataset, config.train_limit)
        except (DatasetError, OSError) as error:
            raise ConflictError(f"Data of run {run.id}: {error}") from error
        if obstacle := run.obstacle_in_data(data.sha256):
            raise ConflictError(f"Data of run {run.id}: {obstacle}")
        return data

    def training_pictures(self, run: Run) -> Pictures:
        """Load the pictures that a run learns from, those of its validation set left out."""
        pictures, _ = set_apart(self.data(run).training, run.config.validation)
        return pictures

    def predictions(self, run: Run, epoch: int) -> tuple[Predictions, Pictures]:
        """Load the predictions after a complete epoch, and the test set."""
        test = self.data(run).test
        return self._load(run, epoch, test), test

    def evaluation(self, run: Run, epoch: int) -> Evaluation:
        """Return the evaluation of a complete epoch; callers must not change it."""
        return self._evaluation(run, epoch, self.data(run).test)

    def history(self, run: Run, last: int) -> tuple[Sequence[tuple[int, Evaluation]], Labels]:
        """Return the complete epochs up to one, in order, with their evaluations, and the labels.

        The first epoch of a fork is its start, unless it was forked from other data.
        """
        test = self.data(run).test
        epochs = [row.epoch for row in self._store.epochs(run.id) if row.epoch <= last]
        history = [(epoch, self._evaluation(run, epoch, test)) for epoch in epochs]
        if run.start_epoch:
            try:
                start = self._evaluation(run, run.start_epoch, test)
                history.insert(0, (run.start_epoch, start))
            except ConflictError:
                if not history:
                    raise
        return history, test.t

    def _evaluation(self, run: Run, epoch: int, test: Pictures) -> Evaluation:
        try:
            version = self._store.files_of(run).epoch_version(epoch)
        except OSError as error:
            raise _conflict(run, epoch, str(error)) from error
        return self._kept.get(
            (run.id, epoch, *version),
            lambda: Evaluation.of(self._load(run, epoch, test), test.t),
        )

    def _load(self, run: Run, epoch: int, test: Pictures) -> Predictions:
        try:
            stored = self._store.files_of(run).load_predictions(epoch)
        except (CheckpointError, OSError) as error:
            raise _conflict(run, epoch, str(error)) from error
        if len(stored.predicted) != len(test.t):
            raise _conflict(
                run,
                epoch,
                f"expected predictions for {len(test.t):,} pictures; got {len(stored.predicted):,}",
            )
        return stored


def _conflict(run: Run, epoch: int, message: str) -> ConflictError:
    return ConflictError(f"Epoch {epoch} of run {run.id}: {message}")
