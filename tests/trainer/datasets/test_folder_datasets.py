"""Data sets in the user's folders: checks, copies in HOME, changed and vanished folders."""

import gzip
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.idx_folders import SHAPES, write_file, write_folder
from trainer.datasets import DatasetError, Library, Status
from trainer.datasets.files import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS


def small(folder: Path, **changes: object) -> Path:
    write_folder(folder, **{"train_size": 60, "test_size": 30, **changes})  # type: ignore[arg-type]
    return folder


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    return small(tmp_path / "data" / "shapes")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "home", tmp_path / "data", offline=True)


def status_of(library: Library, name: str) -> Status:
    (found,) = (status for status in library.statuses() if status.name == name)
    return found


def test_a_folder_of_four_files_is_a_data_set_by_its_name(library: Library, shapes: Path) -> None:
    status = status_of(library, "shapes")
    assert (status.label, status.available) == ("shapes", True)
    assert status.detail == f"60 + 30 pictures of 6 classes, from {shapes}"
    assert status.contents is not None
    assert (status.contents.train_size, status.contents.test_size) == (60, 30)
    assert status.contents.classes == SHAPES
    phases = {progress.phase for progress in library.prepare("shapes")}
    assert phases == {"copying shapes"}
    data = library.load("shapes", train_limit=50)
    assert (data.training.x.shape, data.test.x.shape) == ((50, 784), (30, 784))
    assert data.training.t.tobytes() == (shapes / TRAIN_LABELS).read_bytes()[8:58]
    assert data.classes == SHAPES
    assert data.sha256 == status.sha256 == library.sha256("shapes")
    assert list(library.prepare("shapes")) == []


def test_packed_files_are_the_same_data_set(tmp_path: Path, library: Library, shapes: Path) -> None:
    small(tmp_path / "data" / "packed", packed=True)
    assert library.sha256("packed") == library.sha256("shapes")
    list(library.prepare("packed"))
    assert library.load("packed").sha256 == library.sha256("shapes")


def test_without_names_the_classes_are_counted_from_all_labels(
    tmp_path: Path, library: Library
) -> None:
    folder = small(tmp_path / "data" / "plain", names=None, classes=4)
    write_file(folder / TEST_LABELS, np.full(30, 6, np.uint8))
    contents = library.source("plain").contents()
    assert contents.classes == ("0", "1", "2", "3", "4", "5", "6")


def test_names_may_end_without_a_newline_or_with_a_carriage_return(
    library: Library, shapes: Path
) -> None:
    (shapes / "classes.txt").write_bytes("\ufeffa\r\nb\r\nc\r\nd\r\né\r\nf".encode())
    assert library.source("shapes").contents().classes == ("a", "b", "c", "d", "é", "f")


def test_other_folders_are_no_data_sets(tmp_path: Path, library: Library) -> None:
    for name in ("notes", ".hidden"):
        (tmp_path / "data" / name).mkdir(parents=True)
    small(tmp_path / "data" / ".hidden")
    (tmp_path / "data" / "file").touch()
    assert list(library.sources()) == ["mnist", "strokes"]
    assert list(Library(tmp_path, tmp_path / "nowhere").sources()) == ["mnist", "strokes"]


def spoil_magic(folder: Path) -> None:
    path = folder / TEST_IMAGES
    path.write_bytes(b"\1" + path.read_bytes()[1:])


def cut(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-1])


def packed_with(change: Callable[[bytes], bytes], name: str) -> Callable[[Path], object]:
    """Pack a file after a change of its content."""

    def spoil(folder: Path) -> None:
        path = folder / name
        path.with_name(f"{name}.gz").write_bytes(gzip.compress(change(path.read_bytes())))
        path.unlink()

    return spoil


def half_packed(folder: Path) -> None:
    path = folder / TRAIN_IMAGES
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:-20])
    path.unlink()


def emptied(folder: Path) -> None:
    write_file(folder / TRAIN_IMAGES, np.empty((0, 28, 28), np.uint8))
    write_file(folder / TRAIN_LABELS, np.empty(0, np.uint8))


