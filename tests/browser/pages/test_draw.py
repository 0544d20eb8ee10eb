import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems
from tests.browser.drawing import (
    NOTHING,
    ONE,
    PREDICTION,
    ZERO,
    Fingers,
    draw_with_mouse,
    on_pad,
    open_pad,
)
from tests.browser.servers import Server


def test_a_stroke_with_the_mouse_is_predicted_and_announced_once(
    page: Page, server: Server
) -> None:
    open_pad(page, server)
    page.evaluate(
        """() => {
            const status = document.querySelector("[role=status]");
            window.announced = [];
            const note = () => {
                const words = status.textContent.replace(/\\s+/g, " ").trim();
                if (words && words !== window.announced.at(-1)) window.announced.push(words);
            };
            const options = { childList: true, characterData: true, subtree: true };
            new MutationObserver(note).observe(status, options);
        }"""
    )
    with page.expect_request(re.compile("stages=1")):
        draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    expect(page.get_by_role("img", name="What the network saw")).to_be_visible()
    expect(page.get_by_role("list", name="How likely each class is").locator("li")).to_have_count(
        10
    )
    expect(page.locator("#history li")).to_have_count(3)
    expect(page.locator("#stages li")).to_have_count(5)
    expect(page.locator("#stages")).to_contain_text("if preparation had stopped here: ")
    expect(
        page.get_by_text("It must choose one of ten: it can't say “not a digit”")
    ).to_be_visible()
    assert len(page.evaluate("window.announced")) == 1


@pytest.mark.slow
def test_it_is_predicted_while_the_stroke_still_goes(page: Page, server: Server) -> None:
    open_pad(page, server)
    first, *rest = on_pad(page, ONE)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point)
    expect(page.locator(".prediction")).to_contain_text(PREDICTION)
    expect(page.get_by_role("status")).not_to_contain_text("sure")
    page.mouse.up()
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


def test_a_finger_draws_and_does_not_scroll(phone: Page, server: Server) -> None:
    open_pad(phone, server)
    Fingers(phone).lead([[point] for point in on_pad(phone, ONE)])
    expect(phone.get_by_role("status")).to_contain_text(PREDICTION)
    assert phone.evaluate("scrollY") == 0
    expect(phone.get_by_role("heading", name="How the picture was prepared")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.slow
def test_two_fingers_scroll_and_leave_no_stroke(phone: Page, server: Server) -> None:
    open_pad(phone, server)
    expect(phone.get_by_label("Drawing pad")).to_be_visible()
    steps = [on_pad(phone, [(0.3, 0.9 - 0.02 * i), (0.7, 0.9 - 0.02 * i)]) for i in range(30)]
    Fingers(phone).lead(steps)
    phone.wait_for_function("scrollY > 50")
    expect(phone.get_by_role("button", name="Undo")).to_be_disabled()
    expect(phone.get_by_role("status")).to_contain_text(NOTHING)


@pytest.mark.slow
def test_undo_redo_and_clear_have_buttons_and_keys(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ONE)
    status = page.get_by_role("status")
    pad = page.get_by_label("Drawing pad")
    expect(status).to_contain_text(PREDICTION)
    pad.press("Control+z")
    expect(status).to_contain_text(NOTHING)
    pad.press("Control+Shift+z")
    expect(status).to_contain_text(PREDICTION)
    page.get_by_role("button", name="Clear").click()
    expect(status).to_contain_text(NOTHING)
    page.get_by_role("button", name="Undo").click()
    expect(status).to_contain_text(PREDICTION)
    pad.press("Delete")
    expect(status).to_contain_text(NOTHING)


@pytest.mark.slow
def test_keys_act_on_the_pad_only_while_it_has_the_focus(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    eraser = page.get_by_role("button", name="Eraser")
    for key in ("e", "Delete", "Control+z"):
        page.get_by_role("button", name="Undo").press(key)
    expect(eraser).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="Clear")).to_be_enabled()
    page.get_by_label("Drawing pad").press("e")
    expect(eraser).to_have_attribute("aria-pressed", "true")


def test_the_keyboard_draws(page: Page, server: Server) -> None:
    open_pad(page, server)
    page.get_by_label("Drawing pad").focus()
    page.keyboard.press("Space")
    for _ in range(10):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()


@pytest.mark.slow
def test_the_request_is_repeated_once_the_server_is_back(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("ERR_FAILED")
    open_pad(page, server)
    page.route("**/api/predict*", lambda route: route.abort())
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("alert").filter(has_text="can't be reached")).to_be_visible()
    page.unroute("**/api/predict*")
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


@pytest.mark.slow
def test_a_tool_with_nothing_left_to_do_gives_the_focus_to_the_pad(
    page: Page, server: Server
) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ONE)
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_label("Drawing pad")).to_be_focused()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(844, 390), (667, 375), (640, 450)])
def test_the_pad_fits_on_a_phone_on_its_side_and_on_a_page_at_200_percent(
    phone: Page, server: Server, width: int, height: int
) -> None:
    phone.set_viewport_size({"width": width, "height": height})
    open_pad(phone, server)
    box = phone.get_by_label("Drawing pad").bounding_box()
    assert box
    assert box["y"] >= 52
    assert box["y"] + box["height"] <= height
    assert box["width"] <= width / 2
    Fingers(phone).lead([[point] for point in on_pad(phone, ONE)])
    expect(phone.locator(".numeral")).to_be_in_viewport(ratio=1)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.slow
def test_bars_can_be_told_apart_in_forced_colours(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    fill, track = [
        page.locator(f"#bars [data-best=true] .{part}").evaluate(
            "node => getComputedStyle(node).backgroundColor"
        )
        for part in ("fill", "track")
    ]
    assert fill != track
    border = page.locator("#bars .track").first.evaluate(
        "node => getComputedStyle(node).borderStyle"
    )
    assert border == "solid"
