"""Networks of complete epochs, the last used ones kept in memory."""

from app.byte_cache import ByteCache
from app.storage.records import Run
from app.storage.store import Store
from trainer.layers.sequential import Sequential

_MAX_BYTES = 256_000_000


class NetworkCache:
    """Loads the networks of epochs and keeps the last used ones, up to a number of bytes.

    Its methods may be called from several threads.

    Args:
        store: Storage of the weights.
        max_bytes: Largest size of the kept parameters together.
    """

    def __init__(self, store: Store, max_bytes: int = _MAX_BYTES) -> None:
        self._store = store
        self._networks: ByteCache[tuple[str, int], Sequential] = ByteCache(_bytes, max_bytes)

    @property
    def size(self) -> int:
        """Bytes of the kept parameters."""
        return self._networks.size

    def load(self, run: Run, epoch: int) -> Sequential:
        """Return the network as it was after an epoch; callers must not change it.

        Raises:
            CheckpointError: If the checkpoint is damaged.
            OSError: If it cannot be read.
        """
        return self._networks.get(
            (run.id, epoch), lambda: self._store.files_of(run).load_network(epoch)
        )


def _bytes(network: Sequential) -> int:
    return sum(parameter.nbytes for parameter in network.parameters().values())
