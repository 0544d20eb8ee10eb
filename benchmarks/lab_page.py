"""The failures lab in the browser: ``python -m benchmarks.lab_page``.

Measures on a run of 100 epochs, in headless Chromium: the time from a step of the slider until
gallery, matrix and numbers of that epoch are on the screen, and until the map is; the main thread's
tasks while 10,000 pictures scroll by; and the memory of the page afterwards.
"""

import argparse
import json
from time import sleep
from urllib.request import Request

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.server import decoded
from benchmarks.support import readme
from benchmarks.support.serving import served
from benchmarks.support.tracing import tasks, traced
from tests.browser.chromium import ARGUMENTS
from tests.browser.install import find_chromium

EPOCHS, SHORT_EPOCHS = 100, 20
VIEWS = {
    "read wrong": "",
    "all 10,000, by confidence": "&view=all&sort=confidence",
    "forgotten twice or more, by epoch": "&view=flickering&sort=learned",
}
LONG_TASK_MS = 50
MB = 1_000_000
STEPS = 40

# Milliseconds from a move of the slider until the frame after the one that shows its epoch.
STEP = """async ([epoch, shown]) => {
    const slider = document.getElementById("epoch");
    const frame = () => new Promise(requestAnimationFrame);
    const begun = performance.now();
    slider.value = String(epoch);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    while (document.querySelector(shown).dataset.epoch !== String(epoch)) await frame();
    await frame();
    return performance.now() - begun;
}"""
PAUSE_MS = 100

# Half a screen in each frame; returns the tasks that the browser calls long, in milliseconds.
SCROLL = """async (frames) => {
    const long = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries()));
    observer.observe({ entryTypes: ["longtask"] });
    const end = document.documentElement.scrollHeight - innerHeight;
    for (let y = 0, n = 0; y < end && n < frames; y += innerHeight / 2, n++) {
        scrollTo(0, y);
        await new Promise(requestAnimationFrame);
    }
    await new Promise((settled) => setTimeout(settled, 500));
    return long.map((entry) => entry.duration);
}"""
TRACED_FRAMES = 60


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lab_page", description=__doc__)
    readme.add_places(parser)
    parser.add_argument("--short", action="store_true", help="20 epochs in place of 100")
    options = parser.parse_args()
    epochs = SHORT_EPOCHS if options.short else EPOCHS
    with served(options.data) as url, sync_playwright() as playwright:
        address = f"{url}/failures?run={_trained(url, epochs)}"
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[*ARGUMENTS, "--enable-precise-memory-info"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        rows = []
        for name, query in VIEWS.items():
            _open(page, f"{address}&epoch=1{query}")
            times = _steps(page, range(2, min(STEPS, epochs) + 1), "#pictures")
            rows.append([f"step of the slider, {name}, ms", _summary(times)])
        jumps = np.random.default_rng(0).permutation(np.arange(2, epochs + 1))[:STEPS].tolist()
        _open(page, f"{address}&epoch=1")
        rows.append(
            ["jump of the slider to any epoch, ms", _summary(_steps(page, jumps, "#pictures"))]
        )
        page.get_by_text("Map: ").click()
        page.locator("#map[data-epoch]").wait_for()
        times = _steps(page, range(2, min(STEPS, epochs) + 1), "#map")
        rows += [["step of the slider until the map, ms", _summary(times)], *_scroll(page, address)]
        browser.close()
    print(readme.table(["what", "median · 95 % · longest"], rows))


def _trained(url: str, epochs: int) -> str:
    """Train on few pictures: the test set is as large as ever."""
    body = json.dumps({"epochs": epochs, "train_limit": 6000}).encode()
    run = decoded(Request(f"{url}/api/runs", body, {"content-type": "application/json"}))
    while run["status"] in ("queued", "running"):
        sleep(0.2)
        run = decoded(Request(f"{url}/api/runs/{run['id']}"))
    return str(run["id"])


def _open(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#pictures[data-epoch]").wait_for()
    page.wait_for_load_state("networkidle")


def _steps(page: Page, epochs: "range | list[int]", shown: str) -> list[float]:
    times = []
    for epoch in epochs:
        times.append(float(page.evaluate(STEP, [epoch, shown])))
        page.wait_for_timeout(PAUSE_MS)
    return times


def _summary(values: list[float]) -> str:
    median, most = np.percentile(values, (50, 95))
    return f"{median:.0f} · {most:.0f} · {max(values):.0f}"


def _scroll(page: Page, address: str) -> list[list[str]]:
    """Scroll through all pictures; trace the first frames, whose times are microseconds."""
    _open(page, f"{address}&view=all")
    with traced(page) as events:
        page.evaluate(SCROLL, TRACED_FRAMES)
    seconds, cpu = (
        [task.get(name, 0) / 1000 for task in tasks(events) if task["dur"] > 1000]
        for name in ("dur", "tdur")
    )
    _open(page, f"{address}&view=all")
    long = page.evaluate(SCROLL, 10_000)
    heap = page.evaluate("performance.memory.usedJSHeapSize") / MB
    return [
        [f"tasks over 1 ms in {TRACED_FRAMES} frames of scrolling, ms", _summary(seconds)],
        ["the same, processor time, ms", _summary(cpu)],
        [f"tasks over {LONG_TASK_MS} ms in scrolling to the end", f"{len(long)}"],
        ["tiles that exist at the end", str(page.locator("#sheet li").count())],
        ["memory of the scripts after it, MB", f"{heap:.0f}"],
    ]


if __name__ == "__main__":
    main()
