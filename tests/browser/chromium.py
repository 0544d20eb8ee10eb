"""Command line with which the tests start Chromium."""

import os

# Each tab of a full Chromium has an address bar whose suggestions are web pages of their own: two
# thirds of the time of a tab. The others are what Playwright turns off: the last list holds.
_DISABLED_FEATURES = [
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "AimEnabled",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # One process for all tabs of a test server: it has parsed the chart library already.
    "--process-per-site",
    f"--disable-features={','.join(_DISABLED_FEATURES)}",
]


def is_required() -> bool:
    """Whether to fail, rather than leave the browser tests out, where there is no Chromium."""
    return os.environ.get("DIGITSCOPE_REQUIRE_BROWSER") == "1"
