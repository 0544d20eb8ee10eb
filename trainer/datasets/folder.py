"""Data sets of the user: folders of four IDX files with 28 × 28 pictures of up to 10 classes.

The files are checked and copied, uncompressed, into HOME before the first training, so that a
run's pictures stay readable when the user's folder changes or goes away.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from trainer.datasets import idx
from trainer.datasets.files import (
    FILES,
    SUMS,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    DatasetError,
    find,
    fingerprint,
    is_file,
    read_sums,
    replacing_folder,
    require,
    write_checked,
    write_sums,
)
from trainer.datasets.source import Contents, Setup, Source
from trainer.events import Progress

CLASSES = "classes.txt"
LONGEST_CLASS_NAME = 40

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST_CLASSES_FILE = 64 * 1024


def given(folder: Path) -> bool:
    """Return True if a folder of the user holds any of the four files."""
    return any(find(folder, name) for name in FILES)


def kept(folder: Path) -> bool:
    """Return True if a folder in HOME is the prepared copy of a user's folder."""
    return is_file(folder / SUMS) and is_file(folder / CLASSES)


class Folder(Source):
    """Data set of the user, in a folder of its name.

    Args:
        name: Name of the folder.
        setup: Settings of the library.
        reserved: Names that are taken, in lower case.
    """

    def __init__(self, name: str, setup: Setup, reserved: frozenset[str]) -> None:
        # Names with unprintable characters are listed too, as unavailable.
        self.name = self.label = "".join(c if c.isprintable() else "�" for c in name)
        super().__init__(setup)
        data = setup.data and setup.data / name
        self._given = data if data and given(data) else None
        self._invalid_name = None
        if not _NAME.fullmatch(name):
            self._invalid_name = (
                "expected a folder name of up to 64 letters, digits, '-', '_' and '.', starting "
                "with a letter or digit"
            )
        elif name.lower() in reserved:
            self._invalid_name = "expected a folder name that the program does not use itself"

    @property
    def help(self) -> str:
        try:
            contents = self.contents()
        except DatasetError as error:
            return f"not usable: {error}"
        classes = len(contents.classes)
        return (
            f"{contents.train_size:,} + {contents.test_size:,} pictures of "
            f"{classes} {'class' if classes == 1 else 'classes'}"
        )

    def contents(self) -> Contents:
        if self._invalid_name:
            raise DatasetError(f"{self._invalid_name}; got {self.name!r}")
        return _read_contents(self._given or self.folder)

    def classes(self) -> tuple[str, ...]:
        return _read_contents(self.folder).classes

    def missing(self) -> str | None:
        try:
            contents = self.contents()
            if self._given:
                self._checked(self._given, contents)
            elif self.checksums() is None:
                raise DatasetError(
                    f"the copy in {self.folder} is damaged. Start with --data and the folder "
                    f"that holds {self.name}/"
                )
        except DatasetError as error:
            return str(error)
        return None

    def detail(self, missing: str | None) -> str:
        if missing:
            return f"Not usable: {missing}"
        origin = f"from {self._given}" if self._given else "copied from a folder used earlier"
        return f"{self.help}, {origin}"

    def checksums(self) -> dict[str, str] | None:
        checksums = read_sums(self.folder)
        if checksums is None or checksums.keys() != set(FILES):
            return None
        return checksums if self.setup.digests.match(self.folder, checksums) else None

    def sha256(self) -> str | None:
        if not self._given:
            return super().sha256()
        try:
            return fingerprint(self._checked(self._given, self.contents()))
        except DatasetError:
            return None

    def prepare(self) -> Iterator[Progress]:
        contents = self.contents()
        if not self._given:
            if missing := self.missing():
                raise DatasetError(missing)
            return
        checksums = self._checked(self._given, contents)
        if self.checksums() == checksums and self._kept_classes() == contents.classes:
            return
        sizes = _sizes(contents)
        before, total = 0, sum(sizes.values())
        with replacing_folder(self.folder) as new:
            for name, size in sizes.items():
                chunks = idx.uncompressed(require(self._given, name))
                for done in write_checked(new / name, chunks, checksums[name], size):
                    yield Progress(f"copying {self.name}", before + done, total)
                before += size
            names = "".join(f"{name}\n" for name in contents.classes)
            (new / CLASSES).write_text(names, encoding="utf-8")
            write_sums(new, checksums)

    def _kept_classes(self) -> tuple[str, ...] | None:
        try:
            return self.classes()
        except DatasetError:
            return None

    def _checked(self, folder: Path, contents: Contents) -> dict[str, str]:
        """Read the user's files completely, once, and return their checksums.

        Raises:
            DatasetError: If a file is missing or has another length than its header says.
        """
        checksums = {}
        for name, size in _sizes(contents).items():
            path = require(folder, name)
            try:
                digest = self.setup.digests.of(path)
            except idx.IdxError as error:
                raise DatasetError(str(error)) from error
            if digest is None:
                raise DatasetError(f"{path} cannot be read")
            if digest.size != size:
                raise DatasetError(
                    f"{path}: expected {size:,} bytes uncompressed; got {digest.size:,}"
                )
            checksums[name] = digest.sha256
        return checksums


