from itertools import islice

import numpy as np
import pytest
from numpy.typing import NDArray

from trainer.datasets import glyphs, pen, strokes

DIGITS = np.arange(10, dtype=np.uint8)


def first_block(part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return next(strokes.blocks(part))  # type: ignore[arg-type]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_same_generator_state_draws_the_same_pictures() -> None:
    labels = DIGITS.repeat(5)
    assert np.array_equal(strokes.draw(labels, rng(3)), strokes.draw(labels, rng(3)))
    assert not np.array_equal(strokes.draw(labels, rng(3)), strokes.draw(labels, rng(4)))


def test_the_set_is_the_same_every_time_it_is_drawn() -> None:
    for (pictures, labels), (again, labels_again) in zip(
        islice(strokes.blocks("train"), 2), islice(strokes.blocks("train"), 2), strict=True
    ):
        assert np.array_equal(pictures, again)
        assert np.array_equal(labels, labels_again)


def test_blocks_of_a_part_add_up_to_its_size_in_mnists_format(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strokes, "draw", lambda labels, rng: np.zeros((len(labels), 28, 28), "u1"))
    for part in ("train", "test"):
        assert sum(len(labels) for _, labels in strokes.blocks(part)) == strokes.SIZES[part]
    assert strokes.SIZES == {"train": 60_000, "test": 10_000}


def test_pictures_and_labels_have_mnists_shapes_and_types() -> None:
    pictures, labels = first_block("train")
    assert pictures.shape == (len(labels), 28, 28)
    assert pictures.dtype == labels.dtype == np.uint8


def test_first_pictures_hold_every_digit_as_often_and_in_no_order() -> None:
    _, labels = first_block("train")
    assert set(np.bincount(labels, minlength=10)) == {len(labels) // 10}
    assert 0.85 < np.mean(labels[1:] != labels[:-1]) < 0.95


def test_no_picture_repeats_within_a_block_nor_from_train_to_test() -> None:
    train, _ = first_block("train")
    test, _ = first_block("test")
    both = np.concatenate([train, test]).reshape(-1, 784)
    assert len(np.unique(both, axis=0)) == len(both)


def test_every_way_of_writing_a_digit_leaves_strokes_and_paper() -> None:
    ways = glyphs.load()
    radius = np.full((len(ways.labels), glyphs.SAMPLES), 1.3, np.float32)
    softness = np.ones(len(ways.labels), np.float32)
    for weights in (ways.cornered, ways.rounded):
        path = pen.fit(weights @ ways.points, radius)
        share = pen.ink(path, radius, ways.drawn, softness).mean((1, 2))
        assert np.all((share > 0.1) & (share < 0.5))


def test_every_digit_is_written_in_several_ways_whose_chances_add_up() -> None:
    ways = glyphs.load()
    assert np.allclose(np.bincount(ways.labels, weights=ways.chances), 1)
    assert np.all(np.bincount(ways.labels) >= 5)


def test_pen_lifted_between_strokes_leaves_no_ink() -> None:
    across = np.stack([np.linspace(2, 18, 64), np.full(64, 10)], 1)[None].astype(np.float32)
    radius = np.ones((1, 64), np.float32)
    drawn = np.ones((1, 63), np.bool_)
    drawn[0, 25:38] = False
    row = pen.ink(across, radius, drawn, np.ones(1, np.float32))[0, 10]
    assert row[4] > 0.99
    assert row[15] > 0.99
    assert row[10] == 0


def test_a_straight_stroke_is_as_wide_as_the_pen() -> None:
    across = np.stack([np.linspace(-5, 25, 128), np.full(128, 10)], 1)[None].astype(np.float32)
    radius = np.full((1, 128), 1.5, np.float32)
    drawn = np.ones((1, 127), np.bool_)
    ink = pen.ink(across, radius, drawn, np.ones(1, np.float32))[0]
    assert np.allclose(ink.sum(0), 3, atol=0.05)


def test_no_picture_is_blank_faint_or_a_blot() -> None:
    pictures, _ = first_block("train")
    share = np.mean(pictures > 127, axis=(1, 2))
    assert 0.01 < share.min() < share.max() < 0.4
    assert np.all(pictures.max((1, 2)) > 150)


def test_ink_fills_a_box_of_20_pixels_without_leaving_it() -> None:
    pictures, _ = first_block("train")
    spans = []
    for picture in pictures:
        rows, columns = np.nonzero(picture)
        spans.append((np.ptp(rows) + 1, np.ptp(columns) + 1))
    longest = np.max(spans, axis=1)
    assert longest.max() <= 20
    assert longest.min() >= 18


def test_ink_is_centred_by_its_mass_to_the_pixel_where_the_picture_has_room() -> None:
    pictures, _ = first_block("test")
    mass = pictures / pictures.sum((1, 2), keepdims=True)
    at = np.arange(28) + 0.5
    middles = np.stack([mass.sum(2) @ at, mass.sum(1) @ at])
    centred = np.abs(middles - 14).max(0) <= 0.5
    edge = np.ones((28, 28), np.bool_)
    edge[2:-2, 2:-2] = False
    assert np.all(centred | pictures[:, edge].any(1))
    assert np.mean(centred) > 0.99


def test_edges_are_anti_aliased_and_paper_is_black() -> None:
    pictures, _ = first_block("train")
    grey = np.mean((pictures > 0) & (pictures < 128))
    assert 0.03 < grey < 0.2
    assert np.median(pictures) == 0


def test_a_spline_passes_through_its_points_and_bends_smoothly_between() -> None:
    knots = np.array([0.0, 1.0, 2.0])
    # Natural spline of 0, 1, 0 by hand: M1 = -3, so at 1/2 it is 1/2 + 3/16 = 11/16.
    weights = glyphs.spline_weights(knots, np.array([0.0, 0.5, 1.0, 2.0]))
    assert np.allclose(weights @ [0.0, 1.0, 0.0], [0.0, 11 / 16, 1.0, 0.0])


def test_a_nearest_neighbour_classifier_reads_new_strokes() -> None:
    """Classify each new picture like the nearest picture seen, the simplest possible learner."""
    labels = rng(1).permutation(DIGITS.repeat(300))
    seen = strokes.draw(labels, rng(1)).reshape(-1, 784) / np.float32(255)
    fresh = strokes.draw(labels[:500], rng(2)).reshape(-1, 784) / np.float32(255)
    likeness = fresh @ seen.T - np.square(seen).sum(1) / 2
    assert np.mean(labels[likeness.argmax(1)] == labels[:500]) > 0.75
