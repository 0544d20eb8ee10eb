import base64
import re
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.drawing import draw_with_mouse
from tests.browser.servers import Server


def test_the_gallery_shows_what_was_read_wrong(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    answer = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")
    expect(page.locator("#count")).to_contain_text(f"{answer['total']:,} of 10,000")
    expect(page.locator("#sheet li")).to_have_count(60)
    first, item = page.locator("#sheet li").first, answer["items"][0]
    words = f"{item['true']}, read as {item['predicted']} · {item['confidence']:.0%}"
    expect(first).to_contain_text(words.replace("%", "\u00a0% sure"))
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
    order = page.get_by_label("Order").bounding_box()
    cell.click()
    expect(page.locator("#sheet li")).to_have_count(min(60, int(number)))
    expect(page.locator("#count")).to_contain_text(f"{number} of")
    assert "true=4&predicted=9" in page.url
    reset = page.get_by_role("button", name="Show all")
    expect(reset).to_be_visible()
    assert page.get_by_label("Order").bounding_box() == order
    reset.press("Enter")
    expect(page.locator("#sheet li")).to_have_count(60)
    expect(page.get_by_label("It was", exact=True)).to_be_focused()
    expect(reset).to_be_hidden()


def test_counts_of_one_are_singular(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    matrix = server.get(f"/api/runs/{finished_run['id']}/confusion")["matrix"]
    page.locator("confusion-matrix button").first.wait_for()
    singles = sum(row.count(1) for row in matrix) - sum(matrix[i][i] == 1 for i in range(10))
    expect(page.get_by_role("button", name=re.compile(r"^1 time \d read"))).to_have_count(singles)


def test_a_filter_that_nothing_passes_says_so(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}&true=4&predicted=4")
    nothing = page.locator("#nothing")
    expect(nothing).to_contain_text("No digit was read that way.")
    nothing.get_by_role("button", name="Show all").click()
    expect(page.locator("#sheet li")).to_have_count(60)
    expect(nothing).to_be_hidden()


def test_a_run_that_is_not_there_is_told(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/failures?run=nosuch")
    expect(page.get_by_role("alert").filter(has_text="is not here")).to_be_visible()
    expect(page.locator("#sheet li")).to_have_count(60)


def test_the_focus_stays_with_its_digit_when_the_sheet_is_laid_anew(
    page: Page, server: Server, finished_run: Any
) -> None:
    address = f"/api/runs/{finished_run['id']}/failures?limit=60&epoch="
    before, after = (
        [item["index"] for item in server.get(f"{address}{epoch}")["items"]] for epoch in (3, 2)
    )
    kept = next(index for index in before if index in after)
    gone = next(place for place, index in enumerate(before) if index not in after)
    for focused, expected in ((kept, kept), (before[gone], after[gone])):
        page.goto(f"{server.address}/failures?run={finished_run['id']}&epoch=3")
        page.locator(f"[data-index='{focused}'] a").focus()
        page.locator("#epoch").evaluate(
            """(select) => {
                select.value = "2";
                select.dispatchEvent(new Event("change", { bubbles: true }));
            }"""
        )
        expect(page.locator("#sheet li").first).to_have_attribute("data-index", str(after[0]))
        expect(page.locator(f"[data-index='{expected}'] a")).to_be_focused()


def test_a_digit_of_the_gallery_opens_in_the_pad(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}&true=4&predicted=9")
    items = server.get(f"/api/runs/{finished_run['id']}/failures?true=4&predicted=9")["items"]
    for item in items[:3]:
        with page.expect_response("**/api/predict*") as asked:
            page.locator(f"[data-index='{item['index']}'] a").click()
        read = asked.value.json()
        assert (read["digit"], read["input"]) == (9, item["image"])
        assert read["confidence"] == pytest.approx(item["confidence"], abs=1e-3)
        expect(page.locator("#origin")).to_contain_text("Change it until the prediction flips")
        expect(page.get_by_role("status")).to_contain_text(re.compile(r"9\s+\d+\s% sure"))
        page.go_back()


def test_a_digit_of_the_gallery_is_changed_in_its_frame(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    item = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")["items"][0]
    page.locator("#sheet a").first.click()
    expect(page.locator("#seen")).to_have_attribute("src", item["image"])
    expect(page.locator("#history li").first).to_be_visible()  # else that answer is taken for ours
    with page.expect_response(re.compile("stages=1")) as asked:
        draw_with_mouse(page, [(0.5, 0.05 + 0.01 * i) for i in range(5)])
    before, after = (
        np.asarray(Image.open(BytesIO(base64.b64decode(url.partition(",")[2]))))
        for url in (item["image"], asked.value.json()["input"])
    )
    rows, columns = np.nonzero(before != after)
    assert after[2, 14] > 200
    assert rows.max() <= 5
    assert columns.min() >= 12
    assert columns.max() <= 15
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#seen")).to_have_attribute("src", item["image"])


def test_the_best_network_is_chosen_at_first(page: Page, server: Server, finished_run: Any) -> None:
    worse = server.start_run(name="worse", train_limit=100, epochs=1)
    server.wait_for(worse["id"], lambda run: run["status"] == "finished")
    page.goto(f"{server.address}/failures")
    expect(page.get_by_label("Network")).to_have_value(finished_run["id"])
    expect(page.locator("#run option").nth(1)).to_contain_text(re.compile(r"^short \(.*, best\)$"))
    page.get_by_label("Network").select_option(worse["id"])
    wrong = server.get(f"/api/runs/{worse['id']}/failures?limit=1")["total"]
    expect(page.locator("#count")).to_contain_text(f"{wrong:,} of 10,000")
    expect(page).to_have_url(re.compile(f"run={worse['id']}"))


def test_the_surest_mistakes_come_first_on_demand(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    page.get_by_label("Order").select_option("confidence")
    first = server.get(f"/api/runs/{finished_run['id']}/failures?sort=confidence&limit=1")
    place = page.locator("#sheet li").first
    expect(place).to_have_attribute("data-index", str(first["items"][0]["index"]))
    page.reload()
    expect(page.get_by_label("Order")).to_have_value("confidence")
    expect(place).to_have_attribute("data-index", str(first["items"][0]["index"]))


def test_a_run_that_is_deleted_meanwhile_is_told_and_another_shown(
    page: Page, server: Server, finished_run: Any
) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda run: run["status"] == "finished")
    page.goto(f"{server.address}/failures?run={run['id']}&true=4")
    expect(page.locator("#count")).to_contain_text("mistakes")
    server.delete(run["id"])
    notice = page.get_by_role("alert").filter(has_text="The run “brief” was deleted")
    expect(notice).to_be_visible()
    expect(page.get_by_label("Network")).to_have_value(finished_run["id"])
    expect(page.get_by_label("It was", exact=True)).to_have_value("4")


def test_a_run_that_trains_is_followed_and_pictures_keep_their_places(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="live", train_limit=2000, batch_size=16, epochs=400)
    server.wait_for(run["id"], lambda run: run["epoch"] >= 1)
    page.goto(f"{server.address}/failures?run={run['id']}")
    expect(page.locator("#sheet li")).to_have_count(60)
    page.evaluate(
        """() => {
            const sheet = document.getElementById("sheet");
            const tiles = () => [...sheet.children].map((tile) => tile.dataset.index);
            let before = tiles();
            window.moved = [];
            window.changes = 0;
            new MutationObserver(() => {
                const now = tiles();
                const isMoved = (index, place) => before.includes(index) && before[place] !== index;
                window.moved.push(...now.filter(isMoved));
                window.changes += 1;
                before = now;
            }).observe(sheet, { childList: true });
        }"""
    )
    page.wait_for_function("() => window.changes > 3")
    server.post(f"/api/runs/{run['id']}/stop")
    run = server.wait_for(run["id"], lambda run: not run["active"])
    wrong = server.get(f"/api/runs/{run['id']}/failures?limit=60")
    expect(page.locator("#count")).to_contain_text(f"{wrong['total']:,} of 10,000")
    tiles = page.locator("#sheet li").evaluate_all("tiles => tiles.map((t) => t.dataset.index)")
    assert sorted(map(int, tiles)) == [item["index"] for item in wrong["items"]]
    assert page.evaluate("window.moved") == []


def test_pictures_keep_their_places_as_far_as_there_are_enough(blank: Page) -> None:
    def in_place(before: str, after: str) -> str:
        text: str = blank.evaluate(
            """async (words) => {
                const { inPlace } = await import("/static/failures/failures.js");
                const [before, after] = words.map((word) => [...word].map((index) => ({ index })));
                return inPlace(before, after).map(({ index }) => index).join("");
            }""",
            [before, after],
        )
        return text

    assert in_place("", "abc") == "abc"
    assert in_place("abc", "ac") == "ac"
    assert in_place("abcd", "acde") == "aecd"
    assert in_place("abcd", "dxyzb") == "xbydz"
    assert in_place("abcd", "cd") == "cd"
