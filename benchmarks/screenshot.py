"""Take the README's pictures: ``python -m benchmarks.screenshot``.

Starts a server of its own, trains the default network on the data at hand, and leaves a picture
of each page, and of each part of the inspector, in ``docs/``. ``--all FOLDER`` takes every page
instead, at five widths, light and dark: without a run, with finished runs and a sweep, and with a
run that trains.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from math import cos, pi, sin
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import (
    Browser,
    Locator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)
from playwright.sync_api import TimeoutError as Timeout

from benchmarks.support.serving import served
from tests.browser.chromium import ARGUMENTS
from tests.browser.drawing import Point, draw_with_mouse
from tests.browser.install import find_chromium

DOCS = Path(__file__).resolve().parent.parent / "docs"
SIZE: ViewportSize = {"width": 1280, "height": 860}
RUN_TIMEOUT_MS = 120_000
# Longest time until all is loaded.
IDLE_MS = 3000
# Time for charts and pictures to be drawn once all is loaded.
SETTLE_MS = 300
SIZES: tuple[ViewportSize, ...] = (
    {"width": 360, "height": 740},
    {"width": 390, "height": 844},
    {"width": 768, "height": 1024},
    {"width": 1280, "height": 900},
    {"width": 1920, "height": 1080},
)
# Runs that the pages show; the last one fails.
RUNS = (
    {"name": "reference", "epochs": 6},
    {"name": "Adam", "optimizer": "adam", "learning_rate": 0.001, "epochs": 6},
    {"name": "few pictures", "train_limit": 500, "epochs": 30},
    {"name": "too fast", "learning_rate": 10, "hidden": [128, 128, 128, 128], "epochs": 2},
)
LONG_RUN = {"name": "in training", "epochs": 1000}
SWEEP = {
    "name": "rate and layers",
    "fixed": {"train_limit": 3000, "epochs": 6},
    "space": {
        "learning_rate": {"low": 0.001, "high": 1, "log": True},
        "hidden": {"choices": [[50], [100], [100, 50]]},
        "optimizer": {"choices": ["sgd", "adam"]},
    },
    "trials": 12,
}
EMPTY_PAGES = {
    f"empty-{name}": path
    for name, path in {
        "train": "/",
        "runs": "/runs",
        "compare": "/compare",
        "failures": "/failures",
        "draw": "/draw",
        "inspect": "/inspect",
        "sweeps": "/sweeps",
        "missing": "/runs/missing",
    }.items()
}
# Few enough colours for a small file, enough for smooth letters.
COLOURS = 128
LARGEST_BYTES = 150_000
# A test picture whose inside is shown.
PICTURE = 8

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
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="take every page in every size")
    options = parser.parse_args()
    DOCS.mkdir(exist_ok=True)
    with served(options.data) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        if options.all:
            _take_all(browser, url, options.all)
            return
        page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
        pictures: dict[str, Callable[[Page, str], None]] = {
            "train": _train,
            "failures": _failures,
            "draw": _draw,
            "inspect": _inspect,
            "inspect-back": _inspect_back,
            "inspect-why": _inspect_why,
            "inspect-check": _inspect_check,
            "weights": _weights,
            "learn": _learn,
        }
        for name, show in pictures.items():
            show(page, url)
            size = _save(page.screenshot(), DOCS / f"{name}.png")
            print(f"docs/{name}.png: {size / 1000:.0f} kB")
        browser.close()


def _take_all(browser: Browser, url: str, folder: Path) -> None:
    """Take every page without a run, with finished runs, and with a run that trains."""
    folder.mkdir(parents=True, exist_ok=True)
    _take_pages(browser, url, EMPTY_PAGES, folder)
    with httpx.Client(base_url=url) as client:
        _take_pages(browser, url, _pages(client), folder)
        run = client.post("/api/runs", json=LONG_RUN).json()["id"]
        live = {"live-train": "/", "live-runs": "/runs", "live-run": f"/runs/{run}"}
        live["live-failures"] = f"/failures?run={run}"
        while not client.get(f"/api/runs/{run}").json()["epoch"]:
            time.sleep(0.2)
        _take_pages(browser, url, live, folder)
        client.post(f"/api/runs/{run}/stop")


def _take_pages(browser: Browser, url: str, pages: dict[str, str], folder: Path) -> None:
    """Take pages, given by name and address, at all widths, light and dark."""
    for size in SIZES:
        for scheme in ("light", "dark"):
            is_phone = size["width"] < 800
            context = browser.new_context(
                viewport=size, color_scheme=scheme, is_mobile=is_phone, has_touch=is_phone
            )
            for name, path in pages.items():
                page = context.new_page()
                page.goto(url + path)
                with suppress(Timeout):  # a page that follows a run may never be idle
                    page.wait_for_load_state("networkidle", timeout=IDLE_MS)
                page.wait_for_timeout(SETTLE_MS)
                page.screenshot(path=folder / f"{name}-{size['width']}-{scheme}.png")
                page.close()
            context.close()


def _pages(client: httpx.Client) -> dict[str, str]:
    """Train what the pages show, and return their addresses by name."""
    ids = [client.post("/api/runs", json=run).json()["id"] for run in RUNS]
    sweep = client.post("/api/sweeps", json=SWEEP).json()["id"]
    while client.get(f"/api/sweeps/{sweep}").json()["status"] == "running" or any(
        client.get(f"/api/runs/{run}").json()["active"] for run in ids
    ):
        time.sleep(0.2)
    first, *others, failed = ids
    return {
        "train": "/",
        "fork": f"/?fork={first}",
        "runs": "/runs",
        "run": f"/runs/{first}?statistics=1",
        "present": f"/runs/{first}?view=present",
        "failed": f"/runs/{failed}",
        "compare": f"/compare?runs={','.join([first, *others])}",
        "failures": f"/failures?run={first}",
        "draw": f"/draw?run={first}",
        "inspect": f"/inspect?run={first}&picture={PICTURE}&at=1",
        "inspect-back": f"/inspect?run={first}&picture={PICTURE}&at=8",
        "learn": "/learn",
        "learn-network": "/learn/backpropagation",
        "sweeps": "/sweeps",
        "sweep": f"/sweeps/{sweep}",
        "cluster": "/cluster",
    }


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
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)


def _draw(page: Page, url: str) -> None:
    """A digit drawn, and read."""
    page.goto(f"{url}/draw")
    draw_with_mouse(page, THREE)
    expect(page.locator("#history li").first).to_be_visible()


def _inspect(page: Page, url: str) -> None:
    """A picture on its way forward, with the sum behind a unit."""
    page.goto(f"{url}/inspect?picture={PICTURE}&at=1")
    expect(page.get_by_role("region", name="One number")).to_contain_text("Strongest inputs")
    _scroll_to(page, page.locator(".walk"))


def _inspect_back(page: Page, url: str) -> None:
    """The gradient at the first layer, its code, and the pixels that each unit learns from."""
    page.goto(f"{url}/inspect?picture={PICTURE}&at=8")
    _scroll_to(page, page.get_by_role("region", name="Formula"))


def _inspect_why(page: Page, url: str) -> None:
    """Heat maps that explain the prediction."""
    page.goto(f"{url}/inspect?picture={PICTURE}&at=1")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("img", name="Occlusion")).to_be_visible()
    _scroll_to(page, page.locator(".why"))


def _inspect_check(page: Page, url: str) -> None:
    """Checked gradients, and steps that are too large."""
    page.goto(f"{url}/inspect?picture={PICTURE}&at=1")
    page.get_by_role("button", name="Check 20 at random").click()
    page.get_by_role("button", name="Try a step that is too large").click()
    expect(page.get_by_text("They agree.")).to_be_visible()
    expect(page.get_by_text("The loss rose.")).to_be_visible()
    _scroll_to(page, page.locator("gradient-check"))


def _weights(page: Page, url: str) -> None:
    """The units of the first layer, one of them opened."""
    with httpx.Client(base_url=url) as client:
        run = client.get("/api/runs").json()["runs"][0]["id"]
    page.goto(f"{url}/runs/{run}?order=similarity&unit=7")
    page.locator("weights-panel").scroll_into_view_if_needed()
    expect(page.get_by_role("img", name="Activations of ReLU 1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    _scroll_to(page, page.locator("weights-panel"))


def _learn(page: Page, url: str) -> None:
    """A chapter of the tour."""
    page.goto(f"{url}/learn/backpropagation")
    page.get_by_role("button", name="Show the way back").click()
    expect(page.get_by_role("table", name="Every gradient")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def _scroll_to(page: Page, part: Locator) -> None:
    """Scroll a part of the page to below the bar."""
    part.evaluate("(part) => scrollTo(0, part.getBoundingClientRect().top + scrollY - 68)")


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
