import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.servers import Server


def test_the_gallery_shows_what_was_read_wrong(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    answer = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")
    expect(page.locator("#count")).to_contain_text(f"{answer['total']:,} of 10,000")
    expect(page.locator("#sheet li")).to_have_count(60)
    first, item = page.locator("#sheet li").first, answer["items"][0]
    expect(first).to_contain_text(f"{item['true']} → {item['predicted']}")
    assert first.locator("img").evaluate("image => image.naturalWidth") == 28


def test_more_of_the_gallery_is_shown_on_demand(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    page.get_by_role("button", name=re.compile("Show .* more")).click()
    expect(page.locator("#sheet li")).to_have_count(300)


def test_a_number_of_the_confusion_matrix_filters_the_gallery(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    cell = page.get_by_role("button", name=re.compile(r"times 4 read as 9"))
    number = cell.inner_text()
    cell.click()
    expect(page.locator("#sheet li")).to_have_count(min(60, int(number)))
    expect(page.locator("#count")).to_contain_text(f"{number} of")
    assert "true=4&predicted=9" in page.url
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("#sheet li")).to_have_count(60)


def test_a_digit_of_the_gallery_opens_in_the_pad(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}&sort=confidence")
    page.locator("#sheet a").first.click()
    expect(page.locator("#origin")).to_contain_text("Change it until the answer flips")
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"\d\s+\d+\s% sure"))
