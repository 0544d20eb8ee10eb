"""Small data sets as folders of IDX files, in the form that a user provides them."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from trainer.datasets import idx
from trainer.datasets.files import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

SHAPES = ("circle", "square", "cross", "bar", "dot", "wave")
"""Class names of the data set that ``write_folder`` writes by default."""


def write_folder(
    folder: Path,
    *,
    names: Sequence[str] | None = SHAPES,
    classes: int = len(SHAPES),
    train_size: int = 3000,
    test_size: int = 500,
    seed: int = 0,
    packed: bool = False,
) -> None:
    """Write a data set that a network learns in a few steps, but not without errors.

    Args:
        folder: Folder to write; its name is the data set's.
        names: Lines of ``classes.txt``. None: no such file.
        classes: Number of classes.
        train_size: Number of training pictures.
        test_size: Number of test pictures.
        seed: Seed of the pictures.
        packed: True to write ``.gz`` files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    parts = ((train_size, TRAIN_IMAGES, TRAIN_LABELS), (test_size, TEST_IMAGES, TEST_LABELS))
    for size, images_name, labels_name in parts:
        t = rng.permutation(np.arange(size) % classes).astype(np.uint8)
        write_file(folder / images_name, _pictures(t, classes, rng), packed=packed)
        write_file(folder / labels_name, t, packed=packed)
    if names is not None:
        (folder / "classes.txt").write_text("".join(f"{name}\n" for name in names))


def write_file(path: Path, array: NDArray[np.uint8], *, packed: bool = False) -> None:
    """Write bytes of any shape as an IDX file."""
    idx.write(path, array)
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), 1))
        path.unlink()


def _pictures(t: NDArray[np.uint8], classes: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Bright bars in noise, at one height for each class, shifted at random."""
    x = rng.integers(0, 60, (len(t), 28, 28), np.uint8)
    rows = 2 + 22 * t.astype(int) // classes + rng.integers(-1, 3, len(t))
    for picture, row in zip(x, rows, strict=True):
        picture[row : row + 3, 6:22] += 150
    return x
