"""The IDX format that MNIST is published in: a header of big-endian integers, then bytes."""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_UNSIGNED_BYTE = 0x08
_CHUNK = 1 << 20


class IdxError(ValueError):
    """A file that is not the IDX file it should be."""


def read_images(path: Path) -> NDArray[np.uint8]:
    """Map a file of 28 × 28 pictures into memory.

    Args:
        path: An uncompressed IDX file.

    Returns:
        (N, 784) bytes, read-only, 0 black to 255 white.

    Raises:
        IdxError: If the header or the length is not that of 28 × 28 pictures.
        OSError: If the file cannot be read.
    """
    images = _read(path, dimensions=3)
    if images.shape[1:] != (28, 28):
        raise IdxError(f"{path}: expected pictures of 28 × 28; got {images.shape[1:]}")
    return images.reshape(len(images), 28 * 28)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read a file of labels.

    Args:
        path: An uncompressed IDX file.

    Returns:
        (N,) digits 0 to 9.

    Raises:
        IdxError: If the header, the length or a label is out of place.
        OSError: If the file cannot be read.
    """
    labels = _read(path, dimensions=1)
    if len(labels) and labels.max() > 9:
        raise IdxError(f"{path}: expected labels from 0 to 9; got {labels.max()}")
    return labels


def write(path: Path, array: NDArray[np.uint8]) -> None:
    """Write bytes of any shape as an uncompressed IDX file."""
    with path.open("wb") as file:
        file.write(struct.pack(">HBB", 0, _UNSIGNED_BYTE, array.ndim))
        file.write(struct.pack(f">{array.ndim}I", *array.shape))
        file.write(np.ascontiguousarray(array).data)


def uncompressed(path: Path) -> Iterator[bytes]:
    """The content of a file in chunks, unpacked where its name ends in ``.gz``.

    Raises:
        IdxError: If it is not whole as a gzip file.
        OSError: If it cannot be read.
    """
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while True:
            try:
                chunk = file.read(_CHUNK)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise IdxError(f"{path}: expected a whole gzip file; {error}") from error
            if not chunk:
                return
            yield chunk


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    header_size = 4 + 4 * dimensions
    with path.open("rb") as file:
        header = file.read(header_size)
        size = path.stat().st_size
    magic = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if header[:4] != magic:
        raise IdxError(f"{path}: expected magic number {magic.hex()}; got {header[:4].hex()}")
    if len(header) < header_size:
        raise IdxError(f"{path}: expected a header of {header_size} bytes; got {len(header)}")
    shape = struct.unpack(f">{dimensions}I", header[4:])
    expected = header_size + math.prod(shape)
    if size != expected:
        raise IdxError(f"{path}: expected {expected:,} bytes for {shape}; got {size:,}")
    if not math.prod(shape):
        return np.empty(shape, np.uint8)
    return np.memmap(path, np.uint8, "r", offset=header_size, shape=shape)
