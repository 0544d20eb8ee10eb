import base64
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.images import PictureBlank, as_input, to_png_url
from app.images.prepare import prepare
from tests.app.images.drawing import SEVEN, draw, encode, photograph
from trainer.datasets import Dataset


def on_a_page() -> bytes:
    sheet = Image.new("L", (420, 600), 255)
    sheet.paste(draw(SEVEN, 100), (290, 40))
    return encode(sheet)


def transparent() -> bytes:
    image = Image.new("RGBA", (280, 280), "black")
    image.putalpha(draw(SEVEN, ink=255, paper=0))
    return encode(image)


def lit_from_the_side() -> bytes:
    return encode(Image.fromarray(photograph(draw(SEVEN), np.random.default_rng(0))))


def sixteen_bits() -> bytes:
    return encode(Image.fromarray(np.asarray(draw(SEVEN), np.uint16) * 257))


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(draw(SEVEN).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif)


def framed_and_speckled() -> bytes:
    image = draw(SEVEN)
    pencil = ImageDraw.Draw(image)
    pencil.rectangle((2, 2, 277, 277), outline=0, width=3)
    pencil.point([(30, 200), (31, 200), (240, 240)], fill=0)
    return encode(image)


KINDS: dict[str, Callable[[], bytes]] = {
    "scaled up": lambda: encode(draw(SEVEN, 1000)),
    "small and off-centre on a page": on_a_page,
    "JPEG": lambda: encode(draw(SEVEN), "JPEG", quality=40),
    "transparent": transparent,
    "coloured ink": lambda: encode(draw(SEVEN, ink="orange", paper="ivory", mode="RGB")),
    "uneven light and noise": lit_from_the_side,
    "16 bits": sixteen_bits,
    "turned by EXIF": turned,
    "WebP": lambda: encode(draw(SEVEN), "WEBP", quality=50),
    "white on black GIF": lambda: encode(draw(SEVEN, ink=255, paper=0), "GIF"),
    "framed and speckled": framed_and_speckled,
}


def likeness(pixels: NDArray[np.generic], expected: NDArray[np.generic]) -> float:
    """Correlation of two pictures, the largest of shifts by up to one pixel."""
    shifts = [np.roll(pixels, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return max(float(np.corrcoef(s.ravel(), expected.ravel())[0, 1]) for s in shifts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_picture_gives_nearly_the_same_input(kind: str, seven: bytes) -> None:
    (expected,) = prepare(seven).digits
    (digit,) = prepare(KINDS[kind]()).digits
    assert likeness(digit.pixels, expected.pixels) > 0.93


def test_a_digit_is_found_where_it_was_drawn(seven: bytes) -> None:
    prepared = prepare(seven)
    (digit,) = prepared.digits
    assert prepared.inverted
    assert prepared.size == (280, 280)
    left, top, width, height = digit.box
    assert (left, top, left + width, top + height) == pytest.approx((59, 45, 221, 250), abs=3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_boxes_are_in_pixels_of_the_whole_picture(kind: str) -> None:
    prepared = prepare(encode(draw(SEVEN, 2100, pen=0.05), kind))
    assert prepared.size == (2100, 2100)
    left, top, width, height = prepared.digits[0].box
    assert (left, top) == pytest.approx((0.225 * 2100, 0.175 * 2100), abs=12)
    assert (width, height) == pytest.approx((0.55 * 2100, 0.7 * 2100), abs=24)


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


@pytest.mark.parametrize("side", [8, 10, 28])
def test_a_tiny_picture_is_read(side: int) -> None:
    assert len(prepare(encode(draw(SEVEN, side, pen=0.12))).digits) == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (3, 2), (7, 7), (1, 5000)])
def test_pictures_too_small_to_hold_a_digit_are_no_trouble(
    size: tuple[int, int], rng: np.random.Generator
) -> None:
    for _ in range(20):
        pixels = rng.integers(0, 256, size, np.uint8)
        with suppress(PictureBlank):
            prepare(encode(Image.fromarray(pixels)))


def test_stages_are_kept_if_requested(seven: bytes) -> None:
    (plain,) = prepare(seven).digits
    assert plain.stages == ()
    (digit,) = prepare(seven, stages=True).digits
    assert [stage.name for stage in digit.stages] == [
        "original",
        "ink",
        "cropped",
        "20×20",
        "centred",
    ]
    for stage in digit.stages:
        assert stage.image.dtype == np.uint8
        assert as_input(stage.image).shape == (28, 28)
    np.testing.assert_allclose(as_input(digit.stages[-1].image), digit.pixels, atol=1 / 255)


def test_the_original_of_a_coloured_picture_is_shown_in_grey() -> None:
    data = encode(draw(SEVEN, ink="red", paper="white", mode="RGB"))
    assert prepare(data, stages=True).digits[0].stages[0].image.ndim == 2


def test_a_picture_goes_into_a_data_url_and_comes_back() -> None:
    levels = np.arange(784, dtype=np.uint8).reshape(28, 28)
    for url in (to_png_url(levels), to_png_url(np.divide(levels, 255, dtype=np.float32))):
        head, _, tail = url.partition(",")
        assert head == "data:image/png;base64"
        with Image.open(BytesIO(base64.b64decode(tail))) as image:
            np.testing.assert_array_equal(np.asarray(image), levels)


@pytest.mark.mnist
def test_digits_of_mnist_stay_nearly_unchanged(mnist: Dataset) -> None:
    likenesses = []
    for row in mnist.test.x[:500]:
        pixels = np.asarray(row).reshape(28, 28)
        digits = prepare(encode(Image.fromarray(pixels))).digits
        likenesses.append(max(likeness(digit.pixels, pixels) for digit in digits))
    assert np.median(likenesses) > 0.99
    assert np.quantile(likenesses, 0.05) > 0.9
