"""Pictures that the tests draw themselves."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

Points = Sequence[tuple[float, float]]

# In a square of side 1.
SEVEN: tuple[Points, ...] = (
    ((0.25, 0.2), (0.75, 0.2), (0.45, 0.85)),
    ((0.35, 0.5), (0.7, 0.5)),
)


def draw(
    strokes: Sequence[Points],
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


def encode(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
