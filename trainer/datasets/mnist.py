"""MNIST: 70,000 handwritten digits (LeCun, Cortes and Burges), found on disk or downloaded."""

import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.request import Request, urlopen

from trainer.datasets.files import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    DatasetError,
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
_CHUNK = 1 << 18


def unpack(source: Path, folder: Path) -> None:
    """Copy the four files, uncompressed, out of a folder that holds them ``.gz`` or not.

    Args:
        source: The user's folder.
        folder: Where to put them.

    Raises:
        DatasetError: If one is missing or has another content; says which.
        OSError: If one cannot be read or written.
    """
    for name, checksum in CHECKSUMS.items():
        found = next((p for p in (source / name, source / f"{name}.gz") if p.is_file()), None)
        if found is None:
            raise DatasetError(f"expected {name} or {name}.gz in {source}; found neither")
        try:
            for _ in write_checked(folder / name, uncompressed(found), checksum, SIZES[name]):
                pass
        except IdxError as error:
            raise DatasetError(str(error)) from error


def mirror_answers(timeout_s: float, mirrors: Sequence[str] = MIRRORS) -> bool:
    """Whether any mirror answers in time."""
    answered = threading.Event()

    def ask(mirror: str) -> None:
        try:
            with urlopen(Request(f"{mirror}{TEST_LABELS}.gz", method="HEAD"), timeout=timeout_s):
                answered.set()
        except OSError:
            pass

    # Threads of their own, left behind at the deadline: looking up a host name has no timeout.
    for mirror in mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    return answered.wait(timeout_s)


def download(folder: Path, mirrors: Sequence[str] = MIRRORS) -> Iterator[Progress]:
    """Fetch the four files, each from the first mirror that has it right.

    Args:
        folder: Where to put them, uncompressed.
        mirrors: Addresses that the files' names are appended to.

    Yields:
        How many uncompressed bytes are there, of all.

    Raises:
        DatasetError: If no mirror has a file.
    """
    before, total = 0, sum(SIZES.values())
    for name, checksum in CHECKSUMS.items():
        failures = []
        for mirror in mirrors:
            try:
                chunks = _fetch(f"{mirror}{name}.gz")
                for size in write_checked(folder / name, chunks, checksum, SIZES[name]):
                    yield Progress("downloading MNIST", before + size, total)
                break
            except (OSError, EOFError, zlib.error, DatasetError) as error:
                failures.append(f"{mirror}: {error}")
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
