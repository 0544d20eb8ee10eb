import re
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems
from tests.browser.drawing import (
    NOTHING,
    ONE,
    PREDICTION,
    ZERO,
    blank_picture,
    draw_with_mouse,
    open_pad,
    open_picture,
    picture_of_ones,
)
from tests.browser.servers import Server


def test_a_picture_of_several_digits_gets_a_box_for_each(page: Page, server: Server) -> None:
    open_pad(page, server)
    open_picture(page, picture_of_ones(3))
    boxes = page.get_by_role("group", name="Digits found").get_by_role("button")
    expect(boxes).to_have_count(3)
    expect(page.get_by_role("button", pressed=True)).to_have_count(1)
    expect(page.get_by_role("status")).to_contain_text("3 digits")
    page.get_by_role("button", name="Clear").click()
    expect(boxes).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text(NOTHING)


def test_a_box_shows_its_digits_bars_history_and_stages(page: Page, server: Server) -> None:
    open_pad(page, server)
    open_picture(page, picture_of_ones(3))
    last = page.get_by_role("button", name=re.compile(r"^digit 3 of 3: \d, >?\d+\s% sure$"))
    with page.expect_request(re.compile("stages=1.*digit=2")):
        last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".sure")).to_contain_text("digit 3 of 3")
    expect(page.locator("#history li")).to_have_count(3)
    with page.expect_request(re.compile("stages=1.*digit=1")):
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
    expect(page.locator(".sure")).to_contain_text("digit 2 of 3")


@pytest.mark.slow
def test_boxes_of_a_drawing_let_strokes_through(page: Page, server: Server) -> None:
    open_pad(page, server)
    for shift in (-0.25, 0.25):
        draw_with_mouse(page, [(x + shift, y) for x, y in ONE])
    boxes = page.get_by_role("group", name="Digits found").get_by_role("button")
    expect(boxes).to_have_count(2)
    with page.expect_request(re.compile("stages=1.*digit=1")):
        boxes.nth(1).locator("span").click()
    draw_with_mouse(page, [(0.75, 0.5), (0.75, 0.55)])
    page.get_by_role("button", name="Undo").click()
    expect(boxes).to_have_count(2)


@pytest.mark.slow
def test_lines_of_digits_are_read_as_lines(page: Page, server: Server) -> None:
    open_pad(page, server)
    open_picture(page, picture_of_ones(3, lines=2))
    lines = page.locator(".numeral > span")
    expect(lines).to_have_count(2)
    expect(lines.first).to_have_text(re.compile(r"^\d{3}$"))
    expect(lines.last).to_have_text(re.compile(r"^\d{3}$"))


@pytest.mark.slow
def test_a_phone_has_room_for_the_digits_beside_what_the_network_saw(
    phone: Page, server: Server
) -> None:
    open_pad(phone, server)
    open_picture(phone, picture_of_ones(4))
    numeral = phone.locator(".numeral")
    expect(numeral).to_have_text(re.compile(r"^\d{4}$"))
    assert numeral.evaluate("node => node.scrollWidth - node.clientWidth") <= 0


@pytest.mark.slow
def test_labels_stand_outside_their_boxes(page: Page, server: Server) -> None:
    open_pad(page, server)
    strip = Image.open(BytesIO(picture_of_ones(6))).crop((0, 38, 720, 170))
    buffer = BytesIO()
    strip.save(buffer, "PNG")
    open_picture(page, buffer.getvalue())
    expect(page.locator("#boxes button")).to_have_count(6)
    covered = page.locator("#boxes").evaluate(
        """(boxes) => [...boxes.querySelectorAll("button")].filter((button) => {
            const label = button.firstElementChild.getBoundingClientRect();
            const box = button.getBoundingClientRect();
            return label.bottom > box.top + 4 && label.top < box.bottom - 4;
        }).length"""
    )
    assert covered == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(
            blank_picture(), "Nothing is drawn on this picture", id="blank", marks=pytest.mark.slow
        ),
        pytest.param(
            picture_of_ones(11, lines=10),
            "at most 100 digits",
            id="crowded",
            marks=pytest.mark.slow,
        ),
        pytest.param(b"nonsense", "can't be read as a picture", id="unreadable"),
        pytest.param(b"x" * 5_000_001, "over 5 MB", id="large", marks=pytest.mark.slow),
    ],
)
def test_a_picture_that_is_no_use_leaves_the_pad_and_is_reported(
    page: Page, server: Server, problems: Problems, content: bytes, words: str
) -> None:
    problems.expect("predict")
    problems.expect("Failed to load resource")
    open_pad(page, server)
    open_picture(page, content)
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.get_by_role("status")).not_to_contain_text("Waiting")
    expect(page.get_by_alt_text("The picture you gave")).to_be_hidden()
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