def _sizes(contents: Contents) -> dict[str, int]:
    """Size of each file's uncompressed content in bytes."""
    images, labels = idx.header_size(3), idx.header_size(1)
    return {
        TRAIN_IMAGES: images + 784 * contents.train_size,
        TRAIN_LABELS: labels + contents.train_size,
        TEST_IMAGES: images + 784 * contents.test_size,
        TEST_LABELS: labels + contents.test_size,
    }


def _read_contents(folder: Path) -> Contents:
    """Read the labels, the class names and the headers of the pictures.

    Raises:
        DatasetError: If a file is missing or invalid.
    """
    try:
        train_size, highest_train = _read_part(folder, TRAIN_IMAGES, TRAIN_LABELS)
        test_size, highest_test = _read_part(folder, TEST_IMAGES, TEST_LABELS)
        names = _read_classes(folder / CLASSES)
    except (idx.IdxError, OSError) as error:
        raise DatasetError(str(error)) from error
    highest = max(highest_train, highest_test)
    if names is None:
        names = tuple(map(str, range(highest + 1)))
    if highest >= len(names):
        raise DatasetError(
            f"expected labels from 0 to {len(names) - 1}, since {folder / CLASSES} names "
            f"{len(names)} classes; got {highest}"
        )
    return Contents(train_size, test_size, names)


def _read_part(folder: Path, images_name: str, labels_name: str) -> tuple[int, int]:
    """Return the number of pictures of the training or test set and its highest label."""
    images, labels_path = require(folder, images_name), require(folder, labels_name)
    count, labels = idx.count_images(images), idx.read_labels(labels_path)
    if count != len(labels):
        raise DatasetError(
            f"expected a label for each picture; got {count:,} pictures in {images} and "
            f"{len(labels):,} labels in {labels_path}"
        )
    if not count:
        raise DatasetError(f"expected at least one picture in {images}; got none")
    return count, int(labels.max())


def _read_classes(path: Path) -> tuple[str, ...] | None:
    """Read the class names, one a line; None if there is no such file."""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_CLASSES_FILE)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: expected text in UTF-8; {error.reason}") from error
    names = [line.strip() for line in text.rstrip("\r\n").split("\n")]
    if len(names) > idx.MAX_CLASSES:
        raise DatasetError(
            f"{path}: expected 1 to {idx.MAX_CLASSES} names, one a line; got {len(names)} lines"
        )
    for number, name in enumerate(names, 1):
        if not 1 <= len(name) <= LONGEST_CLASS_NAME or not name.isprintable():
            shown = ascii(name if len(name) <= 60 else f"{name[:57]}...")
            raise DatasetError(
                f"{path}, line {number}: expected a name of 1 to {LONGEST_CLASS_NAME} printable "
                f"characters; got {shown}"
            )
    return tuple(names)
