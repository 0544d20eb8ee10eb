import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Problems
from tests.browser.drawing import (
    NOTHING,
    PREDICTION,
    ZERO,
    draw_with_mouse,
    open_pad,
)
from tests.browser.pages.test_train import LONG
from tests.browser.servers import Server


@pytest.mark.slow
def test_another_epoch_predicts_when_chosen(page: Page, server: Server) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    with page.expect_request(re.compile(r"predict.*epoch=1")):
        page.get_by_label("Epoch", exact=True).select_option("1")
    expect(page.get_by_text("short, epoch 1", exact=True)).to_be_visible()
    assert "epoch=1" in page.url


@pytest.mark.slow
def test_a_reload_keeps_the_drawing_and_the_network(page: Page, server: Server) -> None:
    open_pad(page, server)
    page.get_by_label("Epoch", exact=True).select_option("2")
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    before = page.locator("#seen").get_attribute("src")
    page.get_by_role("button", name="Eraser").click()
    page.reload()
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    expect(page.locator("#seen")).to_have_attribute("src", str(before))
    expect(page.get_by_text("short, epoch 2", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_contain_text(NOTHING)


@pytest.mark.slow
def test_the_best_network_is_chosen_and_marked(
    page: Page, server: Server, finished_run: Any
) -> None:
    worse = server.start_run(name="worse", train_limit=100, epochs=1)
    server.wait_for(worse["id"], lambda run: run["status"] == "finished")
    open_pad(page, server)
    network = page.get_by_label("Network")
    expect(network).to_have_value(finished_run["id"])
    expect(network.locator("option:checked")).to_contain_text("best")
    assert finished_run["id"] in page.url
    page.goto(f"{server.address}/draw?run={worse['id']}")
    expect(network).to_have_value(worse["id"])


@pytest.mark.slow
def test_a_drawing_is_predicted_again_after_each_epoch(page: Page, server: Server) -> None:
    live = server.start_run(name="live", **LONG)
    server.wait_for(live["id"], lambda run: run["epoch"] >= 1)
    page.goto(f"{server.address}/draw?run={live['id']}")
    draw_with_mouse(page, ZERO)
    news = page.locator(".news")
    expect(news).to_have_text(re.compile(r"^epoch \d+: (still \d|\d → \d), >?\d+\s% sure$"))
    first = news.inner_text()
    expect(news).not_to_have_text(first)
    page.get_by_label("Epoch", exact=True).select_option("1")
    expect(news).to_be_empty()
    expect(page.get_by_text("live, epoch 1", exact=True)).to_be_visible()


@pytest.mark.slow
def test_another_network_predicts_after_the_chosen_one_was_deleted(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("404")  # a prediction may be on its way to the deleted run
    doomed, other = [
        server.start_run(name=name, train_limit=100, epochs=1) for name in ("doomed", "other")
    ]
    for run in (doomed, other):
        server.wait_for(run["id"], lambda run: run["status"] == "finished")
    open_pad(page, server)
    network = page.get_by_label("Network")
    network.select_option(doomed["id"])
    draw_with_mouse(page, ZERO)
    expect(page.get_by_text("doomed, epoch 1", exact=True)).to_be_visible()
    expect(page.locator("#history li")).to_have_count(1)
    server.delete(doomed["id"])
    expect(page.get_by_text("“doomed” was deleted. “short” predicts instead.")).to_be_visible()
    expect(page.get_by_text("short, epoch 3", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(PREDICTION)
    expect(network).to_have_value(finished_run["id"])
    assert f"run={finished_run['id']}" in page.url


@pytest.mark.slow
def test_a_page_without_a_trained_network_waits_for_the_first_epoch(
    page: Page, empty_server: Server
) -> None:
    # Too small a rate to diverge before the page is looked at.
    slow = empty_server.start_run(
        name="slow", hidden=[1024, 1024], batch_size=1, epochs=1, learning_rate=1e-6
    )
    page.goto(f"{empty_server.address}/draw")
    expect(page.get_by_role("heading", name="Waiting for the first epoch")).to_be_visible()
    expect(page.get_by_label("Drawing pad")).to_be_hidden()
    empty_server.delete_all_but("none")
    expect(page.get_by_role("heading", name="No network to ask yet")).to_be_visible()
    assert slow["id"] not in page.url


@pytest.mark.slow
def test_classes_are_shown_by_their_names(page: Page, server: Server, finished_run: Any) -> None:
    names = ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Ankle boot"]

    def name_classes(route: Route) -> None:
        response = route.fetch()
        dataset = {"name": finished_run["config"]["dataset"], "classes": names}
        route.fulfill(
            response=response,
            body=f"{response.text()}\npageData.datasets = [{json.dumps(dataset)}];",
        )

    def predict_six(route: Route) -> None:
        response = route.fetch()
        prediction = response.json()
        shares = {"digit": 5, "confidence": 0.9, "probabilities": [0.02] * 5 + [0.9]}
        rows = [prediction, *prediction["digits"], *prediction.get("history", [])]
        for row in [*rows, *prediction.get("stages", [])]:
            row |= shares
        route.fulfill(response=response, json=prediction)

    page.route("**/lib/page-data.js*", name_classes)
    page.route("**/api/predict*", predict_six)
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.locator(".numeral")).to_have_text("Ankle boot")
    bars = page.get_by_role("list", name="How likely each class is").locator("li")
    expect(bars.locator(".name")).to_have_text(names)
    expect(page.locator("#history .name").first).to_have_text("Ankle boot")
    expect(page.locator("#stages")).to_contain_text("stopped here: Ankle boot, 90\u00a0% sure")
    expect(page.get_by_text("one of 6: it can't say “none of these”")).to_be_visible()


@pytest.mark.slow
def test_a_history_that_stopped_early_says_so(page: Page, server: Server) -> None:
    def stop_early(route: Route) -> None:
        response = route.fetch()
        prediction = response.json()
        if "history" in prediction:
            prediction |= {"history": prediction["history"][1:], "history_complete": False}
        route.fulfill(response=response, json=prediction)

    page.route("**/api/predict*", stop_early)
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_text("There was time for the last 2 epochs only.")).to_be_visible()
