"""Take the README's pictures: ``python -m benchmarks.screenshot``.

Starts a server of its own, trains the default network on the data at hand, and leaves
``docs/train.png``, ``docs/failures.png`` and ``docs/draw.png``.
"""

import argparse
from collections.abc import Callable
from io import BytesIO
from math import cos, pi, sin
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from benchmarks.serving import served
from tests.browser.chromium import ARGUMENTS
from tests.browser.drawing import Point, draw_with_mouse
from tests.browser.install import find_chromium

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZE: ViewportSize = {"width": 1280, "height": 860}
RUN_TIMEOUT_MS = 120_000
# Few enough colours for a small file, enough for smooth letters.
COLOURS = 128
LARGEST_BYTES = 250_000

# A three in one stroke: its upper and lower bow, from the top left.
THREE: list[Point] = [
    (0.47 + 0.17 * sin(angle), 0.35 - 0.15 * cos(angle))
    for angle in (pi * (-0.35 + 1.3 * i / 30) for i in range(31))
] + [
    (0.46 + 0.2 * sin(angle), 0.66 - 0.17 * cos(angle))
    for angle in (pi * (0.08 + 1.25 * i / 30) for i in range(31))
]


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshot", description=__doc__)
    parser.add_argument("--data", help="folder with a sub-folder mnist")
    options = parser.parse_args()
    DOCS.mkdir(exist_ok=True)
    with served(options.data) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        pictures: dict[str, Callable[[Page, str], None]] = {
            "train": _train,
            "failures": _failures,
            "draw": _draw,
        }
        for name, show in pictures.items():
            show(page, url)
            size = _save(page.screenshot(), DOCS / f"{name}.png")
            print(f"docs/{name}.png: {size / 1000:.0f} kB")
        browser.close()


def _train(page: Page, url: str) -> None:
    """A run in its second half."""
    page.goto(url)
    page.get_by_role("button", name="Start training").click()
    page.wait_for_function(
        "() => document.querySelector('progress')?.value > 0.6", timeout=RUN_TIMEOUT_MS
    )


def _failures(page: Page, url: str) -> None:
    """The same run's mistakes, once it has ended."""
    finished = page.get_by_text("Finished", exact=True)
    expect(finished).to_be_visible(timeout=RUN_TIMEOUT_MS)
    page.goto(f"{url}/failures")
    expect(page.locator("#sheet li").first).to_be_visible()


def _draw(page: Page, url: str) -> None:
    """A digit drawn, and read."""
    page.goto(f"{url}/draw")
    draw_with_mouse(page, THREE)
    expect(page.locator("#history li").first).to_be_visible()


def _save(screenshot: bytes, path: Path) -> int:
    """Write a picture with few colours; its size in bytes."""
    picture = Image.open(BytesIO(screenshot)).convert("RGB").quantize(COLOURS)
    picture.save(path, optimize=True)
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"expected at most {LARGEST_BYTES:,} bytes in {path}; got {size:,}")
    return size


if __name__ == "__main__":
    main()
