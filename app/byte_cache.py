"""Cache of computed values, limited in bytes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """Keeps the values used last, up to a number of bytes.

    Its methods may be called from several threads.

    Args:
        size_of: Returns the bytes of a value.
        max_bytes: Largest size of the kept values together.
    """

    def __init__(self, size_of: Callable[[V], int], max_bytes: int) -> None:
        self._size_of = size_of
        self._max_bytes = max_bytes
        self._values: OrderedDict[K, V] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        # One at a time: several threads would otherwise compute the same value at once.
        self._computing = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes of the kept values."""
        return self._size

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """Return the value of a key, computed if it is not kept; callers must not change it."""
        if (value := self._kept(key)) is not None:
            return value
        with self._computing:
            if (value := self._kept(key)) is not None:
                return value
            value = compute()
            self._keep(key, value)
            return value

    def _kept(self, key: K) -> V | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def _keep(self, key: K, value: V) -> None:
        with self._lock:
            self._values[key] = value
            self._size += self._size_of(value)
            while self._size > self._max_bytes:
                _, oldest = self._values.popitem(last=False)
                self._size -= self._size_of(oldest)
