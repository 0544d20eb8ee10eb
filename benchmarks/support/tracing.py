"""Reads the tasks of a page's main thread from Chromium's own trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

Event = dict[str, Any]
CATEGORIES = ["toplevel", "devtools.timeline", "v8.execute"]


@contextmanager
def traced(page: Page) -> Iterator[list[Event]]:
    """Trace while the context lasts; yields a list that holds the main thread's events after it."""
    session = page.context.new_cdp_session(page)
    events: list[Event] = []
    everything: list[Event] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda data: everything.extend(data["value"]))
    session.on("Tracing.tracingComplete", lambda data: ended.append(data))
    config = {"includedCategories": CATEGORIES}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    yield events
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    events.extend(_of_main_thread(everything))


def tasks(events: list[Event]) -> list[Event]:
    """The tasks among events; ``dur`` is their duration and ``tdur`` their CPU time, in µs."""
    return [event for event in events if event["name"].endswith("RunTask")]


def _of_main_thread(events: list[Event]) -> list[Event]:
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"].get("name") == "CrRendererMain"
    }
    return [e for e in events if (e["pid"], e["tid"]) in main and e.get("ph") == "X"]
