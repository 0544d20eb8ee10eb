"""Find a Chromium for the browser tests, or try to install one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The first is Chromium without the windows and menus of its own: a tab costs half the time.
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)


def find_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, Playwright's own included; None for none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found:
        return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install_chromium() -> None:
    """Try the system's package where that is allowed, then Playwright's download."""
    apt = shutil.which("apt-get")
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if apt and os.geteuid() == 0:
        attempts.insert(0, [apt, "install", "--yes", "--quiet", "chromium"])
        attempts.insert(0, [apt, "install", "--yes", "--quiet", "chromium-headless-shell"])
        attempts.insert(0, [apt, "update", "--quiet"])
    for command in attempts:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if find_chromium():
            return


if __name__ == "__main__" and not find_chromium():
    install_chromium()
