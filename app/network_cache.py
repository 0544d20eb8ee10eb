"""Networks of complete epochs, the last used ones kept in memory."""

import threading
from collections import OrderedDict

from app.storage.records import Run
from app.storage.store import Store
from trainer.sequential import Sequential

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
        self._max_bytes = max_bytes
        self._networks: OrderedDict[tuple[str, int], Sequential] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        # One at a time: several threads would otherwise load the same network at once.
        self._loading = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of the kept parameters."""
        return self._size

    def load(self, run: Run, epoch: int) -> Sequential:
        """Return the network as it was after an epoch; callers must not change it.

        Raises:
            CheckpointError: If the checkpoint is damaged.
            OSError: If it cannot be read.
        """
        key = run.id, epoch
        if network := self._kept(key):
            return network
        with self._loading:
            if network := self._kept(key):
                return network
            network = self._store.files_of(run).load_network(epoch)
            self._keep(key, network)
            return network

    def _kept(self, key: tuple[str, int]) -> Sequential | None:
        with self._lock:
            if key in self._networks:
                self._networks.move_to_end(key)
            return self._networks.get(key)

    def _keep(self, key: tuple[str, int], network: Sequential) -> None:
        with self._lock:
            self._networks[key] = network
            self._size += _bytes(network)
            while self._size > self._max_bytes:
                _, oldest = self._networks.popitem(last=False)
                self._size -= _bytes(oldest)


def _bytes(network: Sequential) -> int:
    return sum(parameter.nbytes for parameter in network.parameters().values())
