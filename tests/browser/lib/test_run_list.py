"""The list of runs that every page watches, with a server played by the test."""

import json
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

WATCH = """
async () => {
    const { watchRuns } = await import("/static/lib/runs/run-list.js");
    window.lists = [];
    const note = (runs) => window.lists.push(runs.map(({ number }) => number));
    watchRuns(note, { early: true });
}
"""


def run(number: int, **changes: Any) -> dict[str, Any]:
    return {"id": f"run-{number}", "number": number, "pinned": False, **changes}


def lists_after(page: Page, frames: list[Any], length: int) -> list[list[int]]:
    """Send frames of the stream and wait for lists, of which the numbers of their runs are told."""

    def connected(socket: WebSocketRoute) -> None:
        for frame in frames:
            socket.send(json.dumps(frame))

    page.route_web_socket("**/api/runs/stream", connected)
    page.evaluate(WATCH)
    page.wait_for_function("length => window.lists.length === length", arg=length)
    lists: list[list[int]] = page.evaluate("window.lists")
    return lists


def test_runs_are_listed_newest_first_wherever_the_server_puts_pinned_ones(blank: Page) -> None:
    first = {"type": "runs", "total": 3, "runs": [run(1, pinned=True), run(3), run(2)]}
    assert lists_after(blank, [first], 1) == [[3, 2, 1]]


def test_the_newest_runs_come_before_the_older_ones_are_loaded(blank: Page) -> None:
    older = {"runs": [run(1, pinned=True), run(4), run(3), run(2)], "next": None}
    blank.route("**/api/runs?*", lambda route: route.fulfill(json=older))
    first = {"type": "runs", "total": 4, "runs": [run(1, pinned=True), run(4), run(3)]}
    assert lists_after(blank, [first], 2) == [[4, 3, 1], [4, 3, 2, 1]]


def test_runs_that_are_added_changed_and_deleted_change_the_list(blank: Page) -> None:
    frames: list[dict[str, Any]] = [
        {"type": "runs", "total": 2, "runs": [run(2), run(1)]},
        {"type": "run", "run": run(3)},
        {"type": "run", "run": run(1, pinned=True)},
        {"type": "deleted", "id": "run-2"},
    ]
    assert lists_after(blank, frames, 4) == [[2, 1], [3, 2, 1], [3, 2, 1], [3, 1]]
