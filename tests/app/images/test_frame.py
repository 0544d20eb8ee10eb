import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.images.frame import centre, fit, stroke_width
from tests.app.images.drawing import SEVEN, draw


def cropped(pen: float, side: int = 280) -> NDArray[np.float32]:
    drawn = np.asarray(draw(SEVEN, side, pen, ink=255, paper=0), np.float32)
    ink = np.divide(drawn, 255, dtype=np.float32)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("width", [2, 5, 12])
def test_the_width_of_a_bar_is_measured_in_pixels(width: int) -> None:
    bar = np.zeros((200, 40), np.float32)
    bar[:, 20 : 20 + width] = 1
    assert stroke_width(bar) == pytest.approx(width, rel=0.1)


@pytest.mark.parametrize("pen", [0.004, 0.01, 0.03, 0.08, 0.12])
def test_a_digit_is_fitted_into_20_by_20_with_any_pen(pen: float) -> None:
    fitted = fit(cropped(pen))
    solid = fitted > 0.5
    assert 18 <= np.flatnonzero(solid.any(axis=1)).size <= 20
    assert fitted.dtype == np.float32
    assert fitted.min() >= 0
    assert fitted.max() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("pen", [0.004, 0.01, 0.03])
def test_thin_lines_come_out_as_wide_as_mnists(pen: float) -> None:
    assert stroke_width(fit(cropped(pen))) == pytest.approx(1.8, abs=0.5)


def test_lines_of_medium_width_keep_it() -> None:
    ink = cropped(0.1)
    expected = stroke_width(ink) * 20 / max(ink.shape)
    assert stroke_width(fit(ink)) == pytest.approx(expected, rel=0.1)


def test_very_thick_lines_are_thinned() -> None:
    ink = cropped(0.2)
    fitted = fit(ink)
    plain = Image.fromarray(ink).resize(fitted.shape[::-1], Image.Resampling.BOX)
    assert fitted.sum() < 0.9 * np.asarray(plain).sum()


def test_the_aspect_is_kept() -> None:
    height, width = fit(np.ones((100, 50), np.float32)).shape
    assert width == pytest.approx(height / 2, abs=1)


def test_a_single_dot_fills_the_square() -> None:
    assert fit(np.ones((1, 1), np.float32)).max() > 0.9


def test_the_centre_of_mass_comes_to_the_middle() -> None:
    fitted = np.zeros((20, 14), np.float32)
    fitted[:6] = 1
    frame = centre(fitted)
    assert frame.shape == (28, 28)
    # Rows 0 to 5 have their mass at 2.5; what would put it at 14 leaves the frame, so the digit
    # stays where its last row is the frame's.
    assert np.flatnonzero(frame.any(axis=1)).tolist() == [8, 9, 10, 11, 12, 13]
    assert frame.sum() == fitted.sum()


def test_a_digit_of_even_mass_is_centred() -> None:
    frame = centre(np.ones((20, 4), np.float32))
    rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
    assert (rows[0], rows[-1], columns[0], columns[-1]) == (4, 23, 12, 15)
