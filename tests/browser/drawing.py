"""Drawing on the pad as people do, with a mouse or with fingers, and pictures to open there."""

import re
from collections.abc import Iterable
from io import BytesIO
from math import cos, pi, sin

from PIL import Image, ImageDraw
from playwright.sync_api import CDPSession, FilePayload, Page

from tests.browser.servers import Server

# Words in the status: the prediction of a single digit; no drawing.
PREDICTION = re.compile(r"\d\s+>?\d+\s% sure")
NOTHING = "Waiting for a digit"

Point = tuple[float, float]

# Strokes in 0..1 from the pad's top left.
ONE: list[Point] = [(0.5, 0.2 + 0.02 * i) for i in range(31)]
ZERO: list[Point] = [
    (0.5 + 0.17 * sin(2 * pi * i / 40), 0.5 - 0.28 * cos(2 * pi * i / 40)) for i in range(42)
]


def on_pad(page: Page, points: Iterable[Point]) -> list[Point]:
    """Points of the pad as points of the window."""
    box = page.get_by_label("Drawing pad").bounding_box()
    assert box
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw_with_mouse(page: Page, stroke: Iterable[Point]) -> None:
    """Press, lead along the stroke, release."""
    first, *rest = on_pad(page, stroke)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point)
    page.mouse.up()


class Fingers:
    """One or more fingers on a touch screen."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, fingers: Iterable[Point]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(fingers)]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def lead(self, steps: Iterable[list[Point]]) -> None:
        """Put the fingers down one after another, lead them through the steps, lift them."""
        first, *rest = steps
        for count in range(1, len(first) + 1):
            self._send("touchStart", first[:count])
        for fingers in rest:
            self._send("touchMove", fingers)
        self._send("touchEnd", [])


def open_pad(page: Page, server: Server) -> None:
    """Open the page and wait for the pad, which shows once there is a trained network."""
    page.goto(f"{server.address}/draw")
    page.get_by_label("Drawing pad").wait_for()


def picture_of_ones(number: int, lines: int = 1) -> bytes:
    """A PNG with that many upright strokes side by side, in each line."""
    image = Image.new("L", (120 * number, 200 * lines), 255)
    pen = ImageDraw.Draw(image)
    for i in range(number):
        for y in range(0, 200 * lines, 200):
            pen.line([(60 + 120 * i, y + 40), (60 + 120 * i, y + 160)], fill=0, width=14)
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def open_picture(page: Page, content: bytes) -> None:
    """Choose a file."""
    picture: FilePayload = {"name": "picture.png", "mimeType": "image/png", "buffer": content}
    page.get_by_label("Open picture").set_input_files(picture)


def blank_picture() -> bytes:
    """A PNG of white paper."""
    buffer = BytesIO()
    Image.new("L", (200, 200), 255).save(buffer, "PNG")
    return buffer.getvalue()
