"""The failures lab at /failures, on a run of three epochs."""

import base64
import csv
import itertools
import re
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Problems
from tests.browser.drawing import draw_with_mouse
from tests.browser.servers import Server

PICTURES = 10_000
# The tiles cover the screen, and stand in the order of their pictures without a gap.
IN_VIEW_AND_ORDER = """() => {
    const tiles = [...document.querySelectorAll("#sheet li")];
    const tops = tiles.map((tile) => tile.getBoundingClientRect().top);
    const first = Number(tiles[0].dataset.index);
    return Math.min(...tops) < 350 && Math.max(...tops) > 600
        && tiles.every((tile, i) => Number(tile.dataset.index) === first + i);
}"""


def address(server: Server, run: Any, query: str = "") -> str:
    return f"{server.address}/failures?run={run['id']}{query}"


def wrong(server: Server, run: Any, query: str = "") -> list[int]:
    """Indices of the misclassified pictures, as the API lists them."""
    found: list[int] = []
    while True:
        path = f"/api/runs/{run['id']}/failures?limit=1000&offset={len(found)}{query}"
        page = server.get(path)
        found += [item["index"] for item in page["items"]]
        if len(found) == page["total"]:
            return found


def shown(page: Page) -> list[int]:
    """Indices of the tiles that exist, in order."""
    indices: list[int] = page.locator("#sheet li").evaluate_all(
        "tiles => tiles.map((tile) => Number(tile.dataset.index))"
    )
    return indices


def expect_count(page: Page, words: str) -> None:
    expect(page.locator("#count")).to_have_text(re.compile(words.replace(" ", r"\s") + r"\b"))


def expect_epoch(page: Page, epoch: int) -> None:
    expect(page.locator("#pictures")).to_have_attribute("data-epoch", str(epoch))


def expect_first(page: Page, indices: list[int]) -> None:
    """Compare the first tiles with what is expected, once the first one is."""
    expect(page.locator("#sheet li").first).to_have_attribute("data-index", str(indices[0]))
    tiles = shown(page)
    assert tiles == indices[: len(tiles)]


def test_the_gallery_shows_what_was_read_wrong_and_scrolls_to_the_last_one(
    page: Page, server: Server, finished_run: Any
) -> None:
    expected = wrong(server, finished_run)
    page.goto(f"{server.address}/failures")
    expect_count(page, f"{len(expected):,} of 10,000 digits read wrong")
    expect_first(page, expected)
    first, item = (
        page.locator("#sheet li").first,
        server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")["items"][0],
    )
    share = 100 * item["confidence"]
    sure = f"{share:.0f}" if share < 99.5 else ">99"
    words = f"{item['true']}, read as {item['predicted']}, {sure} % sure"
    expect(first.get_by_role("link")).to_have_accessible_name(words)
    drawn = first.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    paper, ink = (
        np.asarray(Image.open(BytesIO(base64.b64decode(url.partition(",")[2]))).convert("L"))
        for url in (drawn, item["image"])
    )
    assert (paper == 255 - ink).all()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#sheet li").last).to_have_attribute("data-index", str(expected[-1]))
    page.locator("#view").select_option("all")
    expect_count(page, "10,000 of 10,000 digits")
    expect_first(page, list(range(PICTURES)))
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator("#sheet li").last).to_have_attribute("data-index", str(PICTURES - 1))
    assert page.locator("#sheet li").count() < 200
    # From the end, where fewer tiles exist, and back to where there are more.
    for top in (200_000, 100_000, 99_500, 100_300, 0):
        page.evaluate("(top) => scrollTo(0, top)", top)
        page.wait_for_function(IN_VIEW_AND_ORDER)


