"""Pictures that the tests draw themselves."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = Sequence[tuple[float, float]]
Strokes = Sequence[Points]

# In a square of side 1.
SEVEN: Strokes = (((0.25, 0.2), (0.75, 0.2), (0.45, 0.85)), ((0.35, 0.5), (0.7, 0.5)))
ONE: Strokes = (((0.5, 0.15), (0.5, 0.85)),)
FOUR_IN_TWO: Strokes = (((0.4, 0.15), (0.25, 0.6), (0.5, 0.6)), ((0.62, 0.15), (0.6, 0.85)))
FIVE_WITH_A_BAR: Strokes = (
    ((0.35, 0.25), (0.35, 0.5), (0.6, 0.5), (0.65, 0.7), (0.5, 0.85), (0.3, 0.8)),
    ((0.5, 0.18), (0.75, 0.16)),
)
ZERO: Strokes = (
    tuple((0.5 + 0.2 * np.cos(a), 0.5 + 0.35 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 25)),
)


def draw(
    strokes: Strokes,
    side: int = 280,
    pen: float = 0.08,
    ink: Any = 0,
    paper: Any = 255,
    mode: str = "L",
) -> Image.Image:
    """Round pen strokes, smooth at the edges, given in a square of side 1."""
    fine = 4
    mask = Image.new("L", (side * fine, side * fine))
    pencil = ImageDraw.Draw(mask)
    width = max(1, round(pen * side * fine))
    for stroke in strokes:
        points = [(x * side * fine, y * side * fine) for x, y in stroke]
        pencil.line(points, fill=255, width=width, joint="curve")
        for x, y in points:
            pencil.circle((x, y), width / 2, fill=255)
    mask = mask.resize((side, side), Image.Resampling.BOX)
    return Image.composite(Image.new(mode, mask.size, ink), Image.new(mode, mask.size, paper), mask)


def page(*places: tuple[Strokes, int, int, int], size: tuple[int, int]) -> Image.Image:
    """A white page with several drawings on it, each with its side and the place of its corner."""
    sheet = Image.new("L", size, 255)
    for strokes, side, left, top in places:
        sheet.paste(0, (left, top), draw(strokes, side, ink=255, paper=0))
    return sheet


def photograph(
    picture: Image.Image, rng: np.random.Generator, noise: float = 8
) -> NDArray[np.uint8]:
    """A drawing as a camera sees it: light from one side, and noise."""
    height, width = picture.height, picture.width
    light = np.linspace(0.5, 1, width) + np.linspace(-0.1, 0.1, height)[:, None]
    reflected = 0.3 + 0.5 * np.asarray(picture) / 255
    seen = 230 * light * reflected + rng.normal(0, noise, (height, width))
    return np.clip(seen, 0, 255).astype(np.uint8)


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg_of_scans(side: int, scans: int) -> bytes:
    """A JPEG of ten bytes for each scan; a decoder passes over all pixels for each of them."""
    data = encode(Image.new("RGB", (side, side), "grey"), "JPEG")
    start = data.index(b"\xff\xda")
    return data[:start] + scans * b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\xff\xd9"


def sheet_of_digits(rows: int, columns: int, side: int = 36) -> Image.Image:
    """Rows of sevens."""
    places = [(SEVEN, side, side * c, side * r) for r in range(rows) for c in range(columns)]
    return page(*places, size=(side * columns, side * rows))
