import gzip
import os
import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.download_mirror import FAULTS, mirror, small_mnist
from trainer.datasets import Dataset, DatasetError, Library, mnist
from trainer.datasets.files import TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS

Files = dict[str, bytes]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    return small_mnist(tmp_path / "data" / "mnist", monkeypatch)


def held(home: Path) -> set[str]:
    return {path.name for path in (home / "datasets").rglob("*") if path.is_file()}


def test_mnist_is_read_from_the_users_folder(tmp_path: Path, files: Files) -> None:
    library = Library(tmp_path / "home", tmp_path / "data", offline=True)
    assert library.trouble("mnist") is None
    data = library.load("mnist", train_limit=30)
    assert data.training.x.shape == (30, 784)
    assert data.test.x.shape == (50, 784)
    assert data.training.x.tobytes() == files[TRAIN_IMAGES][16 : 16 + 30 * 784]
    assert data.training.t.tobytes() == files[TRAIN_LABELS][8:38]


def test_mnist_may_be_packed(tmp_path: Path, files: Files) -> None:
    plain = Library(tmp_path / "home", tmp_path / "data", offline=True)
    assert plain.trouble("mnist") is None
    (tmp_path / "packed" / "mnist").mkdir(parents=True)
    for name, content in files.items():
        (tmp_path / "packed" / "mnist" / f"{name}.gz").write_bytes(gzip.compress(content))
    packed = Library(tmp_path / "home2", tmp_path / "packed", offline=True)
    assert packed.trouble("mnist") is None
    assert packed.load("mnist").sha256 == plain.load("mnist").sha256


def test_copied_mnist_is_found_without_the_users_folder(tmp_path: Path, files: Files) -> None:
    assert Library(tmp_path / "home", tmp_path / "data", offline=True).choose() == "mnist"
    assert Library(tmp_path / "home", offline=True).choose() == "mnist"


def half_packed(path: Path) -> None:
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:-4])
    path.unlink()


FAULTY: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda p: p.unlink(), f"expected {TEST_LABELS} or {TEST_LABELS}.gz in .*; found"),
    "cut": (lambda p: p.write_bytes(p.read_bytes()[:-1]), "expected MNIST's own file, SHA-256"),
    "padded": (lambda p: p.write_bytes(p.read_bytes() + b"\0"), "expected MNIST's own file"),
    "mislabelled": (
        lambda p: p.write_bytes(p.read_bytes()[:-1] + bytes([(p.read_bytes()[-1] + 1) % 10])),
        "expected MNIST's own file",
    ),
    "half a gzip file": (half_packed, "expected a whole gzip file"),
}


@pytest.mark.parametrize("how", FAULTY)
def test_wrong_files_are_named_and_nothing_is_copied(
    tmp_path: Path, files: Files, how: str
) -> None:
    spoil, reason = FAULTY[how]
    spoil(tmp_path / "data" / "mnist" / TEST_LABELS)
    library = Library(tmp_path / "home", tmp_path / "data", offline=True)
    trouble = library.trouble("mnist")
    assert trouble is not None
    with pytest.raises(DatasetError, match=reason):
        raise DatasetError(trouble)
    assert "choose strokes" in trouble
    assert library.choose() == "strokes"
    assert not library.statuses()[0].available
    assert not (tmp_path / "home").exists()


def test_corrected_files_are_copied_without_a_restart(tmp_path: Path, files: Files) -> None:
    path = tmp_path / "data" / "mnist" / TEST_LABELS
    path.write_bytes(b"")
    library = Library(tmp_path / "home", tmp_path / "data", offline=True)
    assert library.choose() == "strokes"
    path.write_bytes(files[TEST_LABELS])
    assert library.choose() == "mnist"


def test_a_damaged_copy_is_replaced(tmp_path: Path, files: Files) -> None:
    library = Library(tmp_path / "home", tmp_path / "data", offline=True)
    assert library.trouble("mnist") is None
    copy = tmp_path / "home" / "datasets" / "mnist" / TRAIN_IMAGES
    copy.write_bytes(b"spoilt")
    assert library.sha256("mnist") is None
    with pytest.raises(DatasetError, match="not prepared, or was damaged since"):
        library.load("mnist")
    assert library.trouble("mnist") is None
    assert copy.read_bytes() == files[TRAIN_IMAGES]


def test_a_download_reports_progress_and_leaves_only_the_files(
    tmp_path: Path, files: Files
) -> None:
    with mirror(files) as right:
        library = Library(tmp_path / "home", mirrors=[right.address])
        assert library.choose() == "mnist"
        progress = list(library.prepare("mnist"))
    total = sum(map(len, files.values()))
    assert {p.phase for p in progress} == {"downloading MNIST"}
    assert [p.done for p in progress] == sorted(p.done for p in progress)
    assert (progress[-1].done, progress[-1].total) == (total, total)
    assert held(tmp_path / "home") == set(files)
    assert library.load("mnist").test.t.tobytes() == files[TEST_LABELS][8:]


@pytest.mark.parametrize("fault", FAULTS)
def test_after_any_error_the_next_mirror_is_tried(tmp_path: Path, files: Files, fault: str) -> None:
    with mirror(files, fault) as wrong, mirror(files) as right:
        library = Library(tmp_path / "home", mirrors=[wrong.address, right.address])
        for _ in library.prepare("mnist"):
            pass
    assert len(wrong.asked) == len(right.asked) == 4
    assert library.sha256("mnist") is not None
    assert held(tmp_path / "home") == set(files)


