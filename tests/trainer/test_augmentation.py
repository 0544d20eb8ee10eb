import numpy as np
import pytest

from trainer.augmentation import distort
from trainer.functions import Array


@pytest.fixture
def pictures() -> Array:
    """More than one block of pictures, each with a ring of ink around the centre."""
    y, x = np.mgrid[:28, :28] - 13.5
    ring = np.exp(-((np.hypot(x, y) - 7) ** 2) / 4)
    return np.tile(ring.ravel(), (100, 1)).astype(np.float32)


def test_each_picture_is_changed_in_its_own_way(pictures: Array) -> None:
    before = pictures.copy()
    distort(pictures, np.random.default_rng(0))
    assert all(not np.array_equal(a, b) for a, b in zip(pictures, before, strict=True))
    assert len(np.unique(pictures, axis=0)) == len(pictures)


def test_ink_stays_ink_within_the_picture_and_the_range(pictures: Array) -> None:
    ink = pictures.sum(axis=1)
    distort(pictures, np.random.default_rng(0))
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    np.testing.assert_allclose(pictures.sum(axis=1), ink, rtol=0.5)


def test_a_blank_picture_stays_blank() -> None:
    blank = np.zeros((40, 784), np.float32)
    distort(blank, np.random.default_rng(0))
    assert not blank.any()


def test_what_moves_in_from_outside_is_blank() -> None:
    full = np.ones((200, 784))
    distort(full, np.random.default_rng(0))
    assert full.min() == 0
    assert (full.reshape(-1, 28, 28)[:, 9:19, 9:19] > 0.999).all()


def test_distortions_have_no_drift(pictures: Array) -> None:
    many = np.tile(pictures, (20, 1))
    distort(many, np.random.default_rng(0))
    y, x = np.mgrid[:28, :28] - 13.5
    for place in (x, y):
        centres = (many @ place.ravel()) / many.sum(axis=1)
        # 2,000 centres that stray by up to 3 pixels: their mean strays by less than 0.1.
        assert abs(centres.mean()) < 0.1
        assert centres.std() > 0.3


def test_same_rng_seed_same_pictures(pictures: Array) -> None:
    again = pictures.copy()
    distort(pictures, np.random.default_rng(4))
    distort(again, np.random.default_rng(4))
    np.testing.assert_array_equal(pictures, again)


def test_float32_and_float64_agree(pictures: Array) -> None:
    double = pictures.astype(np.float64)
    distort(pictures, np.random.default_rng(0))
    distort(double, np.random.default_rng(0))
    np.testing.assert_allclose(pictures, double, atol=1e-4)
