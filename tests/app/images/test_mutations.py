"""Damaged files raise only the documented errors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.images import PictureBlank, PictureTooLarge, PictureUnreadable
from app.images.prepare import prepare
from tests.app.images.drawing import SEVEN, draw, encode

EXIF = Image.Exif()
EXIF[0x0112] = 6
PLAIN = draw(SEVEN, side=40)
WIDE = Image.fromarray(np.asarray(PLAIN, np.uint16) * 257)

FILES = [
    encode(PLAIN),
    encode(PLAIN.convert("P")),
    encode(PLAIN.convert("RGBA"), exif=EXIF),
    encode(WIDE),
    encode(PLAIN, "JPEG", exif=EXIF),
    encode(PLAIN.convert("RGB"), "JPEG", progressive=True),
    encode(PLAIN.convert("CMYK"), "JPEG"),
    encode(PLAIN, "WEBP"),
    encode(PLAIN, "WEBP", lossless=True, exif=EXIF),
    encode(PLAIN, "GIF"),
    encode(PLAIN, "BMP"),
    encode(PLAIN, "TIFF"),
    encode(PLAIN, "TIFF", compression="tiff_lzw"),
    encode(PLAIN, "TIFF", compression="jpeg"),
    encode(PLAIN.convert("1"), "TIFF", compression="group4"),
    encode(PLAIN.convert("F"), "TIFF", compression="tiff_deflate"),
]

# Place in the file (headers come first, so most changes go there), bytes to cut, bytes to insert.
CHANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 60), st.integers(0, 2000)),
        st.integers(0, 8),
        st.binary(max_size=8),
    ),
    min_size=1,
    max_size=8,
)


def only_promised_errors(data: bytes) -> None:
    try:
        prepared = prepare(data, stages=True)
    except (PictureBlank, PictureTooLarge, PictureUnreadable):
        return
    for digit in prepared.digits:
        assert np.isfinite(digit.pixels).all()


@settings(max_examples=400)
@given(st.sampled_from(FILES), CHANGES)
def test_changed_files_raise_only_documented_errors(
    data: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    for place, cut, put in changes:
        data = data[:place] + put + data[place + cut :]
    only_promised_errors(data)


@pytest.mark.parametrize("data", FILES)
def test_files_cut_anywhere_raise_only_documented_errors(data: bytes) -> None:
    for end in range(0, len(data), max(1, len(data) // 60)):
        only_promised_errors(data[:end])


@settings(max_examples=100)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.integers(1, 256))
def test_any_pixels_raise_only_documented_errors(
    width: int, height: int, seed: int, levels: int
) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, levels, (height, width)).astype(np.uint8)
    only_promised_errors(encode(Image.fromarray(pixels)))
