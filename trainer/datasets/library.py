"""Collection of the data sets: the built-in ones and the user's folders."""

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from trainer.datasets import mnist
from trainer.datasets.files import DatasetError, Digests
from trainer.datasets.folder import Folder, given, kept
from trainer.datasets.registry import DATASETS
from trainer.datasets.source import Dataset, Setup, Source, Status
from trainer.events import Progress

_LEFTOVER_S = 3600


class Library:
    """Data sets of one HOME.

    Args:
        home: HOME; prepared data sets are kept in its sub-folder ``datasets``.
        data: The user's folder, one sub-folder for each data set; None: none.
        offline: True if downloading is forbidden.
        mirrors: Addresses that MNIST is downloaded from.
    """

    def __init__(
        self,
        home: Path,
        data: Path | None = None,
        *,
        offline: bool = False,
        mirrors: Sequence[str] = mnist.MIRRORS,
    ) -> None:
        self._setup = Setup(home / "datasets", data, offline, mirrors, Digests())
        self._built_in = {name: source(self._setup) for name, source in DATASETS.items()}
        folders = {source.folder.name.lower() for source in self._built_in.values()}
        self._reserved = frozenset(folders | self._built_in.keys())

    def sources(self) -> dict[str, Source]:
        """Find all data sets, by name, the preferred one first."""
        names = {*_folders(self._setup.data, given), *_folders(self._setup.home, kept)}
        folders = (
            Folder(name, self._setup, self._reserved) for name in names - self._built_in.keys()
        )
        return self._built_in | {
            folder.name: folder for folder in sorted(folders, key=lambda folder: folder.name)
        }

    def source(self, name: str) -> Source:
        """Find a data set.

        Raises:
            DatasetError: If there is none of that name.
        """
        sources = self.sources()
        if name not in sources:
            raise DatasetError(f"expected one of {', '.join(sources)}; got {name!r}")
        return sources[name]

    def statuses(self) -> list[Status]:
        """Describe all data sets, the preferred one first."""
        return [source.status() for source in self.sources().values()]

    def choose(self) -> Literal["mnist", "strokes"]:
        """Return the default data set: MNIST if available, else strokes.

        Waits up to two seconds for a mirror.
        """
        return "mnist" if self.trouble("mnist") is None else "strokes"

    def trouble(self, name: str) -> str | None:
        """Return the reason why a training on a data set cannot start; None if it can."""
        try:
            return self.source(name).trouble()
        except DatasetError as error:
            return str(error)

    def sha256(self, name: str) -> str | None:
        """Return the checksum that the next training would load; None while unknown."""
        try:
            return self.source(name).sha256()
        except DatasetError:
            return None

    def prepare(self, name: str) -> Iterator[Progress]:
        """Download, draw or copy a data set, unless it is prepared.

        Raises:
            DatasetError: If the data set is not available.
            OSError: If a file cannot be written.
        """
        yield from self.source(name).prepare()

    def load(self, name: str, train_limit: int | None = None) -> Dataset:
        """Map a prepared data set into memory.

        Args:
            name: Name of the data set.
            train_limit: Number of training pictures, taken from the first on. None: all.

        Raises:
            DatasetError: If the data set is not prepared, or damaged.
        """
        return self.source(name).load(train_limit)

    def clear_leftovers(self) -> None:
        """Remove temporary files of killed processes.

        Files younger than an hour stay, because a running process may be writing them.
        """
        datasets = self._setup.home
        for leftover in (*datasets.glob(".*-*"), *datasets.glob("*/.*.part")):
            with suppress(OSError):  # already removed, or not removable: neither does harm
                if time.time() - leftover.stat().st_mtime < _LEFTOVER_S:
                    continue
                if leftover.is_dir():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()


def _folders(parent: Path | None, wanted: Callable[[Path], bool]) -> list[str]:
    """Names of the sub-folders, without hidden ones, for which ``wanted`` is true."""
    if parent is None:
        return []
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
    return [name for name in names if wanted(parent / name)]
