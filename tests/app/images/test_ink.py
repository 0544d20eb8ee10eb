import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from app.images.errors import PictureBlank
from app.images.ink import find_ink
from tests.app.images.drawing import SEVEN, draw, photograph

MASK = np.asarray(draw(SEVEN, ink=255, paper=0)) > 127


def overlap(strength: NDArray[np.uint8]) -> float:
    """Share of pixels that are ink in both or in one of the two."""
    found = strength > strength.max() / 2
    return float((found & MASK).sum() / (found | MASK).sum())


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0), (90, 130), (130, 90)])
def test_ink_is_found_on_lighter_and_on_darker_paper(ink: int, paper: int) -> None:
    found = find_ink(np.asarray(draw(SEVEN, ink=ink, paper=paper)))
    assert found.inverted == (ink < paper)
    assert overlap(found.strength) > 0.97
    assert found.strength[0, 0] == 0


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("blue", "white"),
        ("yellow", "white"),
        ("red", "#008000"),
        ("#ff8888", "#88ff88"),
        ("white", "navy"),
    ],
)
def test_coloured_ink_is_found_on_coloured_paper(ink: str, paper: str) -> None:
    found = find_ink(np.asarray(draw(SEVEN, ink=ink, paper=paper, mode="RGB")))
    assert overlap(found.strength) > 0.99


@pytest.mark.parametrize("dark_ink", [True, False])
def test_ink_is_found_in_uneven_light_and_noise(dark_ink: bool, rng: np.random.Generator) -> None:
    picture = draw(SEVEN) if dark_ink else draw(SEVEN, ink=255, paper=0)
    found = find_ink(photograph(picture, rng))
    assert found.inverted == dark_ink
    assert overlap(found.strength) > 0.8


def test_bold_ink_that_covers_most_of_a_tight_picture_is_still_ink() -> None:
    image = Image.new("L", (100, 140), 255)
    ImageDraw.Draw(image).ellipse((0, 0, 99, 139), fill=0)
    ImageDraw.Draw(image).ellipse((30, 30, 69, 109), fill=255)
    assert (np.asarray(image) == 0).mean() > 0.55
    assert find_ink(np.asarray(image)).inverted


def test_traces_of_an_eraser_are_not_ink() -> None:
    pixels = np.array(draw(SEVEN))
    pixels[250:270, 20:60] = 235
    assert not find_ink(pixels).strength[250:270, 20:60].any()


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_sheet_is_blank(level: int) -> None:
    with pytest.raises(PictureBlank):
        find_ink(np.full((100, 100), level, np.uint8))


def test_a_sheet_in_uneven_light_is_blank() -> None:
    light = np.linspace(120, 250, 200) * np.linspace(0.8, 1, 150)[:, None]
    with pytest.raises(PictureBlank):
        find_ink(light.astype(np.uint8))
