import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server

PAGES = [
    "/",
    "/?fork={id}",
    "/runs",
    "/runs/{id}",
    "/compare?runs={id}",
    "/failures",
    "/inspect",
    "/draw",
    "/learn/backpropagation",
]


def contrast_problems(page: Page) -> Any:
    """Visible texts whose contrast with what lies behind them is under 4.5:1."""
    return page.evaluate(
        """() => {
            const parse = (colour) => {
                const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
                return colour.startsWith("color(") ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
            };
            const light = ([r, g, b]) => {
                const part = (v) => (
                    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4
                );
                return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
            };
            const behind = (node) => {
                for (let at = node; at; at = at.parentElement) {
                    const colour = parse(getComputedStyle(at).backgroundColor);
                    if (colour[3] === 1) return colour;
                }
                return [255, 255, 255];
            };
            const bad = [];
            for (const node of document.querySelectorAll("main *, header *")) {
                const words = [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim());
                const passive = node.closest(":disabled, .sr-only, svg");
                if (!words || passive || !node.checkVisibility()) continue;
                const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))];
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) bad.push(`${node.textContent.trim()}: ${ratio.toFixed(2)}`);
            }
            return bad;
        }"""
    )


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """The contrast of two colours, from 1 to 21, as WCAG 2 defines it."""

    def light(colour: Sequence[int]) -> float:
        parts = [v / 255 for v in colour]
        red, green, blue = [
            v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts
        ]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted([light(one), light(other)])
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["page", "phone"])
def test_every_page_fits_its_screen_and_can_be_read(
    request: pytest.FixtureRequest,
    server: Server,
    finished_run: Any,
    screen: str,
    scheme: Literal["light", "dark"],
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.emulate_media(color_scheme=scheme)
    for path in PAGES:
        page.goto(server.address + path.format(id=finished_run["id"]))
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert contrast_problems(page) == []


def test_the_bar_fits_narrow_windows_while_a_run_trains(page: Page, server: Server) -> None:
    run = server.start_run(name="long", train_limit=200, epochs=900)
    server.wait_for(run["id"], lambda r: r["epoch"] > 0)
    page.goto(f"{server.address}/runs")
    expect(page.get_by_role("link", name=re.compile("Training:.*right"))).to_be_visible()
    for width in (641, 800, 801, 960, 961):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_badge_says_when_the_server_is_away(phone: Page, server: Server) -> None:
    sockets: list[WebSocketRoute] = []
    is_away = False

    def connect(socket: WebSocketRoute) -> None:
        if is_away:
            socket.close()
        else:
            socket.connect_to_server()
            sockets.append(socket)

    phone.route_web_socket("**/api/runs/stream", connect)
    server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    phone.goto(f"{server.address}/runs")
    expect(phone.get_by_role("link", name=re.compile("Training:"))).to_be_visible()
    is_away = True
    sockets.pop().close()
    expect(phone.get_by_text("Offline")).to_be_visible()
    expect(phone.get_by_role("link", name=re.compile("Training:"))).to_have_count(0)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    is_away = False
    expect(phone.get_by_role("link", name=re.compile("Training:"))).to_be_visible()


@pytest.mark.slow
def test_the_bar_shows_where_one_is(page: Page, server: Server) -> None:
    page.goto(server.address)
    for name in ["Runs", "Failures", "Inspect", "Draw", "Learn", "Train"]:
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute(
            "aria-current", "page"
        )


@pytest.mark.slow
def test_the_bar_of_a_narrow_phone_has_room_for_everything(phone: Page, server: Server) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    phone.goto(f"{server.address}/runs")
    expect(phone.get_by_role("link", name=re.compile("Training:"))).to_be_visible()
    boxes = phone.evaluate(
        """() => [...document.querySelectorAll("header.bar :is(a, button)")]
            .filter((node) => node.checkVisibility() && !node.closest("[popover]"))
            .map((node) => node.getBoundingClientRect())
            .map(({ left, right, height }) => [left, right, height])"""
    )
    assert all(right <= left for (_, right, _), (left, _, _) in pairwise(boxes))
    assert min(height for _, _, height in boxes) >= 40
    assert boxes[-1][1] <= 320


@pytest.mark.slow
def test_a_phone_has_the_other_pages_in_a_menu(phone: Page, server: Server) -> None:
    phone.goto(server.address)
    bar = phone.get_by_role("navigation")
    expect(bar.get_by_role("link", name="Failures")).to_have_count(0)
    menu = bar.get_by_role("button", name="Menu")
    menu.click()
    expect(bar.get_by_role("link", name="Failures")).to_be_visible()
    phone.keyboard.press("Escape")
    expect(bar.get_by_role("link", name="Failures")).to_have_count(0)
    expect(menu).to_be_focused()
    menu.click()
    bar.get_by_role("link", name="Failures").click()
    expect(phone.get_by_role("heading", name="Failures")).to_be_visible()


@pytest.mark.slow
def test_the_badge_is_named_by_what_it_shows(page: Page, server: Server) -> None:
    run = server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    server.wait_for(run["id"], lambda r: r["epoch"] >= 1)
    page.goto(f"{server.address}/runs")
    words = re.compile(r"Training: long >?\d+\s% done · \d+\.\d\s% right")
    expect(page.get_by_role("link", name=words)).to_be_visible()


@pytest.mark.slow
def test_in_forced_colours_the_bar_marks_the_current_page_alone(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(server.address)
    marked = page.evaluate(
        """() => {
            const line = (node) => getComputedStyle(node).borderBottomColor;
            const paper = getComputedStyle(document.body).backgroundColor;
            const links = [...document.querySelectorAll("nav > a")];
            return links.filter((node) => line(node) !== paper).map((node) => node.textContent);
        }"""
    )
    page.emulate_media(forced_colors="none")
    assert marked == ["Train"]


@pytest.mark.slow
def test_a_chosen_theme_is_remembered(page: Page, server: Server) -> None:
    page.goto(server.address)
    switch = page.get_by_role("button", name="Dark theme")
    expect(switch).to_have_attribute("aria-pressed", "false")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    page.goto(f"{server.address}/runs")
    expect(switch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    switch.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", "Watch a network learn to read"),
        ("/runs", "No runs yet"),
        pytest.param("/failures", "Nothing read wrong yet", marks=pytest.mark.slow),
        pytest.param("/inspect", "No network to look into yet", marks=pytest.mark.slow),
        pytest.param("/draw", "No network to ask yet", marks=pytest.mark.slow),
    ],
)
def test_an_empty_page_says_what_will_be_there_and_leads_to_it(
    page: Page, empty_server: Server, path: str, words: str
) -> None:
    page.goto(empty_server.address + path)
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    if path != "/":
        page.get_by_role("main").get_by_role("link", name="Train").click()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/nothing-here", "This page isn't here"), ("/runs/nosuchrun", "This run isn't here")],
)
def test_an_unknown_address_says_so_and_leads_back(
    page: Page, server: Server, problems: Problems, path: str, words: str
) -> None:
    problems.expect("404")
    page.goto(server.address + path)
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    page.get_by_role("link", name="Go to Train").click()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()


