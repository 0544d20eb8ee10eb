"""Log of changes to the list of runs, and the cursors with which viewers read it.

The log keeps one number for each changed run: the version of its last change. A slow viewer finds
several changes of a run as one, so it costs no memory that grows.
"""

import asyncio
from collections.abc import Callable


class RunListLog:
    """Changes of all runs.

    Attributes:
        version: Number of changes so far.
        changed: Set, and replaced, at every change.
    """

    def __init__(self) -> None:
        self.version = 0
        self.changed = asyncio.Event()
        # Each changed run with its version, the last change at the end.
        self._versions: dict[str, int] = {}

    def publish(self, run_id: str) -> None:
        """Record that a run was added, changed or deleted."""
        self.version += 1
        self._versions.pop(run_id, None)
        self._versions[run_id] = self.version
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def changes(self, after: int) -> list[str]:
        """Ids of the runs that changed after a version, the earliest change first."""
        found = []
        for run_id, version in reversed(self._versions.items()):
            if version <= after:
                break
            found.append(run_id)
        return found[::-1]


class RunListCursor:
    """Place of a viewer in the log.

    Args:
        log: The log to read.
        interval_s: Least time between two reads, so that no run is sent more often.
        clock: Gives the time in seconds.
    """

    def __init__(self, log: RunListLog, interval_s: float, clock: Callable[[], float]) -> None:
        self._log = log
        self._version = log.version
        self._interval_s = interval_s
        self._clock = clock
        self._next_read = clock()

    async def read(self) -> list[str]:
        """Wait for changes and return the ids of the changed runs, each once."""
        await asyncio.sleep(max(0.0, self._next_read - self._clock()))
        while self._version == self._log.version:
            await self._log.changed.wait()
        found = self._log.changes(self._version)
        self._version = self._log.version
        self._next_read = self._clock() + self._interval_s
        return found
