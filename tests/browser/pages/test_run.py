import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.charts import LOSS, SMOOTHED, TRAINING, line
from tests.browser.conftest import Problems
from tests.browser.pages.test_train import LONG
from tests.browser.servers import Server


def test_a_run_is_paused_resumed_stopped_and_deleted(page: Page, server: Server) -> None:
    run = server.start_run(name="to be deleted", **LONG)
    server.wait_for(run["id"], lambda r: r["epoch"] > 0)
    page.goto(f"{server.address}/runs/{run['id']}")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Training", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()
    # Its charts end where it ended, and not where it was to end.
    for chart, reached in (("loss", "step"), ("accuracy", "epoch")):
        ended = server.get(f"/api/runs/{run['id']}")[reached]
        page.wait_for_function(
            "([chart, end]) => document.querySelector(`[data-part=${chart}-chart]`)"
            ".layout.xaxis.range[1] === end",
            arg=[chart, ended],
        )
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete the run").click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(page.get_by_role("link", name="to be deleted")).to_have_count(0)


@pytest.mark.slow
def test_a_run_that_is_gone_from_the_list_before_the_response_to_its_deletion(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{run['id']}")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "DELETE":
            held.append(route)
        else:
            route.continue_()

    page.route(f"**/api/runs/{run['id']}", hold)
    page.get_by_role("button", name="Delete…").click()
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Delete the run").click()
    server.delete(run["id"])
    expect(page.get_by_role("heading", name="This run isn't here")).to_be_visible()
    held.pop().fulfill(status=204)
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()


@pytest.mark.slow
def test_escape_keeps_a_run_from_being_deleted(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert server.get(f"/api/runs/{finished_run['id']}")["status"] == "finished"


@pytest.mark.slow
def test_a_fork_shows_its_parent_and_the_curve_before_it(
    page: Page, server: Server, finished_run: Any
) -> None:
    fork = server.post(f"/api/runs/{finished_run['id']}/fork", {"epoch": 2, "epochs": 4})
    server.wait_for(fork["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{fork['id']}")
    expect(page.get_by_text("Goes on from epoch 2 of short")).to_be_visible()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(page.get_by_label("before the fork")).to_be_checked()
    parent = line(LOSS, "short")
    page.wait_for_function(f"() => {parent}")
    page.get_by_label("before the fork").uncheck()
    page.wait_for_function(f"() => !{parent} && {SMOOTHED}")


def test_the_button_to_fork_has_its_place_before_there_is_an_epoch(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    stream(actions=["pause", "stop"])
    fork = page.get_by_role("link", name="Fork…")
    expect(fork).to_be_disabled()
    expect(fork).not_to_have_attribute("href", re.compile(""))


def test_a_finished_run_leads_to_a_fork_and_to_a_run_with_its_settings(
    page: Page, server: Server, finished_run: Any
) -> None:
    run_id = finished_run["id"]
    page.goto(f"{server.address}/runs/{run_id}")
    expect(page.get_by_role("link", name="Fork…")).to_have_attribute("href", f"/?fork={run_id}")
    again = page.get_by_role("link", name="Run again", exact=True)
    expect(again).to_have_attribute("href", f"/?again={run_id}")


def test_epochs_stand_in_a_table_with_their_weights_and_charts_and_settings_in_words(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    rows = page.get_by_role("region", name="Table of epochs").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="best").get_by_role("rowheader")).to_have_text(
        str(finished_run["best_epoch"])
    )
    with page.expect_download() as download:
        page.get_by_role("link", name="Weights after epoch 3").click()
    assert download.value.suggested_filename.endswith(".npz")
    expect(page.get_by_role("img", name="Test loss")).to_have_accessible_name(
        re.compile(r"after 282 iterations$")
    )
    accuracy = f"{100 * finished_run['test_accuracy']:.1f}"
    expect(page.get_by_role("img", name="Accuracy")).to_have_accessible_name(
        re.compile(rf"{accuracy}\s% on the test set, after epoch 3$")
    )
    settings = page.get_by_role("region", name="Settings")
    for words in ["784 → 50 → 10", "ReLU", "Cross entropy", "SGD", "Batch size", "32"]:
        expect(settings).to_contain_text(words)


@pytest.mark.slow
def test_a_fork_of_a_run_that_is_gone_says_so(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("404")
    page.goto(f"{server.address}/?fork=nosuchrun")
    expect(page.locator("#estimate")).to_contain_text("iterations")
    expect(page.get_by_text("The run to start from isn't here.")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


@pytest.mark.slow
def test_a_run_deleted_elsewhere_is_said_to_be_gone(page: Page, server: Server) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.request.delete(f"{server.address}/api/runs/{run['id']}")
    expect(page.get_by_role("heading", name="This run isn't here")).to_be_visible()
    expect(page.get_by_text("Finished", exact=True)).to_be_hidden()


@pytest.mark.slow
def test_a_run_that_can_not_be_loaded_is_asked_for_again(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("503")
    address = f"**/api/runs/{finished_run['id']}"
    page.route(address, lambda route: route.fulfill(status=503, json={}))
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("heading", name="The run isn't loaded yet")).to_be_visible()
    page.unroute(address)
    expect(page.get_by_role("heading", name="short")).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_a_link_to_the_fork_of_a_run_that_trains_leads_to_its_form(
    phone: Page, server: Server
) -> None:
    run = server.start_run(name="long", **LONG)
    server.wait_for(run["id"], lambda r: r["epoch"] > 0)
    phone.goto(f"{server.address}/?fork={run['id']}")
    expect(phone.get_by_role("heading", name="Fork")).to_be_in_viewport()
    phone.reload()
    expect(phone.get_by_role("heading", name="long")).to_be_in_viewport()


@pytest.mark.slow
def test_an_unknown_run_says_so(page: Page, server: Server, problems: Problems) -> None:
    problems.expect("404")
    page.goto(f"{server.address}/runs/nosuchrun")
    expect(page.get_by_role("link", name="Go to Train")).to_be_visible()


@pytest.mark.slow
def test_a_diverged_run_says_why_and_offers_a_rate_that_works(page: Page, server: Server) -> None:
    wild = {"hidden": [128] * 4, "learning_rate": 10, "train_limit": 2000, "epochs": 5}
    run = server.start_run(name="wild", **wild)
    run = server.wait_for(run["id"], lambda r: r["status"] == "failed")
    [finding] = server.get(f"/api/runs/{run['id']}/diagnosis")["findings"]
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_role("status")).to_contain_text("learning rate")
    page.wait_for_function(
        "() => document.querySelector('[data-part=loss-chart]').layout?.shapes.length"
    )
    assert page.evaluate(f"{LOSS}.layout.xaxis.range[1]") == run["step"]
    expect(page.get_by_role("region", name="Weights through time")).to_contain_text("No epoch")
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    diagnosis = page.get_by_role("region", name="Diagnosis")
    expect(diagnosis).to_contain_text(finding["evidence"])
    rate = finding["changes"]["learning_rate"]
    for place in (diagnosis, page.get_by_role("region", name="Run", exact=True)):
        expect(place.get_by_role("link", name=finding["action"])).to_have_attribute(
            "href", f"/?again={run['id']}&learning_rate={rate}"
        )


@pytest.mark.slow
def test_a_network_that_guesses_is_not_praised(page: Page, server: Server) -> None:
    run = server.start_run(name="dead", learning_rate=10, epochs=2)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(f"{server.address}/runs/{run['id']}")
    status = page.get_by_role("status")
    expect(status).to_contain_text("The learning rate is too high")
    # Several findings suggest the same rate: it is offered once.
    expect(status).not_to_contain_text("Reads")
    expect(page.get_by_role("region", name="Diagnosis").get_by_role("link")).to_be_visible()


@pytest.mark.slow
def test_a_run_that_trains_says_what_it_reads_without_announcing_each_epoch(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="long", **LONG)
    server.wait_for(run["id"], lambda r: r["epoch"] > 0)
    page.goto(f"{server.address}/runs/{run['id']}")
    sentence = page.get_by_text(re.compile(r"^Epoch \d+: reads \d+ of 100 digits"))
    expect(sentence).to_be_visible()
    expect(page.get_by_role("link", name="Draw one now")).to_have_attribute(
        "href", f"/draw?run={run['id']}"
    )
    expect(page.get_by_role("status")).to_be_empty()
    expect(page.get_by_role("link", name="Run again")).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_contain_text("Stopped after epoch")
    expect(sentence).to_be_hidden()


@pytest.mark.slow
def test_a_newer_state_of_the_same_run_opens_no_second_stream(
    page: Page, server: Server, finished_run: Any
) -> None:
    streams: list[str] = []
    page.on("websocket", lambda socket: streams.append(socket.url))
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("status")).to_contain_text("Reads")
    news = page.evaluate(
        """() => new Promise((resolve) => {
            const element = document.querySelector("live-run");
            element.addEventListener("runchange", ({ detail }) => resolve(detail), { once: true });
            element.run = { ...element.run, name: "another name" };
        })"""
    )
    assert (news["run"]["name"], len(news["epochs"])) == ("another name", 3)
    expect(page.get_by_role("heading", name="another name")).to_be_visible()
    assert len([url for url in streams if "after_step" in url]) == 1


@pytest.mark.slow
def test_no_two_regions_have_the_same_name(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("status")).to_contain_text("Reads")
    for button in page.get_by_role("button", name="Table").all():
        button.click()
    names = re.findall(
        r'- (?:region|complementary) "([^"]+)"', page.locator("main").aria_snapshot()
    )
    assert {"Run", "Loss", "Accuracy", "Settings", "Epochs"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["page", "phone"])
@pytest.mark.parametrize("rate", [0.1, pytest.param(10, marks=pytest.mark.slow)])
def test_nothing_moves_while_a_run_streams(
    request: pytest.FixtureRequest, server: Server, screen: str, rate: float
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shift += entry.value;
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    run = server.start_run(name="brief", train_limit=10_000, epochs=20, learning_rate=rate)
    page.goto(f"{server.address}/runs/{run['id']}")
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Run again", exact=True)).to_be_visible()
    page.wait_for_function(f"() => {TRAINING}?.x.length === 20")
    assert page.evaluate("window.shift") < 0.02