@pytest.mark.parametrize("fault", FAULTS)
def test_if_all_mirrors_fail_each_is_named_and_no_file_is_left(
    tmp_path: Path, files: Files, fault: str
) -> None:
    with mirror(files, fault) as one, mirror(files, fault) as other:
        library = Library(tmp_path / "home", mirrors=[one.address, other.address])
        with pytest.raises(DatasetError) as caught:
            list(library.prepare("mnist"))
    assert one.address in str(caught.value)
    assert other.address in str(caught.value)
    assert held(tmp_path / "home") == set()


def test_an_abandoned_download_leaves_no_file(tmp_path: Path, files: Files) -> None:
    with mirror(files) as right:
        progress = Library(tmp_path / "home", mirrors=[right.address]).prepare("mnist")
        next(progress)
        progress.close()  # type: ignore[attr-defined]
    assert held(tmp_path / "home") == set()


def test_old_temporary_files_are_removed_and_recent_ones_stay(
    tmp_path: Path,
) -> None:
    datasets = tmp_path / "datasets"
    left, written = [
        [datasets / f".strokes-{n}" / "strokes-3" / "images", datasets / "mnist" / f".{n}.part"]
        for n in range(2)
    ]
    for file in (*left, *written):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for old in (left[0].parents[1], left[1]):
        os.utime(old, (0, 0))
    Library(tmp_path).clear_leftovers()
    assert {file for file in datasets.rglob("*") if file.is_file()} == set(written)


def test_without_a_response_strokes_are_chosen_and_mirrors_are_asked_once_a_minute(
    tmp_path: Path, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "RESPONSE_WAIT_S", 0.3)
    with mirror(files, "hanging") as silent:
        library = Library(tmp_path / "home", mirrors=[silent.address])
        threads = [threading.Thread(target=library.choose) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert library.choose() == "strokes"
        for thread in threads:
            thread.join()
        assert library.choose() == "strokes"
        assert silent.asked == [f"HEAD /mnist/{TEST_LABELS}.gz"]
        assert "no mirror answers" in str(library.trouble("mnist"))


@pytest.mark.parametrize("fault", ["missing", "refusing", "garbled"])
def test_a_mirror_without_the_files_does_not_count(
    tmp_path: Path, files: Files, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "RESPONSE_WAIT_S", 0.3)
    with mirror(files, fault) as wrong:
        assert Library(tmp_path / "home", mirrors=[wrong.address]).choose() == "strokes"


def test_offline_no_mirror_is_asked(tmp_path: Path, files: Files) -> None:
    with mirror(files) as right:
        library = Library(tmp_path / "home", offline=True, mirrors=[right.address])
        assert library.choose() == "strokes"
        assert "downloading is off" in str(library.trouble("mnist"))
        with pytest.raises(DatasetError, match="downloading is off"):
            list(library.prepare("mnist"))
    assert right.asked == []


def test_a_library_can_be_sent_to_another_process(tmp_path: Path, files: Files) -> None:
    library = Library(tmp_path / "home", tmp_path / "data", offline=True)
    assert library.choose() == "mnist"
    (tmp_path / "data").rename(tmp_path / "moved")
    sent: Library = pickle.loads(pickle.dumps(library))
    assert list(sent.prepare("mnist")) == []
    assert sent.load("mnist").sha256 == library.load("mnist").sha256


def test_the_status_of_a_missing_data_set_says_how_to_get_it(tmp_path: Path) -> None:
    nothing, strokes = Library(tmp_path, offline=True).statuses()
    assert (nothing.name, nothing.available) == ("mnist", False)
    assert nothing.detail == (
        "Not here: no data folder is given. Put its four files into a folder mnist/ and start "
        "with --data and the folder that holds it."
    )
    assert (strokes.name, strokes.available) == ("strokes", True)
    assert "the first use draws them" in strokes.detail
    downloadable, _ = Library(tmp_path).statuses()
    assert downloadable.detail.endswith("or choose it here and it is downloaded.")


def test_strokes_have_the_shape_and_format_of_mnist(data_home: Path) -> None:
    library = Library(data_home, offline=True)
    data = library.load("strokes")
    for pictures, n in ((data.training, 60_000), (data.test, 10_000)):
        assert pictures.x.shape == (n, 784)
        assert pictures.x.dtype == pictures.t.dtype == np.uint8
        assert set(np.unique(pictures.t)) == set(range(10))
    assert data.sha256 == library.sha256("strokes")
    assert library.statuses()[1].detail == "60,000 + 10,000 digits drawn by this program"


def test_damaged_strokes_are_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "trainer.datasets.strokes.blocks",
        lambda part: [(np.zeros((5, 28, 28), np.uint8), np.arange(5, dtype=np.uint8))] * 2,
    )
    library = Library(tmp_path, offline=True)
    progress = list(library.prepare("strokes"))
    assert [p.done for p in progress] == [5, 10, 15, 20]
    assert {(p.phase, p.total) for p in progress} == {("drawing strokes", 70_000)}
    first = library.load("strokes").sha256
    assert list(library.prepare("strokes")) == []
    (image,) = (tmp_path / "datasets").rglob(TRAIN_IMAGES)
    image.write_bytes(image.read_bytes()[:-1])
    assert len(list(library.prepare("strokes"))) == 4
    assert library.load("strokes").sha256 == first
    assert len(list((tmp_path / "datasets").iterdir())) == 1


@pytest.mark.mnist
def test_real_mnist_is_recognised_by_its_checksums(mnist: Dataset) -> None:
    assert mnist.training.x.shape == (60_000, 784)
    assert mnist.test.x.shape == (10_000, 784)
    assert mnist.training.t[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(mnist.test.t).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028,
                                                  974, 1009]  # fmt: skip
