import base64
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.drawing import draw_with_mouse
from tests.browser.servers import Server
from tests.conftest import running_server
from tests.idx_folders import write_folder


def test_the_gallery_shows_what_was_read_wrong(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}")
    response = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")
    expect(page.locator("#count")).to_contain_text(f"{response['total']:,} of 10,000")
    expect(page.locator("#sheet li")).to_have_count(60)
    first, item = page.locator("#sheet li").first, response["items"][0]
    words = f"{item['true']}, read as {item['predicted']} · {100 * item['confidence']:.0f} % sure"
    expect(first).to_contain_text(words)
    expect(first.get_by_role("link")).to_have_accessible_name(words)
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
    page.locator("#confusion button").first.wait_for()
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


def test_a_run_that_is_not_there_is_reported(page: Page, server: Server, finished_run: Any) -> None:
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


def test_the_best_run_is_chosen_and_marked(page: Page, server: Server, finished_run: Any) -> None:
    worse = server.start_run(name="worse", train_limit=100, epochs=1)
    server.wait_for(worse["id"], lambda run: run["status"] == "finished")
    page.goto(f"{server.address}/failures")
    network = page.get_by_label("Network")
    expect(network).to_have_value(finished_run["id"])
    expect(network.locator("option:checked")).to_contain_text("best")
    expect(page).to_have_url(re.compile(f"run={finished_run['id']}"))


def test_the_address_shows_the_same_again(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/failures")
    page.get_by_label("Epoch", exact=True).select_option("2")
    page.get_by_label("It was", exact=True).select_option("4")
    page.get_by_label("Read as", exact=True).select_option("9")
    page.get_by_label("Order").select_option("loss")
    wanted = f"run={finished_run['id']}&epoch=2&true=4&predicted=9&sort=loss"
    expect(page).to_have_url(re.compile(re.escape(wanted)))
    page.goto(page.url)
    items = server.get(f"/api/runs/{finished_run['id']}/failures?{wanted}")["items"]
    expect(page.locator("#sheet li").first).to_have_attribute("data-index", str(items[0]["index"]))
    expect(page.get_by_label("Epoch", exact=True)).to_have_value("2")
    expect(page.get_by_label("Order")).to_have_value("loss")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_label("It was", exact=True)).to_have_value("")
    expect(page.get_by_label("Read as", exact=True)).to_have_value("")


def test_a_chosen_epoch_stays_while_the_run_goes_on(page: Page, server: Server) -> None:
    live = server.start_run(name="live", train_limit=2000, batch_size=16, epochs=400)
    server.wait_for(live["id"], lambda run: run["epoch"] >= 1)
    page.goto(f"{server.address}/failures?run={live['id']}&epoch=1")
    tiles, newest = page.locator("#sheet li"), page.locator("#epoch option").first
    expect(tiles).to_have_count(60)
    before, count = newest.inner_text(), page.locator("#count").inner_text()
    expect(newest).not_to_have_text(before)
    expect(page.get_by_label("Epoch", exact=True)).to_have_value("1")
    expect(page.locator("#count")).to_have_text(count)


def test_another_run_is_shown_after_the_chosen_one_was_deleted(
    page: Page, server: Server, finished_run: Any
) -> None:
    doomed = server.start_run(name="doomed", train_limit=100, epochs=1)
    server.wait_for(doomed["id"], lambda run: run["status"] == "finished")
    page.goto(f"{server.address}/failures?run={doomed['id']}")
    expect(page.locator("#sheet li")).to_have_count(60)
    server.delete(doomed["id"])
    expect(page.get_by_role("alert").filter(has_text="“doomed” was deleted")).to_be_visible()
    expect(page.get_by_label("Network")).to_have_value(finished_run["id"])
    expect(page).to_have_url(re.compile(f"run={finished_run['id']}"))
    wrong = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")["total"]
    expect(page.locator("#count")).to_contain_text(f"{wrong:,} of 10,000")


def test_classes_are_shown_by_their_names(page: Page, tmp_path: Path) -> None:
    names = ["T-shirt or top", "Trouser", "Pullover", "Dress", "Coat", "Ankle boot"]
    write_folder(tmp_path / "data" / "clothes", names=names)
    with running_server(tmp_path / "home", DIGITSCOPE_DATA=str(tmp_path / "data")) as process:
        server = Server(process.url)
        run = server.start_run(dataset="clothes", hidden=[12], epochs=1)
        server.wait_for(run["id"], lambda r: r["status"] == "finished")
        item = server.get(f"/api/runs/{run['id']}/failures?limit=1")["items"][0]
        page.goto(f"{server.address}/failures")
        true, predicted = names[item["true"]], names[item["predicted"]]
        expect(page.locator("#sheet li").first).to_contain_text(f"{true}, read as {predicted}")
        expect(page.locator("#count")).to_contain_text("of 500 pictures read wrong")
        expect(page.get_by_text("Confusion matrix: which class is taken for which")).to_be_visible()
        expect(page.locator("#confusion").get_by_role("columnheader")).to_have_text(names)
        expect(page.get_by_label("It was", exact=True).locator("option")).to_have_text(
            ["any", *names]
        )
        page.get_by_role("button", name=f"{true} read as {predicted}").click()
        expect(page).to_have_url(re.compile(f"true={item['true']}&predicted={item['predicted']}"))
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        server.close()


@pytest.mark.parametrize(("width", "magnified"), [(320, 3), (1280, 3), (1920, 4), (2560, 5)])
def test_pictures_grow_with_the_screen_and_nothing_overflows(
    browser: Browser, server: Server, finished_run: Any, width: int, magnified: int
) -> None:
    with browser.new_page(viewport={"width": width, "height": 900}) as page:
        page.goto(f"{server.address}/failures")
        expect(page.locator("#sheet li")).to_have_count(60)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        box = page.locator("#sheet img").first.bounding_box()
        assert box
        assert box["width"] == 28 * magnified


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


def test_a_run_that_is_deleted_meanwhile_is_reported_and_another_shown(
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
