"""Preparation of pictures in worker processes, with limits of time and memory.

A small file can be made to take minutes to decode, and a decoder cannot be interrupted: only its
process can be ended. Workers are started when they are needed and used again.
"""

import os
import resource
import signal
from contextlib import suppress
from functools import cache
from pathlib import Path

from anyio import BrokenWorkerProcess, CapacityLimiter, fail_after, to_process

from app.images.errors import PictureTooCostly, PictureUnreadable
from app.images.limits import MAX_MEMORY, MAX_SECONDS
from app.images.prepare import Prepared, prepare, take_framed

_CORES = os.cpu_count() or 1
_limiter = CapacityLimiter(_CORES)
# Large files leave a process to small ones where there are several: drawings are small.
_LARGE_BYTES = 50_000
_large_limiter = CapacityLimiter(max(_CORES - 1, 1))


async def read_picture(data: bytes, *, framed: bool, stages: bool) -> Prepared:
    """Prepare a picture in a worker process.

    Args:
        data: Content of a picture file.
        framed: True to take it as it is, instead of finding and framing its digits.
        stages: True to keep the stages of the preparation.

    Raises:
        PictureError: As ``prepare`` and ``take_framed`` do.
        PictureTooCostly: If it takes too much time or memory.
    """
    if len(data) > _LARGE_BYTES:
        async with _large_limiter:
            return await _read_in_worker(data, framed, stages)
    return await _read_in_worker(data, framed, stages)


async def _read_in_worker(data: bytes, framed: bool, stages: bool) -> Prepared:
    async with _limiter:
        try:
            with fail_after(MAX_SECONDS):
                return await to_process.run_sync(_read, data, framed, stages, cancellable=True)
        except TimeoutError:
            raise PictureTooCostly(
                f"expected a picture that is read within {MAX_SECONDS} s; "
                "got one that takes too long to read"
            ) from None
        except BrokenWorkerProcess as error:
            raise PictureUnreadable(
                "expected a picture; got one whose reading ended the process that read it"
            ) from error


def _read(data: bytes, framed: bool, stages: bool) -> Prepared:
    """Prepare a picture; runs in a worker process."""
    _limit_process()
    # Ends this process if the server is gone and cannot do it.
    signal.setitimer(signal.ITIMER_REAL, MAX_SECONDS)
    try:
        return (take_framed if framed else prepare)(data, stages=stages)
    except MemoryError:
        raise PictureTooCostly(
            f"expected a picture that is read with {MAX_MEMORY:,} bytes of memory; "
            "got one that takes more"
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@cache
def _limit_process() -> None:
    """Limit the memory of this process beyond what it has by now; ignore the signals to stop.

    Nobody reads what decoders print: it is thrown away. Ctrl-C and SIGTERM reach the whole process
    group, and the server ends its workers itself.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):  # systems without /proc have no limit of memory
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + MAX_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
