"""IDX, the file format of MNIST: a header of big-endian integers, then bytes."""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAX_CLASSES = 10
"""Largest number of classes; labels are below it."""

_UNSIGNED_BYTE = 0x08
_CHUNK = 1 << 20


class IdxError(ValueError):
    """File that is not the expected IDX file."""


def read_images(path: Path) -> NDArray[np.uint8]:
    """Map a file of 28 × 28 pictures into memory.

    Args:
        path: Uncompressed IDX file.

    Returns:
        (N, 784) bytes, read-only, 0 black to 255 white.

    Raises:
        IdxError: If the header or the length is not that of 28 × 28 pictures.
        OSError: If the file cannot be read.
    """
    count = count_images(path)
    if not count:
        return np.empty((0, 28 * 28), np.uint8)
    return np.memmap(path, np.uint8, "r", offset=header_size(3), shape=(count, 28 * 28))


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read a file of labels.

    Args:
        path: IDX file, packed if its name ends in ``.gz``.

    Returns:
        (N,) integers from 0 to 9, read-only.

    Raises:
        IdxError: If the header, the length or a label is invalid.
        OSError: If the file cannot be read.
    """
    (count,) = _read_shape(path, dimensions=1)
    content, expected = bytearray(), header_size(1) + count
    for chunk in uncompressed(path):
        content += chunk
        if len(content) > expected:
            raise IdxError(f"{path}: expected {expected:,} bytes for {count:,} labels; got more")
    if len(content) < expected:
        raise IdxError(
            f"{path}: expected {expected:,} bytes for {count:,} labels; got {len(content):,}"
        )
    labels = np.frombuffer(bytes(content), np.uint8, offset=header_size(1))
    if len(labels) and labels.max() >= MAX_CLASSES:
        raise IdxError(f"{path}: expected labels from 0 to {MAX_CLASSES - 1}; got {labels.max()}")
    return labels


def count_images(path: Path) -> int:
    """Read the number of pictures from the header of a file of 28 × 28 pictures.

    Args:
        path: IDX file, packed if its name ends in ``.gz``. The length of a packed file is not
            checked, because that would take reading it completely.

    Raises:
        IdxError: If the header or the length is not that of 28 × 28 pictures.
        OSError: If the file cannot be read.
    """
    count, *shape = _read_shape(path, dimensions=3)
    if shape != [28, 28]:
        raise IdxError(f"{path}: expected pictures of 28 × 28; got {tuple(shape)}")
    return count


def header_size(dimensions: int) -> int:
    """Return the size of a header in bytes."""
    return 4 + 4 * dimensions


def write(path: Path, array: NDArray[np.uint8]) -> None:
    """Write bytes of any shape as an uncompressed IDX file."""
    with path.open("wb") as file:
        file.write(struct.pack(">HBB", 0, _UNSIGNED_BYTE, array.ndim))
        file.write(struct.pack(f">{array.ndim}I", *array.shape))
        file.write(np.ascontiguousarray(array).data)


def uncompressed(path: Path, chunk_size: int = _CHUNK) -> Iterator[bytes]:
    """Read the content of a file in chunks, unpacking it if its name ends in ``.gz``.

    Raises:
        IdxError: If the gzip file is incomplete or damaged.
        OSError: If the file cannot be read.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while True:
            try:
                chunk = file.read(chunk_size)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise IdxError(f"{path}: expected a whole gzip file; {error}") from error
            if not chunk:
                return
            yield chunk


def _read_shape(path: Path, dimensions: int) -> tuple[int, ...]:
    """Read the header, and compare the length of an unpacked file with it."""
    size = header_size(dimensions)
    header = next(uncompressed(path, size), b"")
    magic = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if header[:4] != magic:
        raise IdxError(f"{path}: expected magic number {magic.hex()}; got {header[:4].hex()}")
    if len(header) < size:
        raise IdxError(f"{path}: expected a header of {size} bytes; got {len(header)}")
    shape = struct.unpack(f">{dimensions}I", header[4:])
    expected, length = size + math.prod(shape), path.stat().st_size
    if path.suffix != ".gz" and length != expected:
        raise IdxError(f"{path}: expected {expected:,} bytes for {shape}; got {length:,}")
    return shape
