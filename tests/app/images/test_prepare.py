import numpy as np
import pytest
from PIL import Image

from app.images import PictureBlank, prepare
from tests.app.images.drawing import SEVEN, draw, encode


def test_a_digit_is_found_where_it_was_drawn(seven: bytes) -> None:
    prepared = prepare(seven)
    (digit,) = prepared.digits
    assert prepared.inverted
    assert prepared.size == (280, 280)
    left, top, width, height = digit.box
    assert (left, top, left + width, top + height) == pytest.approx((59, 45, 221, 250), abs=3)


def test_a_digit_comes_out_white_on_black_20_high_and_centred_by_mass(seven: bytes) -> None:
    (digit,) = prepare(seven).digits
    assert digit.pixels.shape == (28, 28)
    assert digit.pixels.dtype == np.float32
    assert digit.pixels.min() == 0
    assert digit.pixels.max() == pytest.approx(1, abs=0.01)
    rows = np.flatnonzero(digit.pixels.any(axis=1))
    assert rows[-1] - rows[0] + 1 == 20
    weights = digit.pixels / digit.pixels.sum()
    middle = (weights.sum(axis=1) @ np.arange(28), weights.sum(axis=0) @ np.arange(28))
    assert middle == pytest.approx((14, 14), abs=0.5)


def test_white_ink_on_black_gives_the_same_as_black_on_white(seven: bytes) -> None:
    white = prepare(encode(draw(SEVEN, ink=255, paper=0)))
    assert not white.inverted
    np.testing.assert_allclose(white.digits[0].pixels, prepare(seven).digits[0].pixels, atol=0.02)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_sheet_is_blank_and_says_what_was_expected(level: int) -> None:
    with pytest.raises(PictureBlank, match="expected something drawn"):
        prepare(encode(Image.new("L", (100, 100), level)))
