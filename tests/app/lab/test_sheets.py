import numpy as np
import pytest

from app.lab.sheets import sheet
from trainer.datasets.pictures import Pictures


def test_the_last_sheet_has_the_rows_that_it_needs_and_is_black_where_no_picture_is() -> None:
    x = np.full((1042, 784), 255, np.uint8)
    pixels = sheet(Pictures(x, np.zeros(1042, np.uint8)), 1)
    assert pixels.shape == (2 * 28, 40 * 28)
    assert pixels[:28].min() == 255
    assert pixels[28:, : 2 * 28].min() == 255
    assert pixels[28:, 2 * 28 :].max() == 0


def test_an_empty_test_set_has_no_sheet() -> None:
    with pytest.raises(IndexError):
        sheet(Pictures(np.empty((0, 784), np.uint8), np.empty(0, np.uint8)), 0)
