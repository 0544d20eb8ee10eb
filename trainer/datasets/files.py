"""Files of a data set: names, checksums, and writing them completely or not at all."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from trainer.datasets.idx import IdxError, uncompressed

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

SUMS = "SHA256SUMS"
"""File with the checksums of a prepared data set, in the format of ``sha256sum``."""


class DatasetError(Exception):
    """Data set that is not available, with the reason and a remedy."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Checksum of a file's uncompressed content.

    Attributes:
        sha256: 64 hexadecimal digits.
        size: Length in bytes.
    """

    sha256: str
    size: int


class Digests:
    """Digests of files, computed again only after a file has changed.

    A pickled copy knows the same digests, so a worker process need not read the files again.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], Digest | IdxError] = {}

    def __getstate__(self) -> dict[str, object]:
        """Copy the dictionary, since another thread may add to it during pickling."""
        return {"_known": dict(self._known)}

    def of(self, path: Path) -> Digest | None:
        """Return the digest of a file's uncompressed content.

        Returns:
            None if there is no such file, or it cannot be read.

        Raises:
            IdxError: If the file is an incomplete or damaged ``.gz``.
        """
        try:
            stat = path.stat()
            key = (str(path), stat.st_size, stat.st_mtime_ns)
            if key not in self._known:
                self._known[key] = _digest(path)
        except OSError:
            return None
        found = self._known[key]
        if isinstance(found, IdxError):
            raise found
        return found

    def match(self, folder: Path, checksums: Mapping[str, str]) -> bool:
        """Return True if a folder holds every named file, each with its SHA-256."""
        digests = ((self.of(folder / name), sha256) for name, sha256 in checksums.items())
        return all(digest is not None and digest.sha256 == sha256 for digest, sha256 in digests)


def _digest(path: Path) -> Digest | IdxError:
    sha256, size = hashlib.sha256(), 0
    try:
        for chunk in uncompressed(path):
            sha256.update(chunk)
            size += len(chunk)
    except IdxError as error:
        return error
    return Digest(sha256.hexdigest(), size)


def fingerprint(checksums: Mapping[str, str]) -> str:
    """Combine the files' checksums into one: the SHA-256 of their ``sha256sum`` listing."""
    return hashlib.sha256(_listing(checksums).encode()).hexdigest()


def read_sums(folder: Path) -> dict[str, str] | None:
    """Read the checksums of a prepared data set, by file name; None if there are none."""
    try:
        lines = (folder / SUMS).read_text().splitlines()
        return {name: sha256 for sha256, name in (line.split() for line in lines)}
    except (OSError, ValueError):
        return None


def write_sums(folder: Path, checksums: Mapping[str, str]) -> None:
    """Write the checksums of a prepared data set."""
    (folder / SUMS).write_text(_listing(checksums))


def _listing(checksums: Mapping[str, str]) -> str:
    return "".join(f"{checksums[name]}  {name}\n" for name in sorted(checksums))


def is_file(path: Path) -> bool:
    """Return True for a file; False also if its folder cannot be read."""
    try:
        return path.is_file()
    except OSError:
        return False


def find(folder: Path, name: str) -> Path | None:
    """Return the path of a file that may be packed as ``.gz``; None if there is neither."""
    return next(filter(is_file, (folder / name, folder / f"{name}.gz")), None)


def require(folder: Path, name: str) -> Path:
    """Return the path of a file that may be packed as ``.gz``.

    Raises:
        DatasetError: If there is neither.
    """
    path = find(folder, name)
    if path is None:
        raise DatasetError(f"expected {name} or {name}.gz in {folder}; found neither")
    return path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Provide a temporary path beside ``path``, and rename it to ``path`` on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Provide an empty temporary folder beside ``folder``, and replace ``folder`` on success."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as temporary:
        new = Path(temporary) / folder.name
        new.mkdir()
        yield new
        # Renamed first, because a reader must never find a folder that is half removed.
        with suppress(FileNotFoundError):
            folder.rename(Path(temporary) / "old")
        new.rename(folder)


def write_checked(path: Path, chunks: Iterable[bytes], checksum: str, limit: int) -> Iterator[int]:
    """Write a file with a known checksum; other content leaves no file behind.

    Args:
        path: File to write.
        chunks: Content.
        checksum: SHA-256 of the content.
        limit: Size of the content in bytes; writing stops as soon as there is more.

    Yields:
        Number of bytes written so far, after each chunk.

    Raises:
        DatasetError: If the content has another size or checksum.
    """
    digest, size = hashlib.sha256(), 0
    with replacing(path) as temporary:
        with temporary.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise DatasetError(f"expected {limit:,} bytes for {path.name}; got more")
                digest.update(chunk)
                file.write(chunk)
                yield size
        if digest.hexdigest() != checksum:
            raise DatasetError(
                f"expected {path.name} with SHA-256 {checksum}; got {digest.hexdigest()}"
            )
