"""Embeddings of the test set, aligned over the epochs of a run."""

import numpy as np
from numpy.typing import NDArray

from app.byte_cache import ByteCache
from app.errors import ConflictError
from app.lab.evaluations import Evaluations
from app.lab.projection import align, project
from app.network_cache import NetworkCache
from app.storage.records import Run
from trainer.checkpoint import CheckpointError
from trainer.datasets.pictures import Pictures

_MAX_BYTES = 64_000_000

Points = NDArray[np.float64]


class Embeddings:
    """Computes embeddings and keeps the ones used last in memory.

    Its methods may be called from several threads.

    Args:
        evaluations: Test sets of the runs.
        networks: Networks of the epochs.
        max_bytes: Largest size of the kept embeddings together.
    """

    def __init__(
        self, evaluations: Evaluations, networks: NetworkCache, max_bytes: int = _MAX_BYTES
    ) -> None:
        self._evaluations = evaluations
        self._networks = networks
        self._kept: ByteCache[tuple[str, int], Points] = ByteCache(
            lambda points: points.nbytes, max_bytes
        )

    def embedding(self, run: Run, epoch: int) -> Points:
        """Return the test set's points after a complete epoch; callers must not change them.

        The points are aligned to those of the run's first epoch, so that they neither flip nor
        turn from one epoch to the next, whatever epochs are requested.

        Returns:
            (N, 2) coordinates in the order of the test set.

        Raises:
            ConflictError: If the network or the data set cannot be read.
        """
        test = self._evaluations.data(run).test
        first = max(run.start_epoch, 1)
        reference = self._kept.get((run.id, first), lambda: self._project(run, first, test))
        if epoch == first:
            return reference
        return self._kept.get(
            (run.id, epoch), lambda: align(self._project(run, epoch, test), reference)
        )

    def _project(self, run: Run, epoch: int, test: Pictures) -> Points:
        try:
            return project(self._networks.load(run, epoch), test.x)
        except (CheckpointError, OSError, ValueError) as error:
            raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error
