import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.charts import (
    ACCURACY,
    LOSS,
    SMOOTHED,
    TRAINING,
    options,
    send_losses,
    wait_for_charts,
)
from tests.browser.servers import Server


def test_a_short_runs_chart_has_all_iterations_from_the_start(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    socket = stream(steps_total=1000)
    ranges = []
    for first in range(1, 1000, 200):
        send_losses(socket, first, 200)
        page.wait_for_function(f"step => {SMOOTHED}?.x.at(-1) >= step", arg=first + 199)
        ranges.append(page.evaluate(f"{LOSS}.layout.xaxis.range"))
    assert ranges == [[0, 1000]] * 5


@pytest.mark.slow
def test_a_long_runs_chart_begins_with_a_part_of_its_iterations(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    socket = stream(steps_total=10_000_000, seconds=100.0, step=1000)
    send_losses(socket, 1, 1000)
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) === 1000")
    _, end = page.evaluate(f"{LOSS}.layout.xaxis.range")
    assert 1000 <= end <= 2000


def test_a_series_that_was_cut_back_is_cut_back_on_the_page(
    page: Page, stream: Callable[..., WebSocketRoute], finished_run: Any
) -> None:
    socket = stream(steps_total=1000)
    send_losses(socket, 1, 500)
    expect(page.locator("[data-part=step]")).to_have_text("500 of 1,000")
    cut = {**finished_run, "status": "interrupted", "step": 300, "steps_total": 1000}
    frame = json.dumps({"type": "run", "run": cut, "epochs": []})

    def connected(again: WebSocketRoute) -> None:
        again.send(frame)
        send_losses(again, 1, 300)
        again.close(code=1000)

    page.route_web_socket(re.compile("/stream.after_step"), connected)
    socket.send(frame)
    expect(page.locator("[data-part=step]")).to_have_text("300 of 1,000")
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) === 300")


def test_a_fork_counts_from_its_start(
    page: Page, stream: Callable[..., WebSocketRoute], finished_run: Any
) -> None:
    parent = {"run": finished_run["id"], "epoch": 2}
    stream(parent=parent, epoch=2, step=188, steps_total=282, test_accuracy=0.876)
    expect(page.locator("[data-part=epoch]")).to_have_text("3 of 3")
    expect(page.locator("[data-part=step]")).to_have_text("188 of 282")
    expect(page.get_by_text("Epoch 2: reads 87 of 100 digits")).to_be_visible()
    # The result that it starts from is the first point of its accuracies.
    page.wait_for_function(f"() => String({TRAINING}?.x) === '2'")


@pytest.mark.slow
def test_a_fork_that_was_stopped_before_its_first_epoch_leaves_room_for_it(
    page: Page, server: Server, finished_run: Any
) -> None:
    # While this one trains the fork waits.
    server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    fork = server.post(f"/api/runs/{finished_run['id']}/fork", {"epoch": 2})
    server.post(f"/api/runs/{fork['id']}/stop")
    page.goto(f"{server.address}/runs/{fork['id']}")
    page.wait_for_function(f"() => {ACCURACY}?.layout?.xaxis.range[1] === 3")
    assert page.evaluate(f"{ACCURACY}.layout.xaxis.range[0]") == 2


