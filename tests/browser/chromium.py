"""Where a Chromium is, and how the tests start it."""

import os
import shutil
from functools import cache
from pathlib import Path

from playwright.sync_api import sync_playwright

REQUIRED = "DIGITSCOPE_REQUIRE_BROWSER"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@cache
def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, else of Playwright's own, else None."""
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def is_required() -> bool:
    """Whether to fail, rather than leave the browser tests out, where there is no Chromium."""
    return os.environ.get(REQUIRED) == "1"
