"""Places of things on the page that starts a run, and the way it leads a first visitor."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.drawing import ONE, PREDICTION, draw_with_mouse
from tests.browser.servers import Server
from tests.conftest import running_server

# Long enough to be looked at; stopped by the server fixture.
LONG = {"train_limit": 2000, "batch_size": 16, "epochs": 400}
# Adds up how far things move, as a share of the window, without what a press moves.
MEASURE_SHIFT = """
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) window.shift += entry.value;
        }
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def new_server(home: Path) -> Iterator[Server]:
    """A server on which nothing was started yet; what it starts goes with it."""
    with running_server(home) as process:
        server = Server(process.url)
        yield server
        server.close()


def top_of(place: Locator) -> float:
    """Distance of an element from the top of the page."""
    top = place.evaluate("node => node.getBoundingClientRect().top + scrollY")
    assert isinstance(top, int | float)
    return top


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["page", "phone"])
def test_nothing_moves_from_the_first_visit_through_a_started_run(
    request: pytest.FixtureRequest, new_server: Server, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.add_init_script(MEASURE_SHIFT)
    page.goto(new_server.address)
    expect(page.locator("#estimate")).to_contain_text("iterations")
    page.get_by_label("Epochs").fill("3")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Reads")
    assert page.evaluate("window.shift") < 0.02


@pytest.mark.slow
def test_nothing_moves_in_a_comparison_of_runs_that_train(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.add_init_script(MEASURE_SHIFT)
    runs = [server.start_run(name=f"seed {seed}", seed=seed, epochs=2) for seed in (1, 2)]
    page.goto(f"{server.address}/compare?runs={runs[0]['id']},{runs[1]['id']}")
    expect(page.get_by_role("link", name="B alone reads right")).to_be_visible(timeout=60_000)
    expect(page.locator(".comparison tbody").get_by_text("epoch 2")).to_have_count(2)
    assert page.evaluate("window.shift") < 0.01


@pytest.mark.slow
def test_the_form_of_a_fork_pushes_nothing_away_when_it_is_loaded(
    phone: Page, server: Server, finished_run: Any
) -> None:
    phone.add_init_script(MEASURE_SHIFT)
    held: list[Route] = []
    phone.route(f"**/api/runs/{finished_run['id']}/epochs", lambda route: held.append(route))
    phone.goto(f"{server.address}/?fork={finished_run['id']}")
    expect(phone.get_by_role("img", name="Accuracy")).to_be_visible()
    held[0].continue_()
    expect(phone.get_by_label("After", exact=True)).to_be_in_viewport()
    assert phone.evaluate("window.shift") < 0.02


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 700, 844])
def test_a_diagnosis_that_comes_late_moves_nothing(
    page: Page, server: Server, finished_run: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.add_init_script(MEASURE_SHIFT)
    action = "Run again with distorted pictures"
    text = (
        "Since epoch 5 it gets better on its training set, 99.5 %, and no better on new pictures, "
        "98.0 %."
    )
    finding = {"kind": "overfitting", "tone": "warn", "text": text, "evidence": "The losses."}
    held: list[Route] = []
    page.route("**/diagnosis", lambda route: held.append(route))
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("img", name="Accuracy")).to_be_visible()
    held[0].fulfill(
        json={"findings": [{**finding, "changes": {"augment": True}, "action": action}]}
    )
    expect(page.get_by_role("link", name=action).first).to_be_visible()
    assert page.evaluate("window.shift") < 0.005


@pytest.mark.slow
def test_the_number_of_failures_has_its_place_on_a_phone_before_it_is_known(
    phone: Page, server: Server
) -> None:
    phone.add_init_script(MEASURE_SHIFT)
    held: list[Route] = []
    phone.route("**/api/runs/*/predictions**", lambda route: held.append(route))
    with phone.expect_request("**/api/runs/*/predictions**"):
        phone.goto(f"{server.address}/failures", wait_until="commit")
    expect(phone.get_by_role("form", name="Choice of pictures")).to_be_visible()
    for route in held:
        route.continue_()
    expect(phone.locator("#count")).to_contain_text("digits read wrong")
    assert phone.evaluate("window.shift") < 0.02


