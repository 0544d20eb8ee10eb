"""Accessibility rules of axe-core, checked in a page."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Rules that axe leaves out by default, because not every site wants them.
_MORE_RULES = ("target-size", "label-content-name-mismatch")


def violations(page: Page) -> list[str]:
    """Return a line for each element that violates a rule, of any impact.

    The page is scrolled to its top, so that its bar covers nothing: a control that is covered in
    part counts as too small.
    """
    page.evaluate("scrollTo(0, 0)")
    rules = {name: {"enabled": True} for name in _MORE_RULES}
    options = {"resultTypes": ["violations"], "rules": rules}
    response = Axe().run(page, options=options).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']} {node['failureSummary']}"
        for rule in response["violations"]
        for node in rule["nodes"]
    ]
