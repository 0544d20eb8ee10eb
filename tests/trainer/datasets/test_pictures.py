import numpy as np

from trainer.datasets.pictures import Pictures, set_apart


def numbered(n: int) -> Pictures:
    return Pictures(np.arange(n, dtype=np.float32).reshape(n, 1), np.arange(n))


def test_a_validation_set_takes_a_share_and_leaves_the_others_in_order() -> None:
    learned, validation = set_apart(numbered(101), 0.25)
    assert validation is not None
    assert (len(learned.t), len(validation.t)) == (76, 25)
    assert sorted([*learned.t, *validation.t]) == list(range(101))
    assert np.all(np.diff(learned.t) > 0)
    np.testing.assert_array_equal(validation.x[:, 0], validation.t)
    assert np.any(np.diff(validation.t) > 1)  # drawn at random, not the last ones


def test_the_same_number_of_pictures_gives_the_same_validation_set() -> None:
    first, second = (set_apart(numbered(50), 0.2)[1] for _ in range(2))
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.t, second.t)


def test_a_share_of_0_sets_nothing_apart() -> None:
    pictures = numbered(10)
    assert set_apart(pictures, 0) == (pictures, None)
