"""Preparation of pictures in worker processes, with limits of time and memory.

A small file can be made to take minutes to decode, and a decoder cannot be interrupted: only its
process can be ended. Workers are started when they are needed and used again.
"""

import os
import resource
import signal
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import cache, partial
from pathlib import Path
from time import monotonic

from anyio import BrokenWorkerProcess, CapacityLimiter, fail_after, to_process

from app.images.errors import PictureTooCostly, PictureUnreadable
from app.images.prepared import Prepared
from app.images.upload_limits import MAX_MEMORY, MAX_SECONDS

# Limits of a picture that cannot take long; the drawing pad sends PNG files of 280 × 280 pixels.
_QUICK_BYTES = 50_000
_QUICK_PIXELS = 512 * 512
# A worker that has nothing to do ends after five minutes; for so long one is there for sure.
_KEPT_S = 240.0


class PictureReader:
    """Prepares pictures in worker processes, at most one for each core.

    Args:
        max_seconds: Longest time for a picture.
        max_memory: Largest memory for a picture, in bytes, beyond that of an idle worker.
    """

    def __init__(self, max_seconds: float = MAX_SECONDS, max_memory: int = MAX_MEMORY) -> None:
        self._max_seconds = max_seconds
        self._max_memory = max_memory
        self._cores = os.cpu_count() or 1
        self._all = CapacityLimiter(self._cores)
        # Pictures that may take long leave one process, if there are several, to quick ones.
        self._slow = CapacityLimiter(max(self._cores - 1, 1))
        self._last_read = -_KEPT_S

    async def read(self, data: bytes, *, framed: bool, stages: bool) -> Prepared:
        """Prepare a picture.

        Args:
            data: Content of a picture file.
            framed: True to take it as it is, instead of finding and framing its digits.
            stages: True to keep the stages of the preparation.

        Raises:
            PictureError: As ``prepare`` and ``take_framed``.
            PictureTooCostly: If it takes too much time or memory.
        """
        turn: AbstractAsyncContextManager[None] = nullcontext() if _is_quick(data) else self._slow
        work = partial(_read, data, framed, stages, self._max_seconds, self._max_memory)
        try:
            async with turn, self._all:
                if monotonic() - self._last_read > _KEPT_S:
                    # The start of a worker takes long on a busy machine, whatever the picture is.
                    with suppress(BrokenWorkerProcess):
                        await to_process.run_sync(_set_up, self._max_memory)
                self._last_read = monotonic()
                with fail_after(self._max_seconds):
                    # Each worker may have ended while it was idle.
                    for _ in range(self._cores):
                        with suppress(BrokenWorkerProcess):
                            return await to_process.run_sync(work, cancellable=True)
                    return await to_process.run_sync(work, cancellable=True)
        except TimeoutError:
            self._last_read = -_KEPT_S  # its worker was ended
            raise PictureTooCostly(
                f"expected a picture that is read within {self._max_seconds:g} s; "
                "got one that takes too long to read"
            ) from None
        except BrokenWorkerProcess as error:
            raise PictureUnreadable(
                "expected a picture; got one whose decoder broke down"
            ) from error


def _is_quick(data: bytes) -> bool:
    """Return whether a file is a small PNG by its first bytes.

    A JPEG of any size may have thousands of scans, each of which takes as long as a picture.
    """
    if len(data) > _QUICK_BYTES or not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return width * height <= _QUICK_PIXELS


def _read(data: bytes, framed: bool, stages: bool, max_seconds: float, max_memory: int) -> Prepared:
    """Prepare a picture; runs in a worker process."""
    from app.images.prepare import prepare, take_framed

    _set_up(max_memory)
    # The server ends a worker that is too slow; the timer does if the server is gone.
    signal.setitimer(signal.ITIMER_REAL, max_seconds)
    try:
        return (take_framed if framed else prepare)(data, stages=stages)
    except MemoryError:
        raise PictureTooCostly(
            f"expected a picture that is read with {max_memory:,} bytes of memory; "
            "got one that takes more"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@cache
def _set_up(max_memory: int) -> None:
    """Load the decoders, limit the memory, drop the output of decoders, and ignore stop signals.

    Ctrl-C and SIGTERM reach the whole process group; the server ends its workers itself.
    """
    # Imported here: SciPy takes a tenth of a second, and the server itself never needs it.
    import app.images.prepare  # noqa: F401

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    with suppress(OSError):  # no limit of memory on systems without /proc
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + max_memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
