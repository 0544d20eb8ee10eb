"""Interface of a data set, with the parts that all data sets share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from trainer.datasets import idx
from trainer.datasets.files import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    DatasetError,
    Digests,
    fingerprint,
    is_file,
)
from trainer.datasets.pictures import Pictures
from trainer.events import Progress

DIGITS = tuple("0123456789")
"""Class names of data sets of digits."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Sizes and class names of a data set.

    Attributes:
        train_size: Number of training pictures.
        test_size: Number of test pictures.
        classes: Name of each class, by its label; C in number.
    """

    train_size: int
    test_size: int
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures of a data set, loaded.

    Attributes:
        training: Training set.
        test: Test set.
        classes: Name of each class, by its label; C in number.
        sha256: Checksum of all its files.
    """

    training: Pictures
    test: Pictures
    classes: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Status:
    """Availability and contents of a data set.

    Attributes:
        name: Name in a config.
        label: Name in the form.
        available: True if a training on it can start without a network.
        detail: Its origin, or the reason why it is not available and a remedy, in a sentence.
        contents: None while unknown.
        sha256: Checksum of all its files; None while unknown.
    """

    name: str
    label: str
    available: bool
    detail: str
    contents: Contents | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Setup:
    """Settings that the data sets of a library share.

    Attributes:
        home: Folder of prepared data sets, one sub-folder each.
        data: The user's folder of data sets, one sub-folder each; None: none.
        offline: True if downloading is forbidden.
        mirrors: Addresses that MNIST is downloaded from.
        digests: Known digests of files.
    """

    home: Path
    data: Path | None
    offline: bool
    mirrors: Sequence[str]
    digests: Digests


class Source(ABC):
    """Data set that can be prepared and loaded.

    Args:
        setup: Settings of the library.

    Attributes:
        name: Name in a config.
        label: Name in the form.
        setup: Settings of the library.
        folder: Folder of the prepared files.
    """

    name: str
    label: str

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.folder = setup.home / self.name

    @property
    @abstractmethod
    def help(self) -> str:
        """Explanation in a learner's words."""

    @abstractmethod
    def contents(self) -> Contents:
        """Return sizes and class names, without reading all pictures.

        Raises:
            DatasetError: If they are unknown because a file is missing or invalid.
        """

    @abstractmethod
    def missing(self) -> str | None:
        """Return the reason why a training cannot start without a network; None if it can."""

    @abstractmethod
    def detail(self, missing: str | None) -> str:
        """Describe origin or remedy in a sentence, given the result of ``missing``."""

    def trouble(self) -> str | None:
        """Return the reason why a training cannot start at all; None if it can."""
        return self.missing()

    @abstractmethod
    def checksums(self) -> dict[str, str] | None:
        """Return the SHA-256 of each prepared file; None if one is missing or damaged."""

    @abstractmethod
    def prepare(self) -> Iterator[Progress]:
        """Make the prepared files, unless they are there.

        Raises:
            DatasetError: If the data set is not available.
            OSError: If a file cannot be written.
        """

    def sha256(self) -> str | None:
        """Return the checksum that the next training would load; None while unknown."""
        checksums = self.checksums()
        return None if checksums is None else fingerprint(checksums)

    def prepared(self) -> bool:
        """Return True if the next training need not prepare the files."""
        checksums = self.checksums()
        return checksums is not None and self.sha256() == fingerprint(checksums)

    def files(self) -> dict[str, str]:
        """Return the SHA-256 of every prepared file, those without pictures included.

        Raises:
            DatasetError: If the data set is not prepared, or damaged.
        """
        paths = [path for path in self.folder.glob("[!.]*") if is_file(path)]
        digests = {path.name: self.setup.digests.of(path) for path in paths}
        if self.checksums() is None:
            raise DatasetError(f"the data set {self.name} is not prepared, or was damaged since")
        return {name: digest.sha256 for name, digest in digests.items() if digest}

    def classes(self) -> tuple[str, ...]:
        """Return the class names of the prepared files."""
        return self.contents().classes

    def load(self, train_limit: int | None = None) -> Dataset:
        """Map the prepared files into memory.

        Args:
            train_limit: Number of training pictures, taken from the first on. None: all.

        Raises:
            DatasetError: If the data set is not prepared, or damaged.
        """
        checksums = self.checksums()
        if checksums is None:
            raise DatasetError(f"the data set {self.name} is not prepared, or was damaged since")
        folder = self.folder
        try:
            return Dataset(
                Pictures(
                    idx.read_images(folder / TRAIN_IMAGES)[:train_limit],
                    idx.read_labels(folder / TRAIN_LABELS)[:train_limit],
                ),
                Pictures(
                    idx.read_images(folder / TEST_IMAGES), idx.read_labels(folder / TEST_LABELS)
                ),
                self.classes(),
                fingerprint(checksums),
            )
        except (idx.IdxError, OSError) as error:
            raise DatasetError(f"the data set {self.name} is damaged: {error}") from error

    def status(self) -> Status:
        """Describe availability and contents."""
        missing = self.missing()
        try:
            contents = self.contents()
        except DatasetError:
            contents = None
        return Status(
            self.name, self.label, missing is None, self.detail(missing), contents, self.sha256()
        )
