import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from trainer.datasets import idx

IMAGES = np.arange(3 * 784, dtype=np.uint32).astype(np.uint8).reshape(3, 28, 28)
LABELS = np.array([3, 0, 9], np.uint8)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    idx.write(tmp_path / "images", IMAGES)
    return tmp_path / "images"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    idx.write(tmp_path / "labels", LABELS)
    return tmp_path / "labels"


def test_a_header_is_four_bytes_of_magic_and_big_endian_sizes(images: Path) -> None:
    assert images.read_bytes()[:16] == bytes.fromhex("00000803 00000003 0000001c 0000001c")


def test_pictures_come_back_as_rows_that_cannot_be_written(images: Path) -> None:
    x = idx.read_images(images)
    assert x.dtype == np.uint8
    assert np.array_equal(x, IMAGES.reshape(3, 784))
    with pytest.raises(ValueError, match="read-only"):
        x[0, 0] = 1


def test_labels_come_back(labels: Path) -> None:
    assert idx.read_labels(labels).tolist() == [3, 0, 9]


def test_a_file_without_pictures_is_empty(tmp_path: Path) -> None:
    idx.write(tmp_path / "none", np.empty((0, 28, 28), np.uint8))
    assert idx.read_images(tmp_path / "none").shape == (0, 784)


@pytest.mark.parametrize("cut", [1, 784, 3 * 784])
def test_a_cut_file_says_how_many_bytes_were_expected(images: Path, cut: int) -> None:
    images.write_bytes(images.read_bytes()[:-cut])
    with pytest.raises(idx.IdxError, match=rf"expected 2,368 bytes .* got {2368 - cut:,}"):
        idx.read_images(images)


def test_a_padded_file_says_how_many_bytes_were_expected(images: Path) -> None:
    images.write_bytes(images.read_bytes() + b"\0")
    with pytest.raises(idx.IdxError, match=r"expected 2,368 bytes .* got 2,369"):
        idx.read_images(images)


def test_sizes_beyond_64_bits_are_rejected(images: Path) -> None:
    header = struct.pack(">IIII", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    images.write_bytes(header + images.read_bytes()[16:])
    with pytest.raises(idx.IdxError, match="bytes"):
        idx.read_images(images)


@pytest.mark.parametrize("size", [0, 3, 4, 15])
def test_a_cut_header_says_what_was_expected(images: Path, size: int) -> None:
    images.write_bytes(images.read_bytes()[:size])
    with pytest.raises(
        idx.IdxError, match=r"expected (magic number 00000803|a header of 16 bytes)"
    ):
        idx.read_images(images)


def test_labels_in_place_of_pictures_are_recognised_by_their_magic_number(labels: Path) -> None:
    with pytest.raises(idx.IdxError, match="expected magic number 00000803; got 00000801"):
        idx.read_images(labels)


def test_pictures_in_place_of_labels_are_recognised_by_their_magic_number(images: Path) -> None:
    with pytest.raises(idx.IdxError, match="expected magic number 00000801; got 00000803"):
        idx.read_labels(images)


def test_pictures_of_another_size_are_rejected(tmp_path: Path) -> None:
    idx.write(tmp_path / "images", np.zeros((2, 32, 32), np.uint8))
    with pytest.raises(idx.IdxError, match=r"expected pictures of 28 × 28; got \(32, 32\)"):
        idx.read_images(tmp_path / "images")


def test_a_label_above_9_is_rejected(tmp_path: Path) -> None:
    idx.write(tmp_path / "labels", np.array([1, 10], np.uint8))
    with pytest.raises(idx.IdxError, match="expected labels from 0 to 9; got 10"):
        idx.read_labels(tmp_path / "labels")


def test_a_file_is_unpacked_if_its_name_ends_in_gz(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    (tmp_path / "plain").write_bytes(content)
    (tmp_path / "packed.gz").write_bytes(gzip.compress(content))
    assert b"".join(idx.uncompressed(tmp_path / "plain")) == content
    assert b"".join(idx.uncompressed(tmp_path / "packed.gz")) == content


@pytest.mark.parametrize("spoil", [lambda b: b[:-20], lambda b: b"no" + b[2:], lambda b: b[:40]])
def test_an_incomplete_gzip_file_is_rejected(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "packed.gz"
    assert callable(spoil)
    path.write_bytes(spoil(gzip.compress(np.random.default_rng(0).bytes(100_000))))
    with pytest.raises(idx.IdxError, match="expected a whole gzip file"):
        list(idx.uncompressed(path))