@pytest.mark.slow
def test_clearing_a_picture_leaves_an_empty_pad(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    status = page.get_by_role("status")
    expect(status).to_contain_text(PREDICTION)
    open_picture(page, picture_of_ones(2))
    expect(status).to_contain_text("2 digits")
    page.get_by_role("button", name="Clear").click()
    expect(status).to_contain_text(NOTHING)
    page.get_by_role("button", name="Undo").click()
    expect(status).to_contain_text(PREDICTION)


@pytest.mark.slow
def test_a_picture_survives_a_reload_until_it_is_cleared(page: Page, server: Server) -> None:
    open_pad(page, server)
    open_picture(page, picture_of_ones(3))
    boxes = page.get_by_role("group", name="Digits found").get_by_role("button")
    expect(boxes).to_have_count(3)
    page.reload()
    expect(boxes).to_have_count(3)
    expect(page.get_by_alt_text("The picture you gave")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    page.reload()
    expect(page.get_by_text("Draw a digit here")).to_be_visible()
    expect(page.get_by_alt_text("The picture you gave")).to_have_count(0)


@pytest.mark.slow
def test_of_several_pictures_the_first_is_taken_and_the_page_says_so(
    page: Page, server: Server
) -> None:
    open_pad(page, server)
    page.evaluate(
        """(bytes) => {
            const dataTransfer = new DataTransfer();
            const content = [new Uint8Array(bytes)];
            for (const name of ["one.png", "two.png"]) {
                dataTransfer.items.add(new File(content, name, { type: "image/png" }));
            }
            dispatchEvent(new DragEvent("drop", { dataTransfer }));
        }""",
        list(picture_of_ones(1)),
    )
    expect(page.get_by_text("Only the first of 2 pictures was taken.")).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


def test_a_pasted_picture_is_predicted(page: Page, server: Server) -> None:
    open_pad(page, server)
    expect(page.get_by_label("Drawing pad")).to_be_visible()
    page.evaluate(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "one.png", { type: "image/png" }));
            dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }""",
        list(picture_of_ones(1)),
    )
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


@pytest.mark.slow
@pytest.mark.parametrize(
    "width",
    [390, pytest.param(1280, marks=pytest.mark.slow), pytest.param(1920, marks=pytest.mark.slow)],
)
def test_nothing_shifts_while_predictions_come_in(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    page.add_init_script(
        """new PerformanceObserver((list) => {
            for (const { value } of list.getEntries()) window.shift = (window.shift ?? 0) + value;
        }).observe({ type: "layout-shift", buffered: true })"""
    )
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.locator("#history li")).to_have_count(3)
    open_picture(page, picture_of_ones(3, lines=2))
    expect(page.locator("#boxes button")).to_have_count(6)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status")).to_contain_text(NOTHING)
    assert page.evaluate("window.shift ?? 0") < 0.02


@pytest.mark.slow
def test_a_test_picture_of_the_address_is_laid_on_the_pad_and_survives_a_reload_changed(
    page: Page, server: Server, finished_run: Any
) -> None:
    item = server.get(f"/api/runs/{finished_run['id']}/failures?limit=1")["items"][0]
    labels = f"index={item['index']}&true={item['true']}&predicted={item['predicted']}"
    page.goto(f"{server.address}/draw?run={finished_run['id']}&epoch=3&{labels}")
    seen = page.locator("#seen")
    expect(seen).to_have_attribute("src", item["image"])
    expect(page.get_by_text("Change it until the prediction flips")).to_be_visible()
    expect(page.get_by_text("this picture has 28 × 28 pixels already")).to_be_visible()
    with page.expect_response(re.compile("stages=1")) as response:
        draw_with_mouse(page, [(0.5, 0.05 + 0.01 * i) for i in range(5)])
    changed = response.value.json()["input"]
    assert changed != item["image"]
    page.reload()
    expect(seen).to_have_attribute("src", changed)
    page.get_by_role("button", name="Undo").click()
    expect(seen).to_have_attribute("src", item["image"])
    expect(page.get_by_text("Change it until the prediction flips")).to_be_visible()
