"""MNIST: 70,000 handwritten digits (LeCun, Cortes and Burges), found on disk or downloaded."""

import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from trainer.datasets.files import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    DatasetError,
    Digests,
    write_checked,
)
from trainer.datasets.idx import IdxError, uncompressed
from trainer.events import Progress

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

CHECKSUMS = {
    TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of each file's uncompressed content."""

SIZES = {
    TRAIN_IMAGES: 16 + 60_000 * 784,
    TRAIN_LABELS: 8 + 60_000,
    TEST_IMAGES: 16 + 10_000 * 784,
    TEST_LABELS: 8 + 10_000,
}
"""Bytes of each file's uncompressed content."""

_TIMEOUT_S = 15
_ANSWER_WAIT_S = 2.0
_ANSWER_MEMORY_S = 60.0
_CHUNK = 1 << 16


class Mirrors:
    """Mirrors that MNIST is downloaded from.

    Args:
        addresses: What the files' names are appended to.
    """

    def __init__(self, addresses: Sequence[str] = MIRRORS) -> None:
        self.addresses = addresses
        self._asking = threading.Lock()
        self._asked = -_ANSWER_MEMORY_S
        self._answered = False

    def __reduce__(self) -> tuple[type["Mirrors"], tuple[Sequence[str]]]:
        """In another process only the addresses are the same."""
        return Mirrors, (self.addresses,)

    def answer(self) -> bool:
        """Whether any answers within two seconds; they are asked at most once a minute."""
        with self._asking:
            if time.monotonic() - self._asked > _ANSWER_MEMORY_S:
                self._answered = self._ask()
                self._asked = time.monotonic()
            return self._answered

    def _ask(self) -> bool:
        answered = threading.Event()

        def ask(address: str) -> None:
            request = Request(f"{address}{TEST_LABELS}.gz", method="HEAD")
            with suppress(OSError, HTTPException), urlopen(request, timeout=_ANSWER_WAIT_S):
                answered.set()

        # Threads of their own, left behind at the deadline: to look up a name has no timeout.
        for address in self.addresses:
            threading.Thread(target=ask, args=(address,), daemon=True).start()
        return answered.wait(_ANSWER_WAIT_S)


def unpack(source: Path, folder: Path, digests: Digests) -> None:
    """Copy the four files, uncompressed, out of a folder that holds them ``.gz`` or not.

    Args:
        source: The user's folder.
        folder: Where to put them.
        digests: Remembers the user's files, so that wrong ones are read once.

    Raises:
        DatasetError: If one is missing or has another content; says which. None is copied then.
        OSError: If one cannot be read or written.
    """
    found = {name: _find(source, name, digests) for name in CHECKSUMS}
    for name, path in found.items():
        chunks = uncompressed(path)
        for _ in write_checked(folder / name, chunks, CHECKSUMS[name], SIZES[name]):
            pass


def _find(source: Path, name: str, digests: Digests) -> Path:
    path = next((p for p in (source / name, source / f"{name}.gz") if p.is_file()), None)
    if path is None:
        raise DatasetError(f"expected {name} or {name}.gz in {source}; found neither")
    try:
        digest = digests.of(path)
    except IdxError as error:
        raise DatasetError(str(error)) from error
    if digest != CHECKSUMS[name]:
        raise DatasetError(
            f"{path}: expected MNIST's own file, SHA-256 {CHECKSUMS[name]}; got {digest}"
        )
    return path


def download(folder: Path, addresses: Sequence[str] = MIRRORS) -> Iterator[Progress]:
    """Fetch the four files, each from the first mirror that has it right.

    Args:
        folder: Where to put them, uncompressed.
        addresses: Of the mirrors, in the order in which they are tried.

    Yields:
        How many uncompressed bytes are there, of all.

    Raises:
        DatasetError: If no mirror has a file.
    """
    before, total = 0, sum(SIZES.values())
    for name, checksum in CHECKSUMS.items():
        failures = []
        for address in addresses:
            try:
                chunks = _fetch(f"{address}{name}.gz")
                for size in write_checked(folder / name, chunks, checksum, SIZES[name]):
                    yield Progress("downloading MNIST", before + size, total)
                break
            except (OSError, HTTPException, EOFError, zlib.error, DatasetError) as error:
                failures.append(f"{address}: {error}")
        else:
            raise DatasetError(f"MNIST could not be downloaded. {'; '.join(failures)}")
        before += SIZES[name]


def _fetch(url: str) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    with urlopen(url, timeout=_TIMEOUT_S) as response:
        while chunk := response.read(_CHUNK):
            yield unzip.decompress(chunk)
    if not unzip.eof:
        raise EOFError("the connection broke off")
