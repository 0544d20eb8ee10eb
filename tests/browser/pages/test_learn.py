"""The tour at /learn, done with the keyboard alone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server
from tests.hand_worked import GRADIENTS, LOSS, STEPPED, VALUES, WEIGHT_GRADIENTS

ENDED_MS = 60_000


@pytest.fixture
def learner(page: Page) -> Iterator[Page]:
    """A page of somebody who has not learned anything yet."""
    yield page
    page.evaluate("localStorage.clear()")


def press(locator: Locator, key: str = "Enter") -> None:
    locator.focus()
    locator.page.keyboard.press(key)


def answer(page: Page, label: str, text: str) -> None:
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def expect_done(page: Page, chapter: int) -> None:
    expect(page.locator(".verdict strong")).to_have_text("Right.", timeout=ENDED_MS)
    item = page.get_by_role("navigation", name="Chapters").get_by_role("listitem").nth(chapter - 1)
    expect(item).to_contain_text("✓ done")


def go_on(page: Page, title: str) -> None:
    steps = page.get_by_role("navigation", name="Chapter before and after")
    press(steps.get_by_role("link", name=title))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def shown(page: Page, row: str, part: str) -> float:
    return number(page.locator(f"[{row}] [data-part={part}]").inner_text())


def start_run(page: Page) -> None:
    press(page.get_by_role("button", name="Start this run"))


def test_a_task_is_loaded_once_the_server_can_be_reached(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("Failed to load resource")
    page.route("**/api/learn/digit", lambda route: route.abort())
    page.goto(f"{server.address}/learn")
    expect(page.get_by_role("alert")).to_contain_text("reach")
    page.unroute_all()
    expect(page.get_by_label("Place in the list")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_task_that_is_not_there_is_asked_for_once(
    page_with_clock: Page, server: Server, problems: Problems
) -> None:
    page = page_with_clock
    problems.expect("Failed to load resource")
    asked: list[Route] = []

    def refuse(route: Route) -> None:
        asked.append(route)
        error = {"type": "not_found", "message": "There is no digit."}
        route.fulfill(status=404, json={"error": error})

    page.route("**/api/learn/digit", refuse)
    page.goto(f"{server.address}/learn")
    expect(page.get_by_role("alert")).to_have_text("There is no digit.")
    page.clock.run_for(60_000)
    assert len(asked) == 1


@pytest.mark.slow
def test_all_seven_chapters_are_done_with_the_keyboard(
    learner: Page, server: Server, finished_run: Any
) -> None:
    page = learner
    page.goto(server.address)
    press(page.get_by_role("link", name="Learn", exact=True))
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    words = page.locator("#pixel-words").inner_text()
    row, column = map(int, re.findall(r"\d+", words)[:2])
    answer(page, "Place in the list", str(28 * row + column))
    expect(page.locator(".verdict strong")).to_have_text("Not yet.")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        press(page.get_by_role("application"), key)
    answer(page, "Place in the list", str(28 * (row + 2) + column + 2))
    expect_done(page, 1)

    go_on(page, "A layer")
    answer(page, "z of unit 1", str(VALUES["z"][1]))
    expect_done(page, 2)

    go_on(page, "The loss")
    start_run(page)
    expect_done(page, 3)

    go_on(page, "The gradient and a step")
    answer(page, "New weight", "0.12")
    expect(page.locator(".verdict strong")).to_have_text("Not yet.")
    answer(page, "New weight", f"{STEPPED:.3f}")
    expect_done(page, 4)

    go_on(page, "Back propagation and the chain rule")
    for weight, sign in (("W2-3", "negative"), ("W1-0", "positive"), ("W1-5", "zero")):
        page.locator(f"#sign-{weight}").focus()
        page.keyboard.type(sign[0])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_done(page, 5)

    go_on(page, "Stochastic batches")
    start_run(page)
    table = page.get_by_role("table", name="Loss of each iteration")
    expect(table).to_be_visible(timeout=ENDED_MS)
    losses = [number(text) for text in table.locator("td.number").all_inner_texts()]
    doubled = next(i for i in range(1, len(losses)) if losses[i] > 2.1 * losses[i - 1] > 0)
    answer(page, "Iteration", str(doubled + 1))
    expect_done(page, 6)

    go_on(page, "When it goes wrong")
    start_run(page)
    expect(page.get_by_role("group", name="What went wrong?")).to_be_visible(timeout=ENDED_MS)
    press(page.get_by_label("The learning rate is too high"), "Space")
    page.keyboard.press("Enter")
    expect_done(page, 7)
    page.reload()
    expect(page.get_by_text("✓ done")).to_have_count(7)


def test_the_page_shows_the_numbers_that_were_worked_by_hand(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/learn/backpropagation")
    press(page.get_by_role("button", name="Check"))
    expect(page.get_by_text("0 of 3 are right.")).to_be_visible()
    press(page.get_by_role("button", name="Show the way back"))
    assert number(page.locator("#small-loss").inner_text()) == pytest.approx(LOSS, abs=5e-4)
    for part, numbers in (("value", VALUES), ("gradient", GRADIENTS)):
        for letter, row in numbers.items():
            found = [shown(page, f"data-number={letter}{i}", part) for i in range(len(row))]
            assert found == pytest.approx(row, abs=5e-4), (part, letter)
    for name, array in WEIGHT_GRADIENTS.items():
        flat = [value for row in array for value in (row if isinstance(row, list) else [row])]
        found = [shown(page, f"data-weight={name}-{i}", "gradient") for i in range(len(flat))]
        assert found == pytest.approx(flat, abs=5e-4), name


@pytest.mark.slow
def test_numbers_keep_their_colours_in_forced_colours(page: Page, server: Server) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{server.address}/learn")
    expect(page.locator("#pixel-words")).to_be_visible()
    colours = page.locator("digit-task canvas").evaluate(
        """(canvas) => new Set(
            new Uint32Array(canvas.getContext("2d").getImageData(0, 0, 28, 28).data.buffer)
        ).size"""
    )
    page.emulate_media(forced_colors="none")
    assert colours > 10