def names(*lines: str) -> Callable[[Path], object]:
    return lambda folder: (folder / "classes.txt").write_text("\n".join(lines) + "\n")


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file is missing": (lambda f: (f / TEST_LABELS).unlink(), "found neither"),
    "magic number": (spoil_magic, "expected magic number 00000803; got 01000803"),
    "header only in part": (lambda f: (f / TEST_IMAGES).write_bytes(b"\0\0\x08\x03"), "a header"),
    "pictures too short": (cut(TRAIN_IMAGES), "expected 47,056 bytes"),
    "labels too short": (cut(TRAIN_LABELS), "expected 68 bytes"),
    "packed pictures too short": (
        packed_with(lambda content: content[:-1], TRAIN_IMAGES),
        "expected 47,056 bytes uncompressed; got 47,055",
    ),
    "packed pictures too long": (
        packed_with(lambda content: content + b"\0", TRAIN_IMAGES),
        "expected 47,056 bytes uncompressed; got 47,057",
    ),
    "packed labels too short": (
        packed_with(lambda content: content[:-1], TRAIN_LABELS),
        "expected 68 bytes for 60 labels; got 67",
    ),
    "packed labels too long": (
        packed_with(lambda content: content + b"\0", TRAIN_LABELS),
        "expected 68 bytes for 60 labels; got more",
    ),
    "incomplete gzip file": (half_packed, "expected a whole gzip file"),
    "pictures of another size": (
        lambda f: write_file(f / TEST_IMAGES, np.zeros((30, 32, 32), np.uint8)),
        "expected pictures of 28 × 28; got (32, 32)",
    ),
    "label above 9": (
        lambda f: write_file(f / TEST_LABELS, np.full(30, 10, np.uint8)),
        "expected labels from 0 to 9; got 10",
    ),
    "more labels than pictures": (
        lambda f: write_file(f / TEST_LABELS, np.zeros(31, np.uint8)),
        "expected a label for each picture; got 30 pictures",
    ),
    "no pictures": (emptied, "expected at least one picture"),
    "too few names": (names("a", "b"), "expected labels from 0 to 1"),
    "too many names": (names(*"abcdefghijk"), "expected 1 to 10 names, one a line; got 11"),
    "empty name": (names("a", " ", *"cdef"), "line 2: expected a name of 1 to 40 printable"),
    "no name at all": (lambda f: (f / "classes.txt").write_text(""), "line 1: expected a name"),
    "overlong name": (names("a", "b" * 41, *"cdef"), "line 2: expected a name of 1 to 40"),
    "unprintable name": (names("a", "b\x07", *"cdef"), r"got 'b\x07'"),
    "names in another encoding": (
        lambda f: (f / "classes.txt").write_bytes(b"\xff\xfe\xe9"),
        "expected text in UTF-8",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_files_are_listed_with_the_reason(
    library: Library, shapes: Path, tmp_path: Path, fault: str
) -> None:
    spoil, reason = FAULTS[fault]
    spoil(shapes)
    status = status_of(library, "shapes")
    assert not status.available
    assert reason in status.detail
    assert status.detail.startswith("Not usable: ")
    assert status.sha256 is None
    assert reason in str(library.trouble("shapes"))
    with pytest.raises(DatasetError):
        list(library.prepare("shapes"))
    assert not (tmp_path / "home" / "datasets" / "shapes").exists()
    shutil.rmtree(shapes)
    small(shapes)
    assert status_of(library, "shapes").available


@pytest.mark.parametrize(
    "name", ["two words", "größe", "-shapes", "s" * 65, "bell\x07", "MNIST", "Strokes", "strokes-3"]
)
def test_a_folder_with_a_bad_name_is_listed_with_the_reason(
    tmp_path: Path, library: Library, name: str
) -> None:
    small(tmp_path / "data" / name)
    (status,) = library.statuses()[2:]
    assert not status.available
    assert "expected a folder name" in status.detail
    assert status.name.isprintable()
    assert library.trouble(status.name) is not None


def test_a_folder_cannot_take_the_name_of_a_built_in_data_set(
    tmp_path: Path, library: Library
) -> None:
    small(tmp_path / "data" / "strokes")
    assert [status.name for status in library.statuses()] == ["mnist", "strokes"]
    assert library.source("strokes").contents().train_size == 60_000


def test_a_used_data_set_outlives_its_folder(
    tmp_path: Path, library: Library, shapes: Path
) -> None:
    list(library.prepare("shapes"))
    sha256 = library.sha256("shapes")
    shutil.rmtree(shapes)
    for later in (library, Library(tmp_path / "home", offline=True)):
        status = status_of(later, "shapes")
        assert (status.available, status.sha256) == (True, sha256)
        assert status.detail == ("60 + 30 pictures of 6 classes, copied from a folder used earlier")
        assert later.load("shapes").sha256 == sha256


def test_a_damaged_copy_is_reported_and_replaced_where_the_folder_is_there(
    tmp_path: Path, library: Library, shapes: Path
) -> None:
    list(library.prepare("shapes"))
    copy = tmp_path / "home" / "datasets" / "shapes" / TEST_IMAGES
    content = copy.read_bytes()
    copy.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DatasetError, match="was damaged since"):
        library.load("shapes")
    alone = Library(tmp_path / "home", offline=True)
    assert "is damaged" in str(alone.trouble("shapes"))
    list(library.prepare("shapes"))
    assert copy.read_bytes() == content


def test_changed_files_are_copied_anew_at_the_next_use_and_not_before(
    library: Library, shapes: Path
) -> None:
    list(library.prepare("shapes"))
    before = library.load("shapes")
    small(shapes, seed=1, train_size=70)
    assert library.sha256("shapes") != before.sha256
    assert library.load("shapes").sha256 == before.sha256
    list(library.prepare("shapes"))
    after = library.load("shapes")
    assert after.sha256 == library.sha256("shapes") != before.sha256
    assert (len(before.training.t), len(after.training.t)) == (60, 70)


def test_changed_names_are_no_other_data(library: Library, shapes: Path) -> None:
    list(library.prepare("shapes"))
    before = library.sha256("shapes")
    names(*"abcdef")(shapes)
    list(library.prepare("shapes"))
    assert library.load("shapes").classes == tuple("abcdef")
    assert library.sha256("shapes") == before


def test_an_unknown_name_is_reported_with_those_there_are(library: Library, shapes: Path) -> None:
    for name in ("letters", "../data/shapes", ""):
        message = f"expected one of mnist, strokes, shapes; got {name!r}"
        assert library.trouble(name) == message
        assert library.sha256(name) is None
        with pytest.raises(DatasetError, match="expected one of"):
            library.load(name)


def test_another_process_gets_the_same_data_sets(library: Library, shapes: Path) -> None:
    sent: Library = pickle.loads(pickle.dumps(library))
    list(sent.prepare("shapes"))
    assert sent.load("shapes").sha256 == library.sha256("shapes")