@pytest.mark.slow
def test_a_note_on_missing_data_moves_nothing(page: Page, server: Server) -> None:
    page.add_init_script(MEASURE_SHIFT)
    checksum = "ba891046" * 8
    mnist = {"name": "mnist", "available": False, "detail": "Not here. " * 20 + checksum}
    held: list[Route] = []
    page.route("**/api/datasets", lambda route: held.append(route))
    page.goto(server.address)
    expect(page.get_by_role("img", name="Accuracy")).to_be_visible()
    held[0].fulfill(json={"datasets": [mnist]})
    expect(page.locator("#f-dataset-about")).to_contain_text("not here")
    assert page.evaluate("window.shift") < 0.001
    assert page.locator("#run-form").evaluate("form => form.scrollWidth - form.clientWidth") <= 0


def test_a_first_visitor_is_led_to_a_drawing_that_is_read_in_three_presses(
    new_server: Server, page: Page
) -> None:
    page.goto(new_server.address)
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("link", name="Draw one now").click()
    page.get_by_label("Drawing pad").wait_for()
    # A trained network is chosen, so the third press is the stroke.
    draw_with_mouse(page, ONE)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)


@pytest.mark.slow
def test_on_a_phone_the_welcome_stands_above_the_form(phone: Page, empty_server: Server) -> None:
    phone.goto(empty_server.address)
    welcome = phone.get_by_role("heading", name="Watch a network learn to read")
    expect(welcome).to_be_visible()
    assert top_of(welcome) < top_of(phone.get_by_role("heading", name="New run"))


@pytest.mark.slow
def test_on_a_phone_the_result_stands_above_the_form_after_a_reload(
    phone: Page, server: Server, finished_run: Any
) -> None:
    phone.goto(server.address)
    result = phone.get_by_role("heading", name=finished_run["name"])
    expect(result).to_be_visible()
    phone.reload()
    expect(result).to_be_in_viewport()
    expect(phone.get_by_text("Statistics by layer")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    form = phone.get_by_role("heading", name="New run")
    assert top_of(result) < top_of(form)
    phone.get_by_role("link", name="New run").click()
    expect(form).to_be_in_viewport()


@pytest.mark.slow
def test_on_a_phone_start_never_covers_the_presets(phone: Page, server: Server) -> None:
    phone.goto(server.address)
    presets = phone.get_by_role("group", name="Start from")
    expect(presets).to_be_visible()
    covered = phone.evaluate(
        """async () => {
            const box = (selector) => document.querySelector(selector).getBoundingClientRect();
            const covered = [];
            for (let y = 0; y < document.documentElement.scrollHeight - innerHeight; y += 40) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
                if (box(".form-foot").top < box(".presets").bottom) covered.push(y);
            }
            return covered;
        }"""
    )
    assert covered == []


@pytest.mark.slow
def test_a_started_run_is_in_view(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(server.address)
    page.mouse.wheel(0, 10_000)
    page.get_by_role("button", name="Start training").click()
    name = page.get_by_role("heading", name="784-50-10")
    expect(name).to_be_in_viewport()
    bar = page.get_by_role("banner").bounding_box()
    box = name.bounding_box()
    assert bar
    assert box
    assert box["y"] >= bar["y"] + bar["height"]


@pytest.mark.slow
def test_a_run_deleted_elsewhere_leaves_a_notice_and_no_dead_link(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(server.address)
    expect(page.get_by_role("heading", name="brief")).to_be_visible()
    expect(page.get_by_role("link", name="Run again", exact=True)).to_be_visible()
    server.delete(run["id"])
    expect(page.get_by_role("alert").filter(has_text="“brief” was deleted")).to_be_visible()
    expect(page.get_by_role("heading", name="brief")).to_have_count(0)
    expect(page.locator(f"a[href*='{run['id']}']")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("was deleted")).to_have_count(0)


@pytest.mark.slow
def test_the_runs_to_watch_fit_a_narrow_phone(phone: Page, server: Server) -> None:
    phone.set_viewport_size({"width": 320, "height": 640})
    for name in ["a run with a name that is as long as names of runs may be", "another"]:
        server.start_run(name=name, **LONG)
    phone.goto(server.address)
    runs = phone.get_by_role("group", name="Runs to watch").get_by_role("button")
    expect(runs).to_have_count(2)
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
