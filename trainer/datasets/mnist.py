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
    require,
    write_checked,
)
from trainer.datasets.idx import IdxError, uncompressed
from trainer.datasets.source import DIGITS, Contents, Setup, Source
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

CONTENTS = Contents(train_size=60_000, test_size=10_000, classes=DIGITS)

SIZES = {
    TRAIN_IMAGES: 16 + CONTENTS.train_size * 784,
    TRAIN_LABELS: 8 + CONTENTS.train_size,
    TEST_IMAGES: 16 + CONTENTS.test_size * 784,
    TEST_LABELS: 8 + CONTENTS.test_size,
}
"""Bytes of each file's uncompressed content."""

_TIMEOUT_S = 15
RESPONSE_WAIT_S = 2.0
RESPONSE_MEMORY_S = 60.0
_CHUNK = 1 << 16


class Mirrors:
    """Mirrors that MNIST is downloaded from.

    Args:
        addresses: Address of each mirror, to which a file's name is appended.
    """

    def __init__(self, addresses: Sequence[str] = MIRRORS) -> None:
        self.addresses = addresses
        self._lock = threading.Lock()
        self._checked_at = -RESPONSE_MEMORY_S
        self._are_up = False

    def __reduce__(self) -> tuple[type["Mirrors"], tuple[Sequence[str]]]:
        """Send only the addresses to another process."""
        return Mirrors, (self.addresses,)

    def are_up(self) -> bool:
        """Return True if a mirror responds within two seconds; checks at most once a minute."""
        with self._lock:
            if time.monotonic() - self._checked_at > RESPONSE_MEMORY_S:
                self._are_up = self._check()
                self._checked_at = time.monotonic()
            return self._are_up

    def _check(self) -> bool:
        responded = threading.Event()

        def request_head(address: str) -> None:
            request = Request(f"{address}{TEST_LABELS}.gz", method="HEAD")
            with suppress(OSError, HTTPException), urlopen(request, timeout=RESPONSE_WAIT_S):
                responded.set()

        # One thread each, abandoned at the deadline, because a name lookup has no timeout.
        for address in self.addresses:
            threading.Thread(target=request_head, args=(address,), daemon=True).start()
        return responded.wait(RESPONSE_WAIT_S)


class Mnist(Source):
    """MNIST, copied from the user's folder ``mnist`` or downloaded."""

    name = "mnist"
    label = "MNIST"

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._mirrors = Mirrors(setup.mirrors)

    @property
    def help(self) -> str:
        return "70,000 handwritten digits"

    def contents(self) -> Contents:
        return CONTENTS

    def missing(self) -> str | None:
        """Return the reason why MNIST is not on the disk, after copying it if the user has it."""
        if self.checksums() is not None:
            return None
        if self.setup.data is None:
            return "no data folder is given"
        try:
            unpack(self.setup.data / self.name, self.folder, self.setup.digests)
        except (DatasetError, OSError) as error:
            return str(error)
        return None

    def detail(self, missing: str | None) -> str:
        if missing is None:
            return "60,000 + 10,000 handwritten digits"
        download = "." if self.setup.offline else ", or choose it here and it is downloaded."
        return (
            f"Not here: {missing}. Put its four files into a folder mnist/ and start with --data "
            f"and the folder that holds it{download}"
        )

    def trouble(self) -> str | None:
        missing = self.missing()
        if missing is None or (not self.setup.offline and self._mirrors.are_up()):
            return None
        return (
            f"MNIST is not here ({missing}) and "
            f"{'downloading is off' if self.setup.offline else 'no mirror answers'}. Put its four "
            "files into a folder mnist/ and start with --data and the folder that holds it, or "
            "choose strokes"
        )

    def checksums(self) -> dict[str, str] | None:
        return CHECKSUMS if self.setup.digests.match(self.folder, CHECKSUMS) else None

    def prepare(self) -> Iterator[Progress]:
        missing = self.missing()
        if missing is not None and self.setup.offline:
            raise DatasetError(f"MNIST is not here ({missing}) and downloading is off")
        if missing is not None:
            yield from download(self.folder, self._mirrors.addresses)


def unpack(source: Path, folder: Path, digests: Digests) -> None:
    """Copy the four files, uncompressed, from a folder that holds them packed or not.

    Args:
        source: The user's folder.
        folder: Folder to write.
        digests: Known digests, so that the user's files are read only once.

    Raises:
        DatasetError: If a file is missing or has other content; then no file is copied.
        OSError: If a file cannot be read or written.
    """
    found = {name: _find(source, name, digests) for name in CHECKSUMS}
    for name, path in found.items():
        chunks = uncompressed(path)
        for _ in write_checked(folder / name, chunks, CHECKSUMS[name], SIZES[name]):
            pass


def _find(source: Path, name: str, digests: Digests) -> Path:
    path = require(source, name)
    try:
        digest = digests.of(path)
    except IdxError as error:
        raise DatasetError(str(error)) from error
    sha256 = digest and digest.sha256
    if sha256 != CHECKSUMS[name]:
        raise DatasetError(
            f"{path}: expected MNIST's own file, SHA-256 {CHECKSUMS[name]}; got {sha256}"
        )
    return path


def download(folder: Path, addresses: Sequence[str] = MIRRORS) -> Iterator[Progress]:
    """Download the four files, each from the first mirror that provides the right content.

    Args:
        folder: Folder to write the uncompressed files to.
        addresses: Addresses of the mirrors, tried in this order.

    Yields:
        Progress in uncompressed bytes.

    Raises:
        DatasetError: If a file cannot be downloaded from any mirror.
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
