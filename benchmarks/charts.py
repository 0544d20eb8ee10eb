"""Charts with much data: ``python -m benchmarks.charts``.

Measures in headless Chromium: 20 runs of 100,000 iterations overlaid, their first drawing and the
main thread's long tasks while the mouse hovers and pans; whether a zoom outlasts five seconds of
streaming; and whether a single-iteration spike among 1,000,000 is drawn at every zoom.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.request import Request

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright

from benchmarks.server import decoded, trained
from benchmarks.support import readme
from benchmarks.support.serving import served
from benchmarks.support.stored_runs import duplicate, replace_losses
from benchmarks.support.tracing import Event, tasks, traced
from tests.browser.charts import LOSS, RAW, SMOOTHED, area, drag, wait_for_charts
from tests.browser.chromium import ARGUMENTS
from tests.browser.install import find_chromium

RUNS, STEPS = 20, 100_000
LONG, SPIKE = 1_000_000, 654_321
ROUNDS, MOVES = 3, 120
STREAMED_MS = 5000
X_RANGE = f"{LOSS}.layout.xaxis.range"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.charts", description=__doc__)
    readme.add_places(parser)
    parser.add_argument("--short", action="store_true", help="one round in place of three")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with served(options.data, home=home) as url:
            run = trained(url)
        copies = [f"{number:010x}" for number in range(RUNS)]
        duplicate(home, run, [*copies, "spike"])
        for seed, copy in enumerate(copies):
            replace_losses(home, copy, _losses(STEPS, seed))
        replace_losses(home, "spike", _with_spike(_losses(LONG, 0)))
        with served(options.data, home=home) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
            rounds = [
                _overlaid(browser, f"{url}/compare?runs={','.join(copies)}")
                for _ in range(1 if options.short else ROUNDS)
            ]
            rows = [
                [name, " · ".join(f"{figures[name]:.2f}" for figures in rounds)]
                for name in rounds[0]
            ]
            rows += _spike(browser, f"{url}/runs/spike") + _streamed(browser, url)
            browser.close()
    print(readme.table(["Charts", "Measured, each round"], rows))


def _losses(steps: int, seed: int) -> NDArray[np.float64]:
    """Losses that fall as those of a training do, with its noise."""
    rng = np.random.default_rng(seed)
    course = 2.2 * np.exp(-np.arange(steps) / (steps / 50)) + 0.1 + 0.01 * seed
    return course * rng.lognormal(sigma=0.3, size=steps)


def _with_spike(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    losses[SPIKE - 1] = 9.0
    return losses


def _overlaid(browser: Browser, address: str) -> dict[str, float]:
    """First drawing of all runs, and tasks while the mouse is over them."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    started = perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(f"runs => {LOSS}?.data?.length === 2 * runs", arg=RUNS)
    figures = {f"{RUNS} runs of {STEPS:,} iterations: first drawing, s": perf_counter() - started}
    page.wait_for_timeout(2000)
    box = area(page, LOSS)
    y = box["y"] + box["height"] / 2
    with traced(page) as hover:
        for share in np.linspace(0.05, 0.95, MOVES):
            page.mouse.move(box["x"] + share * box["width"], y)
    drag(page, LOSS, (0.3, 0.5), (0.6, 0.5))
    page.wait_for_timeout(1500)
    with traced(page) as pan:
        page.keyboard.down("Shift")
        page.mouse.move(box["x"] + 0.8 * box["width"], y)
        page.mouse.down()
        for share in np.linspace(0.8, 0.2, MOVES):
            page.mouse.move(box["x"] + share * box["width"], y)
        page.mouse.up()
        page.keyboard.up("Shift")
        page.wait_for_timeout(300)
    page.close()
    return figures | _tasks(hover, "hover") | _tasks(pan, "pan")


def _tasks(events: list[Event], name: str) -> dict[str, float]:
    """The longest task; CPU time is the task's own even where other programs keep it waiting."""
    found = tasks(events)
    return {
        f"{name}: longest task, ms of CPU time": max(task.get("tdur", 0) for task in found) / 1000,
        f"{name}: tasks over 50 ms of CPU time": sum(
            task.get("tdur", 0) > 50_000 for task in found
        ),
        f"{name}: tasks over 50 ms in all": sum(task["dur"] > 50_000 for task in found),
    }


def _spike(browser: Browser, address: str) -> list[list[str]]:
    """Whether the spike is drawn in the whole and in ever narrower parts around it."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    seen = []
    width = float(LONG)
    while width >= 10:
        begin, end = max(0, SPIKE - width / 3), min(LONG, SPIKE + width / 1.5)
        page.goto(f"{address}?zoom={begin:.0f}~{end:.0f}")
        wait_for_charts(page)
        found = page.evaluate(f"{RAW}.y[[...{RAW}.x].indexOf({SPIKE})]")
        seen.append(found == 9)
        width /= 8
    page.close()
    name = f"a spike of one iteration in {LONG:,}: drawn at"
    return [[name, f"{sum(seen)} of {len(seen)} zooms"]]


def _streamed(browser: Browser, url: str) -> list[list[str]]:
    """Whether a zoom is still there after some seconds of streaming, and Reset follows again."""
    body = b'{"dataset": "mnist", "epochs": 400}'
    run = decoded(Request(f"{url}/api/runs", body, {"content-type": "application/json"}))["id"]
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{url}/runs/{run}")
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) > 1000")
    drag(page, LOSS, (0.1, 0.5), (0.2, 0.5))
    page.wait_for_function(f"() => {X_RANGE}[0] > 1")
    zoom, before = page.evaluate(X_RANGE), _step(url, run)
    page.wait_for_timeout(STREAMED_MS)
    steps = _step(url, run) - before
    stays = page.evaluate(X_RANGE) == zoom
    page.get_by_role("button", name="Reset zoom: Loss").click()
    page.wait_for_function(f"() => {X_RANGE}[0] === 0")
    last = page.evaluate(f"{SMOOTHED}.x.at(-1)")
    page.wait_for_function(f"last => {SMOOTHED}.x.at(-1) > last + 100", arg=last)
    page.request.post(f"{url}/api/runs/{run}/stop")
    page.close()
    words = f"{'yes' if stays else 'no'}, {steps:,} iterations later"
    return [[f"a zoom is still there after {STREAMED_MS // 1000} s of streaming", words]]


def _step(url: str, run: str) -> int:
    found: Any = decoded(Request(f"{url}/api/runs/{run}"))["step"]
    return int(found)


if __name__ == "__main__":
    main()