@pytest.mark.slow
def test_every_page_fits_the_narrowest_screen(
    phone: Page, server: Server, finished_run: Any
) -> None:
    server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    phone.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        phone.goto(server.address + path.format(id=finished_run["id"]))
        expect(phone.get_by_role("link", name="Training: long")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


@pytest.mark.slow
def test_targets_in_the_frame_and_the_form_are_large_enough_for_fingers(
    phone: Page, server: Server
) -> None:
    phone.goto(server.address)
    expect(phone.locator("#estimate")).to_contain_text("iterations")
    for group in phone.locator("summary").all():
        group.click()
    small = phone.evaluate(
        """() => [...document.querySelectorAll(
            "header :is(a, button), #run-form :is(button, select, input[type=text], summary)"
        )].filter((node) => {
            const { width, height } = node.getBoundingClientRect();
            const beyond = parseFloat(getComputedStyle(node, "::after").inset) || 0;
            return node.checkVisibility()
                && Math.min(width - 2 * beyond, height - 2 * beyond) < 40;
        }).map((node) => node.outerHTML)"""
    )
    assert small == []


@pytest.mark.slow
def test_text_grows_on_wide_screens(page: Page, server: Server) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('#estimate')).fontSize)"
    page.goto(server.address)
    expect(page.locator("#estimate")).to_be_visible()
    usual = page.evaluate(size)
    page.set_viewport_size({"width": 1920, "height": 1080})
    assert page.evaluate(size) > usual
    assert page.locator("main").evaluate("node => node.clientWidth") > 1700


@pytest.mark.slow
def test_in_forced_colours_state_is_shown_by_outlines(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(server.address)
    pressed = page.get_by_role("button", name="Simple")
    expect(pressed).to_have_css("outline-style", "solid")
    expect(page.get_by_role("button", name="Robust")).to_have_css("outline-style", "none")


@pytest.mark.slow
def test_the_first_tab_stop_skips_to_the_content(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/runs")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
