"""Page responsiveness while a run streams: ``python -m benchmarks.page``.

Drives headless Chromium through whole runs and reads its own trace: how long the main thread's
tasks take while losses stream in, how much of a core its scripts use, how soon the first loss is
on the chart, and how soon a page with a finished run is open.
"""

import argparse
import statistics
import time

from playwright.sync_api import Browser, Playwright, sync_playwright

from benchmarks.support import readme
from benchmarks.support.serving import served
from benchmarks.support.tracing import Event, tasks, traced
from tests.browser.chromium import ARGUMENTS
from tests.browser.install import find_chromium

LINE = ".js-plotly-plot .scatterlayer path.js-line"
ROUNDS = 3
_SETTLED_S = 1.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    readme.add_places(parser)
    parser.add_argument("--short", action="store_true", help="one round in place of three")
    options = parser.parse_args()
    with served(options.data) as url, sync_playwright() as playwright:
        rounds = []
        for _ in range(1 if options.short else ROUNDS):
            browser = _chromium(playwright)
            watched = _watch_a_run(browser, url)
            browser.close()
            rounds.append(watched | _open_finished(playwright, url))
    print(f"{'':44}{'median':>10}   each round")
    for name in rounds[0]:
        values = [figures[name] for figures in rounds]
        each = "  ".join(f"{value:.2f}" for value in values)
        print(f"{name:44}{statistics.median(values):10.2f}   {each}")


def _watch_a_run(browser: Browser, url: str) -> dict[str, float]:
    """Start a default run from the form and trace the page until it has ended."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(url)
    page.wait_for_load_state("networkidle")
    clicked = time.perf_counter()
    page.get_by_role("button", name="Start training").click()
    page.locator(LINE).first.wait_for(state="attached")
    first_point = time.perf_counter() - clicked
    time.sleep(_SETTLED_S)
    with traced(page) as events:
        page.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=120_000)
    figures = _figures(events)
    page.close()
    return {"click to first loss on the chart, s": first_point, **figures}


def _figures(ours: list[Event]) -> dict[str, float]:
    """The main thread's tasks out of a trace; a trace's times are microseconds."""
    durations = sorted(event["dur"] / 1000 for event in tasks(ours))
    scripts = [
        e["dur"]
        for e in ours
        if e["name"] in ("FunctionCall", "EvaluateScript", "FireAnimationFrame")
    ]
    begin = min(e["ts"] for e in ours)
    end = max(e["ts"] + e["dur"] for e in ours)
    return {
        "main-thread task, 99th percentile, ms": durations[int(len(durations) * 0.99)],
        "main-thread task, longest, ms": durations[-1],
        "main-thread tasks over 50 ms": sum(task > 50 for task in durations),
        "main thread busy, % of a core": sum(durations) / (end - begin) * 100_000,
        "scripts, % of a core": sum(scripts) / (end - begin) * 100,
        "traced, s": (end - begin) / 1e6,
    }


def _open_finished(playwright: Playwright, url: str) -> dict[str, float]:
    """Open the last run in a browser that has never been here, and once more; then delete it."""
    browser = _chromium(playwright)
    page = browser.new_page()
    run = page.request.get(f"{url}/api/runs").json()["runs"][0]["id"]
    figures = {}
    for time_of in ("first", "second"):
        started = time.perf_counter()
        page.goto(f"{url}/runs/{run}", wait_until="commit")
        page.locator(LINE).first.wait_for(state="attached")
        seconds = time.perf_counter() - started
        figures[f"a finished run's chart, {time_of} visit, s"] = seconds
    page.request.delete(f"{url}/api/runs/{run}")  # else the next round begins with its chart
    browser.close()
    return figures


def _chromium(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)


if __name__ == "__main__":
    main()