@pytest.mark.slow
def test_the_figures_change_at_most_four_times_a_second(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    socket = stream(steps_total=10_000)
    page.evaluate(
        """() => {
            window.changes = [];
            new MutationObserver(() => window.changes.push(performance.now())).observe(
                document.querySelector("[data-part=step]"),
                { characterData: true, childList: true, subtree: true },
            );
        }"""
    )
    for first in range(1, 10_000, 100):
        send_losses(socket, first, 100)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(page.locator("[data-part=step]")).to_have_text("10,000 of 10,000")
    # The very first losses show at once.
    times = page.evaluate("window.changes.slice(1)")
    assert len(times) >= 2
    assert all(later - earlier > 200 for earlier, later in itertools.pairwise(times))


@pytest.mark.slow
def test_the_losses_scale_is_in_the_address_and_remembered(charts: Page) -> None:
    options(charts)
    charts.get_by_label("log scale").check()
    charts.wait_for_function(f"() => {LOSS}.layout.yaxis.type === 'log'")
    expect(charts).to_have_url(re.compile(r"[?&]log=1$"))
    charts.goto(charts.url.split("?")[0])
    options(charts)
    expect(charts.get_by_label("log scale")).to_be_checked()
    charts.get_by_label("log scale").uncheck()
    expect(charts).not_to_have_url(re.compile("log"))
    charts.reload()
    options(charts)
    expect(charts.get_by_label("log scale")).not_to_be_checked()


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_the_losses_fill_the_height_of_their_chart(charts: Page, scale: str) -> None:
    options(charts)
    charts.get_by_label("log scale").set_checked(scale == "log")
    charts.wait_for_function(f"scale => {LOSS}.layout.yaxis.type === scale", arg=scale)
    low, high = charts.evaluate(f"{LOSS}.layout.yaxis.range")
    least, most = charts.evaluate(
        f"""(isLog) => {{
            const seen = {LOSS}.data.flatMap(({{ y }}) => [...y]);
            const scaled = isLog ? seen.map(Math.log10) : [0, ...seen];
            return [Math.min(...scaled), Math.max(...scaled)];
        }}""",
        scale == "log",
    )
    charts.get_by_label("log scale").uncheck()
    assert low <= least <= most <= high
    assert (most - least) / (high - low) > 0.75


@pytest.mark.slow
def test_the_accuracies_fill_the_height_of_their_chart(charts: Page) -> None:
    low, high = charts.evaluate(f"{ACCURACY}.layout.yaxis.range")
    seen = charts.evaluate(f"{ACCURACY}.data.flatMap(({{ y }}) => [...y])")
    assert low <= min(seen) <= max(seen) <= high
    assert (max(seen) - min(seen)) / (high - low) > 0.7


@pytest.mark.slow
def test_a_zoom_is_taken_back_with_a_button_that_is_there_only_then(charts: Page) -> None:
    reset = charts.get_by_role("region", name="Loss").get_by_role("button", name="Reset zoom")
    expect(reset).to_be_hidden()
    whole = charts.evaluate(f"{LOSS}.layout.xaxis.range")
    box = charts.locator("[data-part=loss-chart]").bounding_box()
    assert box
    charts.mouse.move(box["x"] + 100, box["y"] + 60)
    charts.mouse.down()
    charts.mouse.move(box["x"] + 250, box["y"] + 70, steps=4)
    charts.mouse.up()
    expect(reset).to_be_visible()
    charts.wait_for_function(f"() => {LOSS}.layout.xaxis.range[0] > 1")
    reset.click()
    charts.wait_for_function(
        f"whole => String({LOSS}.layout.xaxis.range) === String(whole)", arg=whole
    )
    expect(reset).to_be_hidden()


def test_the_best_epoch_is_marked_and_each_chart_has_a_table(
    charts: Page, finished_run: Any
) -> None:
    best = charts.evaluate(f"{ACCURACY}.data.find(({{ name }}) => name === 'best epoch')")
    assert best["x"] == [finished_run["best_epoch"]]
    assert best["y"] == [finished_run["best_test_accuracy"]]
    for name, columns in {
        "Loss": "Epoch Training loss Test loss",
        "Accuracy": "Epoch Training Test",
    }.items():
        table = charts.get_by_role("region", name=f"{name} as a table")
        expect(table).to_have_count(0)
        chart = charts.get_by_role("region", name=name, exact=True)
        chart.get_by_role("button", name="Table").click()
        expect(table.get_by_role("row")).to_have_count(4)
        expect(table.get_by_role("row", name=columns)).to_be_visible()


@pytest.mark.slow
def test_charts_stand_side_by_side_in_a_wide_window(charts: Page) -> None:
    def tops() -> list[float]:
        return [
            charts.get_by_role("region", name=name, exact=True).evaluate(
                "node => node.getBoundingClientRect().top"
            )
            for name in ("Loss", "Accuracy")
        ]

    assert tops()[0] < tops()[1]
    charts.set_viewport_size({"width": 1400, "height": 900})
    assert tops()[0] == tops()[1]


@pytest.mark.slow
def test_curves_differ_without_colours(charts: Page) -> None:
    charts.emulate_media(forced_colors="active")
    charts.reload()
    wait_for_charts(charts)
    dashes = charts.evaluate(f"{ACCURACY}.data.slice(0, 2).map(({{ line }}) => line.dash)")
    assert len(set(dashes)) == 2
    keys = charts.locator(".legend").last.locator(".key")
    borders = keys.evaluate_all(
        "nodes => nodes.map((node) => getComputedStyle(node).borderTopStyle)"
    )
    assert borders[:2] == ["solid", "dashed"]
    bar = charts.get_by_role("progressbar", name="Progress of the training")
    expect(bar).to_have_css("border-top-style", "solid")
