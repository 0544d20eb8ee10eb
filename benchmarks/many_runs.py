"""Server and page with 1,000 stored runs: ``python -m benchmarks.many_runs``.

Measures the start of the server, the first page of the list of runs and the page `/runs` in
headless Chromium, with one run in HOME and with 1,000, and the idle traffic of that page.
"""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from urllib.request import Request

from playwright.sync_api import Page, WebSocket, sync_playwright

from benchmarks.server import decoded, trained
from benchmarks.support.readme import table
from benchmarks.support.serving import served
from benchmarks.support.stored_runs import duplicate
from tests.browser.chromium import ARGUMENTS
from tests.browser.install import find_chromium

RUNS, ROUNDS = 1000, 3
IDLE_MS = 10_000


def main() -> None:
    """Measure and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with served(home=home) as url:
            run = trained(url)
        one = _measured(home)
        duplicate(home, run, [f"{number:010x}" for number in range(RUNS - 1)])
        many = _measured(home)
    rows = [
        [name, f"{one[name]:,.3f}", f"{many[name]:,.3f}", f"{many[name] - one[name]:+,.3f}"]
        for name in one
    ]
    print(table(["what", "1 run", f"{RUNS:,} runs", "difference"], rows))


def _measured(home: Path) -> dict[str, float]:
    """Seconds and kB, medians of some rounds."""
    rounds = [_round(home) for _ in range(ROUNDS)]
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}


def _round(home: Path) -> dict[str, float]:
    begin = perf_counter()
    with served(home=home) as url:
        start = perf_counter() - begin
        begin = perf_counter()
        listed = len(decoded(Request(f"{url}/api/runs?limit=100"))["runs"])
        seconds = perf_counter() - begin
        page = _page(url)
    return {
        "server start, s": start,
        "list of the newest 100 runs, s": seconds,
        "runs listed": listed,
        **page,
    }


def _page(url: str) -> dict[str, float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = browser.new_page()
        received = _received(page)
        begin = perf_counter()
        page.goto(f"{url}/runs", wait_until="commit")
        page.locator("tbody tr").first.wait_for()
        usable = perf_counter() - begin
        page.wait_for_timeout(1000)
        received.clear()
        page.wait_for_timeout(IDLE_MS)
        idle = sum(received)
        browser.close()
    return {"/runs usable, s": usable, f"idle traffic in {IDLE_MS // 1000} s, kB": idle / 1000}


def _received(page: Page) -> list[int]:
    """Bytes of each response and each frame that the page receives, as they come."""
    sizes: list[int] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: sizes.append(len(payload)))

    page.on("websocket", watch)
    page.on("response", lambda response: sizes.append(len(response.body())))
    return sizes


if __name__ == "__main__":
    main()
