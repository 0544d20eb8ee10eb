import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, Route, expect

from app.runs.status import Status
from app.storage.store import Store
from tests.browser.conftest import Problems
from tests.browser.servers import Server
from tests.conftest import running_server
from trainer.config import Config

RUNS = 130
MANY = 1000
LONG: dict[str, Any] = {"train_limit": 2000, "batch_size": 16, "epochs": 400}
SETTINGS: dict[str, dict[str, Any]] = {
    "alpha": {"train_limit": 3000, "learning_rate": 0.01, "batch_size": 32},
    "beta": {"train_limit": 300, "optimizer": "adam", "learning_rate": 0.001, "hidden": [20]},
    "gamma": {"train_limit": 1000},
}


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    """Runs that the tests share, by name."""
    return {}


@pytest.fixture
def server(shared_server: Server, finished_run: Any, kept: dict[str, Any]) -> Server:
    """A server with a finished run, and with those that the tests share."""
    shared_server.delete_all_but(finished_run["id"], *(run["id"] for run in kept.values()))
    return shared_server


@pytest.fixture
def runs(server: Server, kept: dict[str, Any]) -> dict[str, Any]:
    """Three finished runs, by name, as if no test had changed them."""
    left = {run["id"] for run in server.get("/api/runs")["runs"]}
    if not kept or any(run["id"] not in left for run in kept.values()):
        for run in kept.values():
            if run["id"] in left:
                server.delete(run["id"])
        started = [server.start_run(name=name, epochs=1, **SETTINGS[name]) for name in SETTINGS]
        ended = [server.wait_for(run["id"], lambda r: r["status"] == "finished") for run in started]
        kept.update({run["name"]: run for run in ended})
    for name, run in kept.items():
        server.edit(run["id"], name=name, notes="", tags=[], pinned=False)
    return kept


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))


def names(page: Page) -> list[str]:
    return page.locator("tbody run-name a").all_inner_texts()


def open_menu(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=f"More for {name}").click()
    return page.get_by_role("group", name="More for this run")


