"""The data sets at hand: which there are, how to get them, where they are kept."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from trainer.datasets import idx, mnist, strokes
from trainer.datasets.files import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    DatasetError,
    Digests,
    fingerprint,
)
from trainer.events import Progress
from trainer.pictures import Pictures

_SUMS = "SHA256SUMS"
_LEFTOVER_S = 3600


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures to learn from and pictures to be tested on.

    Attributes:
        training: The training set.
        test: The test set.
        sha256: One checksum of it all.
    """

    training: Pictures
    test: Pictures
    sha256: str


@dataclass(frozen=True, slots=True)
class Status:
    """Availability of a data set.

    Attributes:
        name: Its name in a config.
        available: Whether a training on it can begin without a network.
        detail: Where it comes from, or how to get it, in a sentence.
    """

    name: str
    available: bool
    detail: str


class Library:
    """The data sets of one HOME.

    Args:
        home: Where they are kept, in sub-folders.
        data: The user's own folder, with a sub-folder ``mnist``; None: none.
        offline: Whether downloading is forbidden.
        mirrors: Where MNIST is downloaded from.
    """

    def __init__(
        self,
        home: Path,
        data: Path | None = None,
        *,
        offline: bool = False,
        mirrors: Sequence[str] = mnist.MIRRORS,
    ) -> None:
        self._home = home
        self._data = data
        self._offline = offline
        self._digests = Digests()
        self._mirrors = mnist.Mirrors(mirrors)

    def statuses(self) -> list[Status]:
        """All data sets, the preferred one first."""
        trouble = self._mnist_trouble()
        if trouble is None:
            words = "60,000 + 10,000 handwritten digits"
        else:
            words = f"Not here: {trouble}. Put its four files into a folder mnist/ and start with "
            words += "--data and the folder that holds it"
            words += "." if self._offline else ", or choose it here and it is downloaded."
        drawn = self.sha256("strokes") is not None
        return [
            Status("mnist", trouble is None, words),
            Status(
                "strokes",
                True,
                "60,000 + 10,000 digits drawn by this program"
                + ("" if drawn else "; the first use draws them, which takes some seconds"),
            ),
        ]

    def choose(self) -> Literal["mnist", "strokes"]:
        """The data set for who names none: MNIST where it can be had, else strokes.

        Waits up to two seconds for a mirror.
        """
        return "mnist" if self.trouble("mnist") is None else "strokes"

    def trouble(self, name: str) -> str | None:
        """Why a data set is not to be had, or None where it is."""
        if name != "mnist":
            return None
        trouble = self._mnist_trouble()
        if trouble is None or (not self._offline and self._mirrors.answer()):
            return None
        return (
            f"MNIST is not here ({trouble}) and "
            f"{'downloading is off' if self._offline else 'no mirror answers'}. Put its four files "
            "into a folder mnist/ and start with --data and the folder that holds it, or choose "
            "strokes"
        )

    def sha256(self, name: str) -> str | None:
        """The checksum of a data set as ``load`` will give it; None where it is not kept yet."""
        checksums = self._checksums(name)
        return None if checksums is None else fingerprint(checksums)

    def prepare(self, name: str) -> Iterator[Progress]:
        """Download or draw a data set, unless it is there.

        Yields:
            How far it is.

        Raises:
            DatasetError: If it cannot be had.
            OSError: If it cannot be written.
        """
        if name == "mnist":
            trouble = self._mnist_trouble()
            if trouble is not None and self._offline:
                raise DatasetError(f"MNIST is not here ({trouble}) and downloading is off")
            if trouble is not None:
                yield from mnist.download(self._folder("mnist"), self._mirrors.addresses)
        elif self._checksums("strokes") is None:
            yield from self._draw_strokes()

    def clear_leftovers(self) -> None:
        """Remove what a process that was killed left half written.

        A file that a living one writes is younger than an hour.
        """
        datasets = self._home / "datasets"
        for leftover in (*datasets.glob(".strokes-*"), *datasets.glob("mnist/.*.part")):
            with suppress(OSError):  # gone meanwhile, or it stays: nobody is held up by it
                if time.time() - leftover.stat().st_mtime < _LEFTOVER_S:
                    continue
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()

    def load(self, name: str, train_limit: int | None = None) -> Dataset:
        """Map a prepared data set into memory.

        Args:
            name: ``mnist`` or ``strokes``.
            train_limit: Use the first so many training pictures only. None: all.

        Raises:
            DatasetError: If it is not prepared, or damaged.
        """
        checksums = self._checksums(name)
        if checksums is None:
            raise DatasetError(f"the data set {name} is not prepared, or was damaged since")
        folder = self._folder(name)
        try:
            return Dataset(
                Pictures(
                    idx.read_images(folder / TRAIN_IMAGES)[:train_limit],
                    idx.read_labels(folder / TRAIN_LABELS)[:train_limit],
                ),
                Pictures(
                    idx.read_images(folder / TEST_IMAGES), idx.read_labels(folder / TEST_LABELS)
                ),
                fingerprint(checksums),
            )
        except (idx.IdxError, OSError) as error:
            raise DatasetError(f"the data set {name} is damaged: {error}") from error

    def _folder(self, name: str) -> Path:
        return self._home / "datasets" / (name if name == "mnist" else f"{name}-{strokes.VERSION}")

    def _checksums(self, name: str) -> dict[str, str] | None:
        """The checksums of a data set's files, where all are there and have them."""
        folder = self._folder(name)
        checksums = mnist.CHECKSUMS
        if name != "mnist":
            try:
                lines = (folder / _SUMS).read_text().splitlines()
                checksums = {file: digest for digest, file in (line.split() for line in lines)}
            except (OSError, ValueError):
                return None
        return checksums if self._digests.match(folder, checksums) else None

    def _mnist_trouble(self) -> str | None:
        """Reason why MNIST is unavailable, after copying it from the user's folder if present."""
        if self._checksums("mnist") is not None:
            return None
        if self._data is None:
            return "no data folder is given"
        try:
            mnist.unpack(self._data / "mnist", self._folder("mnist"), self._digests)
        except (DatasetError, OSError) as error:
            return str(error)
        return None

    def _draw_strokes(self) -> Iterator[Progress]:
        total = sum(strokes.SIZES.values())
        folder = self._folder("strokes")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".strokes-") as temporary:
            new = Path(temporary) / folder.name
            new.mkdir()
            done = 0
            parts: list[tuple[Literal["train", "test"], str, str]] = [
                ("train", TRAIN_IMAGES, TRAIN_LABELS),
                ("test", TEST_IMAGES, TEST_LABELS),
            ]
            for part, images_name, labels_name in parts:
                images, labels = [], []
                for block, block_labels in strokes.blocks(part):
                    images.append(block)
                    labels.append(block_labels)
                    done += len(block)
                    yield Progress("drawing strokes", done, total)
                idx.write(new / images_name, np.concatenate(images))
                idx.write(new / labels_name, np.concatenate(labels))
            names = sorted((TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS))
            lines = [f"{self._digests.of(new / name)}  {name}\n" for name in names]
            (new / _SUMS).write_text("".join(lines))
            if self._checksums("strokes") is None:
                shutil.rmtree(folder, ignore_errors=True)
                new.rename(folder)