@pytest.mark.slow
def test_arrows_move_in_the_gallery_and_enter_opens_a_picture(
    page: Page, server: Server, finished_run: Any
) -> None:
    expected = wrong(server, finished_run)
    page.goto(address(server, finished_run))
    tiles = page.locator("#sheet li")
    tiles.first.get_by_role("link").focus()
    page.keyboard.press("ArrowRight")
    second = page.locator(f"[data-index='{expected[1]}'] a")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Test picture {expected[1]}")
    expect(dialog).to_be_visible()
    expect(page).to_have_url(re.compile(f"picture={expected[1]}"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog", name=f"Test picture {expected[2]}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(f"[data-index='{expected[2]}'] a")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(f"[data-index='{expected[-1]}'] a")).to_be_focused()
    expect(page.locator(f"[data-index='{expected[-1]}'] a")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(page.locator(f"[data-index='{expected[0]}'] a")).to_be_focused()


def test_a_number_of_the_matrix_shows_exactly_those_pictures(
    page: Page, server: Server, finished_run: Any
) -> None:
    expected = wrong(server, finished_run, "&true=4&predicted=9")
    matrix = server.get(f"/api/runs/{finished_run['id']}/confusion")["matrix"]
    page.goto(address(server, finished_run))
    cell = page.get_by_role("button", name=re.compile(r"times 4 read as 9"))
    expect(cell).to_have_text(str(matrix[4][9]))
    cell.click()
    expect_first(page, expected)
    assert len(expected) == matrix[4][9]
    expect_count(page, f"{len(expected)} of {len(wrong(server, finished_run)):,} digits")
    expect(page).to_have_url(re.compile("true=4&predicted=9"))
    page.get_by_role("button", name=re.compile(r"4 read right")).click()
    expect_count(page, f"{matrix[4][4]} of 10,000 digits")
    reset = page.get_by_role("button", name="Show all")
    reset.press("Enter")
    expect(page.get_by_label("It was", exact=True)).to_be_focused()
    expect(reset).to_be_hidden()
    expect_count(page, "10,000 of 10,000 digits")


def test_all_numbers_move_with_the_slider_and_the_address_shows_the_same_again(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(address(server, finished_run))
    slider = page.get_by_role("slider", name="Epoch")
    expect(slider).to_have_attribute("aria-valuetext", "Epoch 3 of 3")
    slider.press("Home")
    expect_epoch(page, 1)
    page.get_by_role("button", name="Best").click()
    expect_epoch(page, finished_run["best_epoch"])
    slider.fill("2")
    expect_epoch(page, 2)
    page.get_by_label("Order").select_option("confidence")
    page.get_by_label("It was", exact=True).select_option("4")
    expected = wrong(server, finished_run, "&epoch=2&true=4&sort=confidence")
    matrix = server.get(f"/api/runs/{finished_run['id']}/confusion?epoch=2")["matrix"]

    def check() -> None:
        expect_epoch(page, 2)
        expect_first(page, expected)
        expect_count(page, f"{len(expected)} of {len(wrong(server, finished_run, '&epoch=2')):,}")
        right = sum(matrix[k][k] for k in range(10))
        expect(page.locator("#epoch-words")).to_have_text(
            re.compile(rf"{right / 100:.1f}\s% right")
        )
        row = page.get_by_role("table", name="Measures of each class").get_by_role("row").nth(5)
        recall = matrix[4][4] / sum(matrix[4])
        expect(row).to_contain_text(re.compile(rf"{100 * recall:.1f}\s%"))
        expect(page.get_by_role("button", name=re.compile("4 read as 9"))).to_have_text(
            str(matrix[4][9])
        )

    check()
    for part in ("epoch=2", "true=4", "sort=confidence"):
        expect(page).to_have_url(re.compile(part))
    page.goto(page.url)
    check()
    page.get_by_label("Speed").select_option("10")
    page.get_by_role("button", name="Play").click()
    expect_epoch(page, 3)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="Newest").click()
    expect(page).not_to_have_url(re.compile("epoch="))


def test_a_picture_has_an_address_with_its_probabilities_history_and_neighbours(
    page: Page, server: Server, finished_run: Any
) -> None:
    index = wrong(server, finished_run)[0]
    path = f"/api/runs/{finished_run['id']}/test/{index}"
    picture, history = server.get(path), server.get(f"{path}/history")
    page.goto(address(server, finished_run, f"&picture={index}"))
    dialog = page.get_by_role("dialog")
    rows = dialog.get_by_role("region", name="Probabilities").get_by_role("listitem")
    expect(rows).to_have_count(10)
    for row, probability in zip(rows.all(), picture["probabilities"], strict=True):
        expect(row).to_contain_text(re.compile(rf"({100 * probability:.1f}|>99.9)\s%"))
    first, last = history["label_probability"][0], history["label_probability"][-1]
    words = rf"{100 * first:.1f}\s% after epoch 1, {100 * last:.1f}\s% after epoch 3"
    expect(dialog.get_by_role("img", name=re.compile(words))).to_be_visible()
    strip = dialog.get_by_role("list", name="Predictions").get_by_role("listitem")
    changes = sum(a != b for a, b in itertools.pairwise(history["predicted"]))
    expect(strip).to_have_count(1 + changes)
    neighbours = dialog.get_by_role("region", name="Nearest training pictures")
    expect(neighbours.get_by_role("listitem")).to_have_count(5)
    units = dialog.get_by_role("region", name="Most excited units").get_by_role("listitem")
    strongest = server.get(f"{path}/units")["units"]
    expect(units).to_have_count(5)
    expect(units.first).to_have_text(
        re.compile(rf"ReLU 1, unit {strongest[0]['unit']}\s+{strongest[0]['activation']:.2f}")
    )
    # A link without a run shows the best one, at the epoch that it names.
    page.goto(f"{server.address}/failures?picture={index}&epoch=2")
    expect(dialog.get_by_role("heading", name="After epoch 2")).to_be_visible()


@pytest.mark.slow
def test_views_of_what_was_learned_agree_with_the_predictions_of_every_epoch(
    page: Page, server: Server, finished_run: Any
) -> None:
    first, second, third = (set(wrong(server, finished_run, f"&epoch={k}")) for k in (1, 2, 3))
    every = set(range(PICTURES))
    views = {
        "learned": second - third,
        "forgotten": third - second,
        "never": first & second & third,
        "flickering": set(),
        "steady": every - (second - first) - (third - second) - (first & second & third),
    }
    page.goto(address(server, finished_run))
    for view, expected in views.items():
        page.locator("#view").select_option(view)
        expect_count(page, f"{len(expected):,} of 10,000 digits")
        if expected:
            expect_first(page, sorted(expected))
    chart = page.get_by_role("img", name=re.compile(r"Learned and forgotten over 3\sepochs"))
    expect(chart).to_be_visible()
    words = rf"Epoch 3: {len(second - third)} learned, {len(third - second)} forgotten"
    expect(page.get_by_text(re.compile(words))).to_be_visible()


@pytest.mark.slow
def test_several_runs_are_looked_at_together(page: Page, server: Server, finished_run: Any) -> None:
    other = server.start_run(name="other", train_limit=500, epochs=1)
    server.wait_for(other["id"], lambda run: run["status"] == "finished")
    here, there = set(wrong(server, finished_run)), set(wrong(server, other))
    page.goto(address(server, finished_run, f"&with={other['id']}&view=right-wrong"))
    expect_count(page, f"{len(there - here):,} of 10,000 digits")
    expect_first(page, sorted(there - here))
    page.locator("#view").select_option("all-wrong")
    expect_count(page, f"{len(here & there):,} of 10,000 digits")
    page.get_by_label("Numbers").select_option("runs")
    matrices = [
        server.get(f"/api/runs/{run['id']}/confusion")["matrix"] for run in (finished_run, other)
    ]
    more = matrices[0][4][4] - matrices[1][4][4]
    expect(page.get_by_role("button", name=re.compile("4 read right"))).to_have_text(f"+{more}")
    page.get_by_role("button", name="Take away other").click()
    expect_count(page, f"{len(here):,} of 10,000 digits read wrong")


@pytest.mark.slow
def test_a_label_that_may_be_wrong_is_marked_and_left_out_of_the_accuracy(
    page: Page, server: Server, finished_run: Any
) -> None:
    found = server.get(f"/api/label-issues?run={finished_run['id']}&limit=1000")
    indices = [item["index"] for item in found["items"]]
    page.goto(address(server, finished_run))
    page.get_by_role("button", name="Show the doubtful").click()
    expect_count(page, f"{found['total']} of 10,000 digits")
    expect_first(page, indices)
    page.locator("#sheet a").first.click()
    mark = page.get_by_role("dialog").get_by_role("button", name="label wrong")
    mark.click()
    expect(mark).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet li").first).to_contain_text("label wrong")
    right = PICTURES - len(wrong(server, finished_run))
    words = rf"{right / 100:.2f}\s%; without the 1\swrong label\s+{100 * right / 9999:.2f}\s%"
    expect(page.locator("#accuracy-without")).to_have_text(re.compile(words))
    expect(page).not_to_have_url(re.compile("picture="))
    page.reload()
    page.locator("#view").select_option("marked")
    expect_first(page, indices[:1])
    page.locator("#sheet a").first.click()
    mark.click()
    expect(mark).to_have_attribute("aria-pressed", "false")
    expect_count(page, "0 of 10,000 digits")


@pytest.mark.slow
def test_a_line_on_the_map_shows_the_pictures_inside_it(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(address(server, finished_run))
    page.get_by_text("Map: pictures that the network finds alike").click()
    canvas = page.get_by_role("img", name="Map of 10000 test pictures after epoch 3")
    expect(canvas).to_have_attribute("data-epoch", "3")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    corners = [(0.05, 0.05), (0.5, 0.05), (0.5, 0.95), (0.05, 0.95)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile("lasso=3,"))
    lasso = page.url.partition("lasso=3,")[2].split("&")[0]
    line = np.array(lasso.split(","), float).reshape(-1, 2)
    points = np.frombuffer(
        server.content(f"/api/runs/{finished_run['id']}/embedding"), "<f4"
    ).reshape(-1, 2)
    (left, low), (right, high) = line.min(axis=0), line.max(axis=0)
    x, y = points.T
    inside = (x > left) & (x < right) & (y > low) & (y < high)
    expected = [index for index in wrong(server, finished_run) if inside[index]]
    expect_count(page, f"{len(expected):,} of {len(wrong(server, finished_run)):,} digits")
    expect_first(page, expected)
    page.reload()
    expect_count(page, f"{len(expected):,} of {len(wrong(server, finished_run)):,} digits")
    page.get_by_role("button", name="Clear the line").click()
    expect_first(page, wrong(server, finished_run))


def test_the_matrix_is_compared_between_epochs_and_saved(
    page: Page, server: Server, finished_run: Any
) -> None:
    now, before = (
        np.array(server.get(f"/api/runs/{finished_run['id']}/confusion?epoch={k}")["matrix"])
        for k in (3, 1)
    )
    page.goto(address(server, finished_run, "&matrix=epochs&from=1"))
    cell = page.get_by_role("button", name=re.compile("4 read right"))
    expect(cell).to_have_text(f"{now[4, 4] - before[4, 4]:+}".replace("-", "\u2212"))
    with page.expect_download() as csv_file:
        page.get_by_role("button", name="CSV", exact=True).click()
    with csv_file.value.path().open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    saved = [[int(row[str(k)].lstrip("'")) for k in range(10)] for row in rows]
    assert saved == (now - before).tolist()
    with page.expect_download() as png_file:
        page.get_by_role("button", name="PNG").click()
    assert png_file.value.suggested_filename == "confusion-short-epoch-3.png"
    with Image.open(png_file.value.path()) as image:
        assert image.width > 10 * 28
    with page.expect_download() as scores_file:
        page.get_by_role("button", name="CSV of each class").click()
    with scores_file.value.path().open(newline="", encoding="utf-8") as file:
        recalls = [float(row["recall"]) for row in csv.DictReader(file)]
    assert recalls == pytest.approx(now.diagonal() / now.sum(axis=1))
    page.get_by_label("Numbers").select_option("shares")
    share = 100 * now[4, 9] / now[4].sum()
    expect(page.get_by_role("button", name=re.compile("4 read as 9"))).to_have_text(f"{share:.1f}")


@pytest.mark.slow
def test_a_run_that_trains_is_followed_until_the_slider_is_touched(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="live", train_limit=2000, batch_size=16, epochs=400)
    server.wait_for(run["id"], lambda run: run["epoch"] >= 1)
    page.goto(address(server, run))
    expect(page.locator("#sheet li").first).to_be_visible()
    begun = int(page.locator("#pictures").get_attribute("data-epoch") or "0")
    page.wait_for_function(
        "(begun) => Number(document.getElementById('pictures').dataset.epoch) > begun + 2",
        arg=begun,
    )
    page.get_by_role("slider", name="Epoch").press("Home")
    expect_epoch(page, 1)
    expected, place = len(wrong(server, run, "&epoch=1")), page.locator(".scrubber-place")
    last = place.inner_text()
    expect(place).not_to_have_text(last)
    expect_epoch(page, 1)
    # The address keeps up with the choice, however often the run's news come.
    expect(page).to_have_url(re.compile("epoch=1"))
    expect_count(page, f"{expected:,} of 10,000 digits")
    page.get_by_role("button", name="Newest").click()
    server.post(f"/api/runs/{run['id']}/stop")
    run = server.wait_for(run["id"], lambda run: not run["active"])
    expect_epoch(page, run["epoch"])
    expect_count(page, f"{len(wrong(server, run)):,} of 10,000 digits")


@pytest.mark.slow
def test_the_best_run_is_shown_and_takes_the_place_of_one_that_is_deleted(
    page: Page, server: Server, finished_run: Any
) -> None:
    doomed = server.start_run(name="doomed", train_limit=100, epochs=1)
    server.wait_for(doomed["id"], lambda run: run["status"] == "finished")
    page.goto(f"{server.address}/failures")
    network = page.get_by_label("Network")
    expect(network).to_have_value(finished_run["id"])
    expect(network.locator("option:checked")).to_contain_text("best")
    network.select_option(doomed["id"])
    page.get_by_label("It was", exact=True).select_option("4")
    expect_count(page, f"{len(wrong(server, doomed, '&true=4')):,} of")
    expect(page).to_have_url(re.compile(f"run={doomed['id']}"))
    server.delete(doomed["id"])
    expect(page.get_by_role("alert").filter(has_text="“doomed” was deleted")).to_be_visible()
    expect(network).to_have_value(finished_run["id"])
    expect(page.get_by_label("It was", exact=True)).to_have_value("4")
    expect_count(page, f"{len(wrong(server, finished_run, '&true=4')):,} of")


@pytest.mark.slow
def test_a_run_that_is_not_there_and_a_choice_that_nothing_passes_are_reported(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run=nosuch&true=4&predicted=4")
    expect(page.get_by_role("alert").filter(has_text="is not here")).to_be_visible()
    nothing = page.locator("#nothing")
    expect(nothing).to_contain_text("None of these digits was read wrong.")
    nothing.get_by_role("button", name="Show all").click()
    expect_first(page, wrong(server, finished_run))
    expect(nothing).to_be_hidden()


@pytest.mark.slow
def test_pictures_grow_with_the_screen_and_the_slider_stays_in_reach(
    browser: Browser, server: Server, finished_run: Any
) -> None:
    with browser.new_page() as page:
        for width, magnified in ((320, 3), (1280, 3), (1920, 4), (2560, 5)):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address(server, finished_run))
            picture = page.locator("#sheet canvas").first
            expect(picture).to_be_visible()
            assert (
                picture.evaluate("canvas => canvas.getBoundingClientRect().width") == 28 * magnified
            )
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            slider = page.get_by_role("slider", name="Epoch")
            expect(slider).to_be_in_viewport()
            page.mouse.wheel(0, 5000)
            expect(slider).to_be_in_viewport()


def open_in_pad(page: Page, index: int) -> None:
    page.locator(f"[data-index='{index}'] a").click()
    page.get_by_role("dialog").get_by_role("link", name="Edit it in the pad").click()


def test_the_filters_can_be_reached_on_a_tablet_however_it_is_held(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.set_viewport_size({"width": 768, "height": 1024})
    page.goto(address(server, finished_run))
    more = page.locator("summary", has_text="More")
    expect(more).to_be_visible()
    page.set_viewport_size({"width": 1100, "height": 768})
    more.click()
    page.get_by_label("It was", exact=True).select_option("3")
    expect_first(page, wrong(server, finished_run, "&true=3"))


@pytest.mark.slow
def test_a_picture_of_the_gallery_opens_in_the_pad(
    page: Page, server: Server, finished_run: Any
) -> None:
    items = server.get(f"/api/runs/{finished_run['id']}/failures?limit=2")["items"]
    for item in items:
        page.goto(address(server, finished_run))
        with page.expect_response("**/api/predict*") as asked:
            open_in_pad(page, item["index"])
        read = asked.value.json()
        assert (read["digit"], read["input"]) == (item["predicted"], item["image"])
        assert read["confidence"] == pytest.approx(item["confidence"], abs=1e-3)
        expect(page.locator("#origin")).to_contain_text("Change it until the prediction flips")


@pytest.mark.slow
def test_a_picture_of_the_gallery_is_changed_in_its_frame(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(address(server, finished_run))
    item = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")["items"][0]
    open_in_pad(page, item["index"])
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


@pytest.mark.slow
def test_failures_and_the_inspector_come_once_the_server_is_back(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("ERR_FAILED")
    unreachable = page.get_by_role("alert").filter(has_text="can't be reached").first
    page.route("**/api/datasets/**", lambda route: route.abort())
    page.goto(address(server, finished_run))
    expect(unreachable).to_be_visible()
    page.unroute("**/api/datasets/**")
    expect_count(page, f"{len(wrong(server, finished_run)):,} of 10,000 digits read wrong")
    expect(unreachable).to_be_hidden()
    page.route("**/api/inspect", lambda route: route.abort())
    page.goto(f"{server.address}/inspect?run={finished_run['id']}")
    expect(unreachable).to_be_visible()
    page.unroute("**/api/inspect")
    expect(page.locator("#subject")).to_contain_text("Test digit 0")
    expect(unreachable).to_be_hidden()