def store_runs(home: Path, count: int) -> None:
    """Store this many runs that were stopped before their first iteration."""
    store, config = Store(home), Config(epochs=1)
    for number in range(1, count + 1):
        run_id = store.new_id()
        begin = {"start_step": 0, "start_epoch": 0, "resume_step": 0, "steps_total": 469}
        store.add(run_id, config, name=f"run {number}", **begin)
        store.update(run_id, status=Status.STOPPED)
    store.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 1,000 runs."""
    home = tmp_path_factory.mktemp("many")
    store_runs(home, MANY)
    with running_server(home) as process:
        server = Server(process.url)
        yield server
        server.close()
    shutil.rmtree(home)


@pytest.mark.slow
def test_the_newest_of_many_runs_are_shown_while_the_others_load(
    browser: Browser, tmp_path: Path
) -> None:
    store_runs(tmp_path, RUNS)
    waiting: list[Route] = []
    with running_server(tmp_path) as server, browser.new_page() as page:
        page.route("**/api/runs?*", lambda route: waiting.append(route))
        page.goto(f"{server.url}/runs")
        expect(page.locator("tbody tr[data-id]").first).to_contain_text(f"run {RUNS}")
        expect(page.get_by_text(f"{RUNS} runs, newest first")).to_be_visible()
        expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", "101")
        waiting.pop().continue_()
        expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", f"{RUNS + 1}")
        page.locator(".table-scroll").evaluate("box => box.scrollTo(0, box.scrollHeight)")
        expect(page.locator("tbody tr[data-id]").last).to_contain_text("run 1")


@pytest.mark.slow
def test_of_a_thousand_runs_only_the_rows_in_view_exist(page: Page, many: Server) -> None:
    page.goto(f"{many.address}/runs")
    table, rows = page.get_by_role("table"), page.locator("tbody tr[data-id]")
    expect(table).to_have_attribute("aria-rowcount", f"{MANY + 1}")
    assert rows.count() < 50
    page.get_by_role("link", name=f"run {MANY}", exact=True).focus()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="run 1", exact=True)).to_be_focused()
    expect(rows.last).to_have_attribute("aria-rowindex", f"{MANY + 1}")
    expect(page.get_by_role("link", name="run 1", exact=True)).to_be_in_viewport()
    assert rows.count() < 50
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="run 2", exact=True)).to_be_focused()


@pytest.mark.slow
def test_a_row_with_the_focus_exists_out_of_view(page: Page, many: Server) -> None:
    page.goto(f"{many.address}/runs")
    expect(page.get_by_role("table")).to_have_attribute("aria-rowcount", f"{MANY + 1}")
    link = page.get_by_role("link", name=f"run {MANY}", exact=True)
    link.focus()
    page.locator(".table-scroll").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(page.get_by_role("link", name="run 1", exact=True)).to_be_visible()
    expect(link).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name=f"run {MANY - 1}", exact=True)).to_be_focused()


@pytest.mark.slow
def test_a_phone_shows_cards_of_the_runs_in_view(phone: Page, many: Server) -> None:
    phone.goto(f"{many.address}/runs")
    expect(phone.get_by_role("table")).to_have_attribute("aria-rowcount", f"{MANY + 1}")
    rows = phone.locator("tbody tr[data-id]")
    expect(rows.first).to_contain_text(f"run {MANY}")
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(rows.last).to_contain_text("run 1")
    assert rows.count() < 30
    expect(phone.get_by_role("link", name="Experiments")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    phone.get_by_label("Sort by").select_option(label="Run")
    phone.evaluate("scrollTo(0, 0)")
    expect(rows.first).to_contain_text("run 1")
    phone.get_by_role("button", name="Reverse the order").click()
    expect(rows.first).to_contain_text(f"run {MANY}")


def test_a_row_tells_the_learning_rate_and_what_differs_from_the_defaults(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    # Without MNIST, the data set differs from the default as well.
    expect(row(page, "alpha")).to_contain_text(re.compile("learning rate 0.01, .*batch size 32"))
    expect(row(page, "beta")).to_contain_text(re.compile("learning rate 0.001, .*hidden layers 20"))
    expect(row(page, "gamma")).to_contain_text("learning rate 0.1")


def test_the_columns_shown_at_first_fit_a_window_of_1280(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    expect(row(page, "alpha")).to_be_visible()
    table = page.get_by_role("table", name="Runs")
    hidden = table.evaluate("({ parentElement: node }) => node.scrollWidth - node.clientWidth")
    assert hidden <= 0
    # In a narrow one the result is in view, beside the buttons that lie over what follows.
    page.set_viewport_size({"width": 801, "height": 800})
    result = row(page, "alpha").locator("[data-column=test_accuracy]").bounding_box()
    buttons = row(page, "alpha").locator(".actions").bounding_box()
    assert result
    assert buttons
    assert result["x"] + result["width"] <= buttons["x"]
    table.evaluate("({ parentElement: node }) => node.scrollBy(60, 0)")
    box = row(page, "alpha").locator(".choose").bounding_box()
    name = row(page, "alpha").get_by_role("rowheader").bounding_box()
    assert box
    assert name
    assert box["x"] + box["width"] <= name["x"] + 1


def test_the_list_is_sorted_by_any_column_and_the_address_keeps_it(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    header = page.get_by_role("columnheader", name="Test accuracy")
    expect(header).not_to_have_attribute("aria-sort", re.compile(""))
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    by_accuracy = [
        run["name"]
        for run in sorted(
            server.get("/api/runs")["runs"], key=lambda run: run["test_accuracy"], reverse=True
        )
    ]
    assert names(page) == by_accuracy
    page.reload()
    expect(header).to_have_attribute("aria-sort", "descending")
    assert names(page) == by_accuracy
    header.get_by_role("button").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert names(page) == by_accuracy[::-1]
    header.get_by_role("button").click()
    expect(page.get_by_text("4 runs, newest first")).to_be_visible()
    assert names(page) == ["gamma", "beta", "alpha", "short"]


def test_filters_are_part_of_the_address(page: Page, server: Server, runs: dict[str, Any]) -> None:
    server.edit(runs["beta"]["id"], tags=["good"], notes="Like ALPHA, but smaller")
    page.goto(f"{server.address}/runs")
    page.get_by_role("searchbox").fill("alpha")
    expect(page.get_by_text("2 of 4 runs")).to_be_visible()
    assert names(page) == ["beta", "alpha"]
    page.get_by_label("Tag", exact=True).select_option("good")
    expect(page.get_by_text("1 of 4 runs")).to_be_visible()
    assert page.url.endswith("?q=alpha&tag=good")
    page.reload()
    expect(page.get_by_text("1 of 4 runs")).to_be_visible()
    page.get_by_role("searchbox").fill("gamma")
    page.get_by_role("button", name="Show all runs").click()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_text("4 runs, newest first")).to_be_visible()
    assert page.url.endswith("/runs")
    page.get_by_role("combobox", name="Status").select_option(label="Finished")
    expect(page.get_by_text("4 of 4 runs")).to_be_visible()


@pytest.mark.slow
def test_chosen_columns_are_remembered(page: Page, server: Server, runs: dict[str, Any]) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_role("button", name="Columns").click()
    columns = page.get_by_role("group", name="Columns of the table")
    columns.get_by_label("Weights").check()
    columns.get_by_label("Started").uncheck()
    page.reload()
    expect(page.get_by_role("columnheader", name="Weights")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Started")).to_have_count(0)
    # 784·20 + 20 + 20·10 + 10
    expect(row(page, "beta")).to_contain_text("15,910")
    page.get_by_role("button", name="Columns").click()
    columns.get_by_role("button", name="As at first").click()
    expect(page.get_by_role("columnheader", name="Started")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Weights")).to_have_count(0)


def test_the_losses_are_drawn_for_the_rows_in_view_once(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(f"{server.address}/runs")
    curves = page.locator("loss-sparkline").get_by_role("img")
    expect(curves).to_have_count(4)
    expect(curves.first).to_have_attribute("aria-label", re.compile(r"Loss from \d\.\d+ to"))
    page.get_by_role("searchbox").fill("alpha")
    expect(curves).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(curves).to_have_count(4)
    assert sum("/loss?" in request.url for request in requests) == 4


@pytest.mark.slow
def test_a_rename_that_fails_says_why(
    page: Page, server: Server, runs: dict[str, Any], problems: Problems
) -> None:
    problems.expect("503")
    failure = {"error": {"type": "storage", "message": "The disk is full."}}
    page.route(
        "**/api/runs/*",
        lambda route: (
            route.fulfill(status=503, json=failure)
            if route.request.method == "PATCH"
            else route.continue_()
        ),
    )
    page.goto(f"{server.address}/runs")
    open_menu(page, "beta").get_by_role("button", name="Rename").click()
    page.get_by_label("Name of the run").fill("other")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="The disk is full.")).to_be_visible()
    expect(page.get_by_label("Name of the run")).to_have_value("other")


@pytest.mark.slow
def test_tags_that_are_not_accepted_stay_in_the_dialog(
    page: Page, server: Server, runs: dict[str, Any], problems: Problems
) -> None:
    problems.expect("422")
    page.goto(f"{server.address}/runs")
    open_menu(page, "alpha").get_by_role("button", name="Tags and notes").click()
    tags = page.get_by_role("dialog").get_by_label("Tags")
    tags.fill("x" * 50)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
    expect(tags).to_have_value("x" * 50)


def test_a_run_is_pinned_to_the_top_tagged_and_renamed_in_its_row(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    open_menu(page, "alpha").get_by_role("button", name="Pin to the top").click()
    expect(row(page, "alpha").get_by_role("img", name="Pinned")).to_be_visible()
    expect(page.get_by_role("button", name="More for alpha")).to_be_focused()
    assert names(page) == ["alpha", "gamma", "beta", "short"]
    page.get_by_role("columnheader", name="Run").get_by_role("button").click()
    page.get_by_role("columnheader", name="Run").get_by_role("button").click()
    assert names(page) == ["alpha", "short", "gamma", "beta"]
    open_menu(page, "alpha").get_by_role("button", name="Tags and notes").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tags").fill("slow, good, slow")
    dialog.get_by_label("Notes").fill("First line\nsecond")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(row(page, "alpha").locator(".tag")).to_have_text(["slow", "good"])
    run = server.get(f"/api/runs/{runs['alpha']['id']}")
    assert (run["tags"], run["notes"]) == (["slow", "good"], "First line\nsecond")
    page.get_by_role("link", name="beta", exact=True).focus()
    page.keyboard.press("F2")
    field = page.get_by_label("Name of the run")
    expect(field).to_be_focused()
    page.keyboard.type("better")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="better", exact=True)).to_be_focused()
    assert server.get(f"/api/runs/{runs['beta']['id']}")["name"] == "better"
    open_menu(page, "better").get_by_role("button", name="Rename").click()
    field.fill("other")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="better", exact=True)).to_be_focused()


@pytest.mark.slow
def test_a_run_is_started_again_from_its_menu(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    open_menu(page, "beta").get_by_role("link", name="Run again").click()
    expect(page).to_have_url(re.compile(r"/\?again=" + runs["beta"]["id"]))
    expect(page.get_by_label("Learning rate", exact=True)).to_have_value("0.001")


@pytest.mark.slow
def test_many_runs_are_selected_with_shift_and_deleted(
    page: Page, server: Server, runs: dict[str, Any]
) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_label("Select gamma").click()
    page.get_by_label("Select alpha").click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Selected runs")
    expect(bar).to_contain_text("3 selected")
    expect(page.get_by_label("Select beta")).to_be_checked()
    expect(page.get_by_label("Select short")).not_to_be_checked()
    page.get_by_label("Select beta").click()
    bar.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete these 2 runs?")).to_be_visible()
    page.get_by_role("button", name="Delete the runs").click()
    expect(page.locator("tbody tr[data-id]")).to_have_count(2)
    assert names(page) == ["beta", "short"]
    expect(bar).to_have_count(0)


def test_runs_are_selected_by_keyboard(page: Page, server: Server, runs: dict[str, Any]) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_role("link", name="gamma", exact=True).focus()
    page.keyboard.press("Shift+ArrowDown")
    expect(page.get_by_role("link", name="beta", exact=True)).to_be_focused()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_label("Select all shown runs").press("Space")
    expect(page.get_by_text("4 selected")).to_be_visible()
    page.get_by_role("button", name="Clear").press("Enter")
    expect(page.get_by_label("Select gamma")).not_to_be_checked()


@pytest.mark.slow
def test_a_selected_run_that_trains_is_not_deleted(page: Page, server: Server) -> None:
    server.start_run(name="live", **LONG)
    page.goto(f"{server.address}/runs")
    page.get_by_label("Select live").click()
    page.get_by_role("group", name="Selected runs").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert").filter(has_text="stop it first")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_shown_table_is_saved_as_csv(page: Page, server: Server, runs: dict[str, Any]) -> None:
    server.edit(runs["beta"]["id"], name='beta, "the second"')
    page.goto(f"{server.address}/runs?q=a&sort=name")
    expect(page.get_by_text("3 of 4 runs")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert download.value.suggested_filename == "runs.csv"
    with download.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["name"] for r in rows] == ["alpha", 'beta, "the second"', "gamma"]
    for saved, run in zip(rows, runs.values(), strict=True):
        assert saved["id"] == run["id"]
        assert float(saved["test_accuracy"]) == run["test_accuracy"]
        assert float(saved["seconds"]) == run["seconds"]


@pytest.mark.slow
def test_a_run_that_trains_is_stopped_in_its_row(page: Page, server: Server) -> None:
    run = server.start_run(name="live", **LONG)
    page.goto(f"{server.address}/runs")
    live = row(page, "live")
    expect(live).to_contain_text("Training")
    expect(live.get_by_role("img", name="Loss from")).to_be_visible()
    expect(live).to_contain_text(re.compile(r"[2-9] of 400"))
    live.get_by_role("button", name="Pause live").click()
    expect(live).to_contain_text("Paused")
    live.get_by_role("button", name="Stop live").click()
    expect(live).to_contain_text("Stopped")
    assert server.get(f"/api/runs/{run['id']}")["status"] == "stopped"


def test_the_list_has_each_run_with_its_accuracy(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs")
    expect(row(page, "short")).to_contain_text("Finished")
    expect(row(page, "short")).to_contain_text(f"{100 * finished_run['test_accuracy']:.1f} %")


@pytest.mark.slow
def test_after_a_deletion_the_focus_is_on_the_next_run(page: Page, server: Server) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs")
    page.get_by_role("button", name="More for brief").press("Enter")
    page.get_by_role("button", name="Delete…").press("Enter")
    page.get_by_role("button", name="Delete the run").press("Enter")
    expect(page.get_by_role("link", name="brief")).to_have_count(0)
    expect(
        page.locator("tbody tr[data-id]").nth(0).get_by_role("button", name="More for")
    ).to_be_focused()
