import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import LOSS, options, wait_for_charts
from tests.browser.servers import Server

SIZE = f"{LOSS}.layout.font.size"


def test_p_on_a_chart_shows_the_run_for_a_projector_and_escape_leaves(charts: Page) -> None:
    bar = charts.get_by_role("banner")
    before = charts.evaluate(SIZE)
    charts.keyboard.press("p")
    expect(bar).to_be_visible()
    charts.locator("[data-part=loss-chart]").focus()
    charts.keyboard.press("p")
    expect(bar).to_be_hidden()
    expect(charts.get_by_role("complementary", name="Details")).to_be_hidden()
    expect(charts).to_have_url(re.compile("view=present"))
    charts.wait_for_function(f"before => {SIZE} > 1.2 * before", arg=before)
    charts.keyboard.press("Escape")
    expect(bar).to_be_visible()
    expect(charts).not_to_have_url(re.compile("view="))
    charts.wait_for_function(f"before => {SIZE} === before", arg=before)


@pytest.mark.slow
def test_the_options_of_a_chart_begin_presenting_and_a_button_ends_it(charts: Page) -> None:
    options(charts, "Accuracy")
    charts.get_by_role("button", name="Present").click()
    expect(charts.get_by_role("banner")).to_be_hidden()
    charts.get_by_role("button", name="Leave").click()
    expect(charts.get_by_role("banner")).to_be_visible()


@pytest.mark.slow
def test_a_comparison_opens_for_a_projector(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/compare?runs={finished_run['id']}&view=present")
    wait_for_charts(page)
    expect(page.get_by_role("banner")).to_be_hidden()
    expect(page.get_by_role("heading", name="Experiments that teach")).to_be_hidden()
    # The charts fit into the window.
    bottom = page.evaluate(f"{LOSS}.getBoundingClientRect().bottom")
    assert bottom <= page.evaluate("innerHeight")
