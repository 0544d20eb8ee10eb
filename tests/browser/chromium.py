"""Command line with which the tests start Chromium."""

import os

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def is_required() -> bool:
    """Whether to fail, rather than leave the browser tests out, where there is no Chromium."""
    return os.environ.get("DIGITSCOPE_REQUIRE_BROWSER") == "1"
