"""Every page in each of its states, by the rules of axe-core.

A state is a function that opens a page and brings it into that state; a new one is added to
``STATES``.
"""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.drawing import draw_with_mouse
from tests.browser.servers import Server

State = Callable[[Page, Server, Any], None]
Scheme = Literal["light", "dark"]


def swept(page: Page, server: Server, run: Any) -> None:
    """Show a sweep that has ended, with the sliders that select trials."""
    fixed = {"train_limit": 200, "batch_size": 20, "epochs": 1, "hidden": [8]}
    space = {"learning_rate": {"choices": [0.01, 0.1]}}
    sweep = server.post("/api/sweeps", {"fixed": fixed, "space": space, "sampler": "grid"})
    server.wait_for_sweep(sweep["id"], "finished")
    page.goto(f"{server.address}/sweeps/{sweep['id']}")
    page.get_by_text("Select by values").click()
    page.get_by_role("button", name="Choose trial").click()
    expect(page.get_by_text("Test accuracy of trial")).to_be_visible()


def sweep_form(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/sweeps")
    for name in ("Optimizer", "Distort pictures", "Batch size"):
        page.get_by_label("Search another setting").select_option(name)
    for name in ("More", "Settings of all trials"):
        page.get_by_text(name, exact=True).click()


def runs(page: Page, server: Server, run: Any) -> None:
    """Show a run that trains and a pinned one with tags."""
    noted = server.start_run(name="noted", train_limit=100, epochs=1)
    body = {"pinned": True, "tags": ["good", "first"], "notes": "As the reference"}
    page.request.patch(f"{server.address}/api/runs/{noted['id']}", data=body)
    server.start_run(name="live", train_limit=2000, batch_size=16, epochs=400)
    page.goto(f"{server.address}/runs")
    expect(page.locator("loss-sparkline svg")).to_have_count(3)


def runs_selected(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_label("Select short").click()
    expect(page.get_by_text("1 selected")).to_be_visible()


def runs_columns(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_role("group", name="Columns of the table")
    for name in ["Data", "Network", "Learning rate", "Tags", "Notes"]:
        columns.get_by_label(name).check()


def runs_menu(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_role("button", name="More for short").click()
    expect(page.get_by_role("button", name="Rename")).to_be_visible()


def runs_renamed(page: Page, server: Server, run: Any) -> None:
    runs_menu(page, server, run)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name of the run")).to_be_focused()


def runs_details(page: Page, server: Server, run: Any) -> None:
    runs_menu(page, server, run)
    page.get_by_role("button", name="Tags and notes").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def runs_deletion(page: Page, server: Server, run: Any) -> None:
    runs_menu(page, server, run)
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def runs_unmatched(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs?q=nosuchname")
    expect(page.get_by_text("No run matches.")).to_be_visible()


def failures(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/failures")
    expect(page.locator("#sheet li").first).to_be_visible()
    page.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    expect(page.get_by_role("img", name="Learned and forgotten")).to_be_visible()


def failures_compared(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/failures?true=4&predicted=9&sort=loss&matrix=epochs&from=1")
    expect(page.locator("#matrix-from")).to_have_value("1")


def failures_of_one_picture(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/failures?picture=8")
    expect(page.get_by_role("dialog").get_by_role("img")).to_have_count(2)


def failures_unmatched(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/failures?true=4&predicted=4")
    expect(page.get_by_text("None of these digits was read wrong.")).to_be_visible()


def failures_of_an_unknown_run(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/failures?run=nosuch")
    expect(page.get_by_role("alert").filter(has_text="is not here")).to_be_visible()


def inspected_forward(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/inspect?picture=8&at=1")
    page.get_by_text("Numbers of this column").click()
    expect(page.get_by_role("table", name="Numbers of Dense 1")).to_be_visible()


def inspected_backward(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/inspect?picture=8&at=8")
    expect(page.get_by_role("application", name="Gradient of the loss")).to_be_visible()


def inspected_by_hand(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/inspect?picture=8")
    page.get_by_role("button", name="Check 20 at random").click()
    page.get_by_role("button", name="Take one step").click()
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("img", name="Occlusion")).to_be_visible()
    page.get_by_text("Weights that moved most").click()
    expect(page.get_by_text("They agree.")).to_be_visible()


def inspected_picture_unknown(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/inspect")
    page.get_by_label("Test digit").fill("nine")
    page.get_by_label("Test digit").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("number of a test digit")


def learning_pixels(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/learn")
    page.get_by_label("Place in the list").fill("1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("Not yet.")).to_be_visible()
    page.get_by_text("The code that this chapter speaks of").click()


def learning_gradients(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/learn/backpropagation")
    page.get_by_role("button", name="Show the way back").click()
    expect(page.get_by_role("table", name="Every gradient")).to_be_visible()


def learning_from_a_run(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/learn/trouble")
    page.get_by_role("button", name="Start this run").click()
    expect(page.get_by_role("group", name="What went wrong?")).to_be_visible(timeout=60_000)


def train_live(page: Page, server: Server, run: Any) -> None:
    server.start_run(name="live", train_limit=2000, batch_size=16, epochs=400)
    server.start_run(name="waiting")
    page.goto(server.address)
    expect(page.get_by_role("link", name="Draw one now")).to_be_visible()
    expect(page.get_by_role("group", name="Runs to watch")).to_be_visible()


def train_finished(page: Page, server: Server, run: Any) -> None:
    page.goto(server.address)
    for group in ["Network", "Learning", "More"]:
        page.locator("summary", has_text=group).click()
    expect(page.get_by_role("link", name="draw one")).to_be_visible()


def train_with_a_problem(page: Page, server: Server, run: Any) -> None:
    page.goto(server.address)
    page.get_by_label("Epochs").fill("0")
    expect(page.locator("#f-epochs-problem")).to_contain_text("from 1 to 1,000")


def train_term(page: Page, server: Server, run: Any) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="What is: epoch").click()
    expect(page.get_by_role("note").first).to_be_visible()


def fork(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/?fork={run['id']}&epoch=2")
    expect(page.get_by_label("After", exact=True)).to_be_visible()


def again(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/?again={run['id']}&learning_rate=0.01")
    expect(page.get_by_role("heading", name="Run again")).to_be_visible()


def run_finished(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs/{run['id']}?statistics=1")
    expect(page.get_by_role("img", name="Accuracy")).to_be_visible()
    page.get_by_role("button", name="Table: Loss").click()
    expect(page.get_by_role("img", name="Update ratio")).to_be_visible()
    page.get_by_role("button", name="Options: Loss").click()


def run_weights(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/runs/{run['id']}?unit=3")
    page.get_by_role("heading", name="Weights through time").scroll_into_view_if_needed()
    expect(page.get_by_role("heading", name="What excites it most")).to_be_visible()
    expect(page.get_by_role("img", name="Activations of ReLU 1")).to_be_visible()


def run_failed(page: Page, server: Server, run: Any) -> None:
    wild = {"hidden": [128] * 4, "learning_rate": 10, "train_limit": 2000, "epochs": 5}
    failed = server.start_run(name="wild", **wild)
    server.wait_for(failed["id"], lambda r: r["status"] == "failed")
    page.goto(f"{server.address}/runs/{failed['id']}")
    expect(page.get_by_role("region", name="Diagnosis")).to_be_visible()


def compared(page: Page, server: Server, run: Any) -> None:
    other = server.start_run(name="other", train_limit=1000, epochs=1)
    server.wait_for(other["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/compare?runs={run['id']},{other['id']}")
    expect(page.get_by_role("table", name="Settings that differ, and results")).to_be_visible()
    expect(page.get_by_role("img", name="Accuracy")).to_be_visible()


def experiments(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/compare")
    expect(page.get_by_role("heading", name="Experiments that teach")).to_be_visible()


def drawn(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/draw")
    draw_with_mouse(page, [(0.5, 0.2 + 0.05 * i) for i in range(12)])
    expect(page.get_by_role("status")).to_contain_text("sure")


def several_digits(page: Page, server: Server, run: Any) -> None:
    page.goto(f"{server.address}/draw")
    for x in (0.2, 0.5, 0.8):
        draw_with_mouse(page, [(x, 0.3 + 0.03 * i) for i in range(12)])
    expect(page.get_by_role("button", name="digit 2 of 3")).to_be_visible()


# One state in make test; all of them, on both screens and light and dark, in make test-all.
STATES: list[State] = [
    train_live,
    train_finished,
    train_with_a_problem,
    train_term,
    fork,
    again,
    run_finished,
    run_weights,
    run_failed,
    compared,
    experiments,
    drawn,
    several_digits,
    runs,
    runs_selected,
    runs_columns,
    runs_menu,
    runs_renamed,
    runs_details,
    runs_deletion,
    runs_unmatched,
    failures,
    failures_compared,
    failures_of_one_picture,
    failures_unmatched,
    failures_of_an_unknown_run,
    inspected_forward,
    inspected_backward,
    inspected_by_hand,
    inspected_picture_unknown,
    learning_pixels,
    learning_gradients,
    learning_from_a_run,
    swept,
    sweep_form,
]
EMPTY_PAGES = {
    "/": "Watch a network learn to read",
    "/runs": "No runs yet",
    "/failures": "Nothing read wrong yet",
    "/inspect": "No network to look into yet",
    "/draw": "No network to ask yet",
    "/compare": "Nothing to compare yet",
    "/sweeps": "No sweep yet",
}

on_each_screen = pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        ("page", "light"),
        pytest.param("phone", "dark", marks=pytest.mark.slow),
        pytest.param("page", "dark", marks=pytest.mark.slow),
        pytest.param("phone", "light", marks=pytest.mark.slow),
    ],
)


@on_each_screen
@pytest.mark.parametrize(
    "state",
    [
        pytest.param(
            state, marks=[] if state is train_live else pytest.mark.slow, id=state.__name__
        )
        for state in STATES
    ],
)
def test_no_rule_is_violated(
    request: pytest.FixtureRequest,
    server: Server,
    finished_run: Any,
    state: State,
    screen: str,
    scheme: Scheme,
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.emulate_media(color_scheme=scheme)
    state(page, server, finished_run)
    assert violations(page) == []


@pytest.mark.slow
@on_each_screen
@pytest.mark.parametrize("path", EMPTY_PAGES)
def test_no_rule_is_violated_while_there_is_nothing(
    request: pytest.FixtureRequest, empty_server: Server, path: str, screen: str, scheme: Scheme
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.emulate_media(color_scheme=scheme)
    page.goto(empty_server.address + path)
    expect(page.get_by_role("heading", name=EMPTY_PAGES[path])).to_be_visible()
    assert violations(page) == []
