"""The four files of a data set: their names, their checksums, written whole or not at all."""

import hashlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from trainer.datasets.idx import IdxError, uncompressed

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


class DatasetError(Exception):
    """A data set that is not to be had, and what to do about it."""


class Digests:
    """SHA-256 of files, taken again only when a file has changed.

    It can be sent to another process, which then need not read the files again.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int], str | IdxError] = {}

    def __getstate__(self) -> dict[str, object]:
        """A copy: another thread may be adding to it."""
        return {"_known": dict(self._known)}

    def of(self, path: Path) -> str | None:
        """The checksum of a file's uncompressed content as 64 hexadecimal digits.

        Returns:
            None where there is no such file, or it cannot be read.

        Raises:
            IdxError: If it is a ``.gz`` that is not whole.
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
        """Whether a folder holds every file named, each with its checksum."""
        return all(self.of(folder / name) == digest for name, digest in checksums.items())


def _digest(path: Path) -> str | IdxError:
    digest = hashlib.sha256()
    try:
        for chunk in uncompressed(path):
            digest.update(chunk)
    except IdxError as error:
        return error
    return digest.hexdigest()


def fingerprint(checksums: Mapping[str, str]) -> str:
    """One checksum for a whole data set: that of the list of its files' in ``sha256sum`` form."""
    lines = "".join(f"{checksums[name]}  {name}\n" for name in sorted(checksums))
    return hashlib.sha256(lines.encode()).hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` to write to, and rename it once that went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_checked(path: Path, chunks: Iterable[bytes], checksum: str, limit: int) -> Iterator[int]:
    """Write a file whose content must have a checksum; a wrong one leaves nothing behind.

    Args:
        path: Where to.
        chunks: The content.
        checksum: Its SHA-256.
        limit: Its size in bytes; more is refused while it comes.

    Yields:
        The bytes written so far, after each chunk.

    Raises:
        DatasetError: If the content is another one.
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
