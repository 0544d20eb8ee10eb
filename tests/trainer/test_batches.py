from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.batches import Batches, pixels_to_input, weights_rng
from trainer.datasets.pictures import Pictures
from trainer.functions import Array, one_hot


def batches(
    data: Pictures, size: int = 32, sampling: str = "random", augment: bool = False, seed: int = 0
) -> Batches:
    return Batches(
        data.x,
        one_hot(data.t, 10),
        batch_size=size,
        sampling=sampling,
        augment=augment,
        seed=seed,
        dtype=np.float32,
    )


def drawn(source: Batches, epoch: int, first: int = 0) -> list[tuple[Array, Array]]:
    return [(x.copy(), t.copy()) for x, t in source.epoch(epoch, first)]


def test_bytes_become_numbers_in_0_to_1() -> None:
    x = pixels_to_input(np.array([[0, 51, 255]], np.uint8), np.float32)
    np.testing.assert_allclose(x, [[0, 0.2, 1]], rtol=1e-6)
    assert x.dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
def test_what_is_no_byte_is_taken_as_it_is(dtype: type) -> None:
    pixels: NDArray[Any] = np.array([[0, 1]], dtype)
    x = pixels_to_input(pixels, np.float32)
    np.testing.assert_array_equal(x, [[0, 1]])
    assert not np.shares_memory(x, pixels)


def test_random_sampling_gives_full_batches_of_pictures_with_their_labels(
    training: Pictures,
) -> None:
    source = batches(training)
    epoch = drawn(source, 1)
    assert source.per_epoch == len(epoch) == 4  # ceil(100 / 32)
    of_picture = {row.tobytes(): label for row, label in zip(training.x, training.t, strict=True)}
    for x, t in epoch:
        assert x.shape == (32, 784)
        for picture, target in zip(x, t, strict=True):
            bytes_again = np.rint(picture * 255).astype(np.uint8).tobytes()
            assert of_picture[bytes_again] == target.argmax()


def test_shuffling_gives_each_picture_once_an_epoch_and_a_short_last_batch(
    training: Pictures,
) -> None:
    epoch = drawn(batches(training, sampling="shuffle"), 1)
    assert [len(x) for x, _ in epoch] == [32, 32, 32, 4]
    seen = np.concatenate([x for x, _ in epoch])
    expected = pixels_to_input(training.x, np.float32)
    np.testing.assert_array_equal(np.unique(seen, axis=0), np.unique(expected, axis=0))


def test_fewer_pictures_than_a_batch_are_drawn_again_and_again() -> None:
    source = Batches(np.eye(4), np.eye(4), batch_size=10, sampling="random", augment=False,
                     seed=0, dtype=np.float64)  # fmt: skip
    ((x, t),) = drawn(source, 1)
    assert x.shape == (10, 4)
    np.testing.assert_array_equal(x, t)


@pytest.mark.parametrize("sampling", ["random", "shuffle"])
@pytest.mark.parametrize("augment", [False, True])
def test_an_epoch_entered_midway_goes_on_as_if_never_left(
    training: Pictures, sampling: str, augment: bool
) -> None:
    source = batches(training, sampling=sampling, augment=augment)
    whole, rest = drawn(source, 3), drawn(source, 3, first=2)
    for (x, t), (x_again, t_again) in zip(whole[2:], rest, strict=True):
        np.testing.assert_array_equal(x, x_again)
        np.testing.assert_array_equal(t, t_again)


@pytest.mark.parametrize("sampling", ["random", "shuffle"])
def test_epochs_and_seeds_differ(training: Pictures, sampling: str) -> None:
    first = drawn(batches(training, sampling=sampling), 1)[0][0]
    assert not np.array_equal(first, drawn(batches(training, sampling=sampling), 2)[0][0])
    assert not np.array_equal(first, drawn(batches(training, sampling=sampling, seed=1), 1)[0][0])


def test_augmenting_draws_the_same_pictures_and_distorts_them(training: Pictures) -> None:
    plain, distorted = (drawn(batches(training, augment=a), 1) for a in (False, True))
    for (x, t), (x_distorted, t_distorted) in zip(plain, distorted, strict=True):
        np.testing.assert_array_equal(t, t_distorted)
        assert not np.array_equal(x, x_distorted)


def test_first_weights_and_sampling_are_streams_of_their_own() -> None:
    assert weights_rng(0).random() != weights_rng(1).random()
    assert weights_rng(5).random() == weights_rng(5).random()


@pytest.mark.parametrize(
    ("x", "labels", "change", "message"),
    [
        (np.zeros((0, 4)), np.zeros((0, 10)), {}, "a label for each picture"),
        (np.zeros((3, 4)), np.zeros((2, 10)), {}, "got 2 for 3"),
        (np.zeros((3, 4)), np.zeros((3, 10)), {"batch_size": 0}, "batch size of at least 1"),
        (np.zeros((3, 4)), np.zeros((3, 10)), {"sampling": "sorted"}, "random, shuffle"),
    ],
)
def test_what_gives_no_batches_is_an_error(
    x: Array, labels: Array, change: dict[str, object], message: str
) -> None:
    options: dict[str, object] = {"batch_size": 2, "sampling": "random", "augment": False}
    with pytest.raises(ValueError, match=message):
        Batches(x, labels, **{**options, "seed": 0, "dtype": np.float32, **change})  # type: ignore[arg-type]
