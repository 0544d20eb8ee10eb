import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.images import PictureBlank
from app.images.prepare import prepare
from tests.app.images.drawing import (
    FIVE_WITH_A_BAR,
    FOUR_IN_TWO,
    ONE,
    SEVEN,
    ZERO,
    draw,
    encode,
    page,
    photograph,
)

Corner = tuple[int, int]


def corners(image: Image.Image) -> list[Corner]:
    """Left and top of each digit in reading order, rounded to tens."""
    boxes = [digit.box for digit in prepare(encode(image)).digits]
    return [(round(left, -1), round(top, -1)) for left, top, *_ in boxes]


def test_a_number_is_read_from_left_to_right_with_digits_of_any_height() -> None:
    sheet = page(
        (ONE, 100, 0, 60), (ZERO, 160, 80, 20), (SEVEN, 80, 260, 50), (ZERO, 120, 340, 0),
        size=(500, 220),
    )  # fmt: skip
    lefts = [left for left, _ in corners(sheet)]
    assert len(lefts) == 4
    assert lefts == sorted(lefts)


def test_a_column_is_read_from_top_to_bottom() -> None:
    sheet = page((SEVEN, 120, 20, 0), (ONE, 120, 0, 130), (ZERO, 120, 30, 260), size=(180, 400))
    tops = [top for _, top in corners(sheet)]
    assert len(tops) == 3
    assert tops == sorted(tops)


def test_a_sheet_is_read_row_by_row() -> None:
    places = [(ZERO, 100, 110 * column, 110 * row) for row in range(3) for column in range(4)]
    found = corners(page(*places, size=(440, 330)))
    assert len(found) == 12
    assert [top // 110 for _, top in found] == [0] * 4 + [1] * 4 + [2] * 4
    assert [left // 110 for left, _ in found] == [0, 1, 2, 3] * 3


def test_a_row_may_rise() -> None:
    places = [(SEVEN, 100, 90 * n, 200 - 30 * n) for n in range(6)]
    lefts = [left for left, _ in corners(page(*places, size=(600, 320)))]
    assert len(lefts) == 6
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("strokes", [FOUR_IN_TWO, FIVE_WITH_A_BAR])
def test_strokes_that_do_not_touch_stay_one_digit(strokes: tuple[tuple[float, float], ...]) -> None:
    assert len(prepare(encode(draw(strokes, pen=0.05))).digits) == 1  # type: ignore[arg-type]


def test_strokes_that_do_not_touch_stay_together_among_other_digits() -> None:
    sheet = page(
        (ONE, 140, 0, 0), (FOUR_IN_TWO, 140, 90, 0), (FIVE_WITH_A_BAR, 140, 230, 0),
        size=(380, 140),
    )  # fmt: skip
    assert len(prepare(encode(sheet)).digits) == 3


def test_narrow_neighbours_stay_apart() -> None:
    sheet = page((ONE, 140, 0, 0), (ONE, 140, 40, 0), (ZERO, 140, 90, 0), size=(240, 140))
    assert len(prepare(encode(sheet)).digits) == 3


def test_specks_are_ignored(rng: np.random.Generator) -> None:
    pixels = np.array(draw(SEVEN))
    for x, y in rng.integers(0, 275, (20, 2)):
        pixels[y : y + 3, x : x + 3] = 0
    (digit,) = prepare(encode(Image.fromarray(pixels))).digits
    assert digit.box[2] == pytest.approx(140, abs=35)


@pytest.mark.parametrize("inset", [0, 3, 20])
def test_a_frame_is_ignored(inset: int) -> None:
    image = draw(SEVEN)
    ImageDraw.Draw(image).rectangle((inset, inset, 279 - inset, 279 - inset), outline=0, width=4)
    (digit,) = prepare(encode(image)).digits
    assert digit.box == prepare(encode(draw(SEVEN))).digits[0].box


def test_a_ruled_line_is_ignored() -> None:
    image = draw(SEVEN)
    ImageDraw.Draw(image).line((0, 262, 280, 262), fill=0, width=3)
    (digit,) = prepare(encode(image)).digits
    assert digit.box == prepare(encode(draw(SEVEN))).digits[0].box


def test_a_one_from_edge_to_edge_is_not_a_ruled_line() -> None:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).line((100, 0, 100, 200), fill=0, width=4)
    assert len(prepare(encode(image)).digits) == 1


def test_a_zero_around_the_whole_picture_is_not_a_frame() -> None:
    image = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(image).ellipse((0, 0, 199, 199), outline=0, width=12)
    ImageDraw.Draw(image).line((80, 100, 120, 100), fill=0, width=3)
    (digit,) = prepare(encode(image)).digits
    assert digit.box == (0, 0, 200, 200)


def test_pale_ink_beside_black_ink_comes_out_as_bright() -> None:
    sheet = Image.new("L", (300, 150), 255)
    sheet.paste(draw(SEVEN, 150), (0, 0))
    sheet.paste(draw(SEVEN, 150, ink=170), (150, 0))
    black, pale = prepare(encode(sheet)).digits
    assert np.mean(np.abs(black.pixels - pale.pixels)) < 0.02


def test_pure_noise_is_blank(rng: np.random.Generator) -> None:
    for side in (28, 280, 800):
        noise = rng.normal(160, 12, (side, side)).clip(0, 255).astype(np.uint8)
        with pytest.raises(PictureBlank, match="expected something drawn"):
            prepare(encode(Image.fromarray(noise)))


def test_unevenly_lit_noise_is_blank(rng: np.random.Generator) -> None:
    with pytest.raises(PictureBlank, match="expected something drawn"):
        prepare(encode(Image.fromarray(photograph(Image.new("L", (280, 280), 255), rng))))


def test_a_few_dots_are_blank() -> None:
    image = Image.new("L", (280, 280), 255)
    image.putpixel((40, 40), 0)
    image.putpixel((200, 100), 0)
    with pytest.raises(PictureBlank, match="specks"):
        prepare(encode(image))


def test_a_sheet_of_paper_on_a_dark_desk_is_read(rng: np.random.Generator) -> None:
    desk = rng.normal(60, 6, (500, 500))
    desk[100:480, 60:440] = rng.normal(210, 5, (380, 380))
    desk[150:430, 110:390] -= 140 * (np.asarray(draw(SEVEN, ink=255, paper=0)) / 255)
    photo = Image.fromarray(desk.clip(0, 255).astype(np.uint8))
    (digit,) = prepare(encode(photo, "JPEG")).digits
    assert digit.box == pytest.approx((169, 195, 162, 205), abs=12)
