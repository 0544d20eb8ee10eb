"""Drawing on the pad as people do: with a mouse, with fingers."""

from collections.abc import Iterable
from math import cos, pi, sin

from playwright.sync_api import CDPSession, Page

from tests.browser.servers import Server

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
    """Open the page and wait for the pad, which shows once there is a network to ask."""
    page.goto(f"{server.address}/draw")
    page.get_by_label("Drawing pad").wait_for()
