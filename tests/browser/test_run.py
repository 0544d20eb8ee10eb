import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server
from tests.browser.test_train import LONG


def test_a_run_is_paused_resumed_stopped_and_deleted(page: Page, server: Server) -> None:
    run = server.start_run(name="to be deleted", **LONG)
    server.wait_for(run["id"], lambda r: r["step"] > 0)
    page.goto(f"{server.address}/runs/{run['id']}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Training", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete the run").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.get_by_role("link", name="to be deleted")).to_have_count(0)


def test_escape_keeps_a_run_from_being_deleted(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.get(f"/api/runs/{finished_run['id']}")["status"] == "finished"


def test_a_fork_shows_its_parent_and_the_curve_before_it(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    page.get_by_role("link", name="Fork…").click()
    expect(page.get_by_label("Hidden layers")).to_be_disabled()
    page.get_by_label("After", exact=True).select_option("2")
    page.get_by_label("Epochs").fill("4")
    # Two epochs of 94 iterations; those of the parent are done.
    expect(page.locator("#estimate")).to_contain_text("188 iterations")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Goes on from epoch 2 of short")).to_be_visible()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(page.get_by_label("before the fork")).to_be_checked()
    page.wait_for_function(
        "() => document.querySelector('[data-part=loss-chart]').data.length === 5"
    )
    page.get_by_label("before the fork").uncheck()
    page.wait_for_function(
        "() => document.querySelector('[data-part=loss-chart]').data.length === 3"
    )


def test_the_epochs_stand_in_a_table_with_their_weights(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.locator("#epochs-body tr")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("link", name="Weights after epoch 3").click()
    assert download.value.suggested_filename.endswith(".npz")


def test_the_charts_and_the_settings_are_in_words(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("img", name="Test loss")).to_have_accessible_name(
        re.compile(r"after 282 iterations$")
    )
    accuracy = f"{100 * finished_run['test_accuracy']:.1f}"
    expect(page.get_by_role("img", name="Accuracy")).to_have_accessible_name(
        re.compile(rf"{accuracy}\s% on the test set, after epoch 3$")
    )
    for words in ["ReLU", "Cross entropy", "SGD", "32 pictures, any of them"]:
        expect(page.locator("#settings")).to_contain_text(words)


def test_a_fork_of_a_run_that_is_gone_says_so(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("404")
    page.goto(f"{server.address}/?fork=nosuchrun")
    expect(page.locator("#estimate")).to_contain_text("iterations")
    expect(page.get_by_text("The run to go on from isn't here.")).to_be_visible()
    page.get_by_role("link", name="Start from nothing instead").click()
    expect(page.get_by_text("The run to go on from isn't here.")).to_be_hidden()


def test_a_run_deleted_elsewhere_is_said_to_be_gone(page: Page, server: Server) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.request.delete(f"{server.address}/api/runs/{run['id']}")
    expect(page.get_by_role("heading", name="This run isn't here")).to_be_visible()
    expect(page.get_by_text("Finished", exact=True)).to_be_hidden()


def test_after_a_deletion_the_focus_is_on_the_next_run(page: Page, server: Server) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs")
    page.get_by_role("button", name="Delete brief").press("Enter")
    page.get_by_role("button", name="Delete the run").press("Enter")
    expect(page.get_by_role("link", name="brief")).to_have_count(0)
    expect(page.get_by_role("link", name="short", exact=True)).to_be_focused()


def test_an_unknown_run_says_so(page: Page, server: Server, problems: Problems) -> None:
    problems.expect("404")
    page.goto(f"{server.address}/runs/nosuchrun")
    expect(page.get_by_role("link", name="Go to Train")).to_be_visible()


def test_a_diverged_run_says_why(page: Page, server: Server) -> None:
    wild = {"hidden": [128] * 4, "learning_rate": 10, "train_limit": 2000, "epochs": 5}
    run = server.start_run(name="wild", **wild)
    server.wait_for(run["id"], lambda r: r["status"] == "failed")
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_role("status")).to_contain_text("learning rate")
    page.wait_for_function(
        "() => document.querySelector('[data-part=loss-chart]').layout?.shapes.length"
    )
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)


def test_the_list_has_each_run_with_its_accuracy(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="short", exact=True))
    expect(row).to_contain_text("Finished")
    expect(row).to_contain_text(f"{100 * finished_run['test_accuracy']:.1f} %")


def test_a_loss_that_stays_where_guessing_stands_is_explained(page: Page, server: Server) -> None:
    run = server.start_run(name="dead", learning_rate=10, epochs=2)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_role("status")).to_contain_text("ln 10")
