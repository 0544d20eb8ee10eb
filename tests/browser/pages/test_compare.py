import csv
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import ACCURACY, LOSS, drag, options, point
from tests.browser.servers import Server

SHORT = {"train_limit": 1000, "batch_size": 50, "epochs": 2}


@pytest.fixture
def pair(server: Server) -> list[Any]:
    """Two finished runs that differ in their learning rate."""
    runs = [server.start_run(name=f"rate {rate}", learning_rate=rate, **SHORT) for rate in (1, 0.1)]
    return [server.wait_for(run["id"], lambda r: r["status"] == "finished") for run in runs]


def address(server: Server, runs: list[Any]) -> str:
    return f"{server.address}/compare?runs={','.join(run['id'] for run in runs)}"


# Names of the curves on the loss chart, each of which has a faint line of its iterations.
CURVES = f"""({LOSS}?.data ?? []).map(({{ name }}) => name).filter(Boolean)
    .filter((name) => !name.endsWith(", each iteration"))"""


def curves(page: Page) -> set[str]:
    return set(page.evaluate(CURVES))


def wait_for_curves(page: Page, names: set[str]) -> None:
    page.wait_for_function(
        f"names => String({CURVES}.toSorted()) === String(names)", arg=sorted(names)
    )


def test_runs_are_drawn_in_one_chart_and_only_their_differences_are_listed(
    page: Page, server: Server, pair: list[Any]
) -> None:
    page.goto(address(server, pair))
    wait_for_curves(page, {"rate 1", "rate 0.1"})
    table = page.get_by_role("table", name="Settings that differ, and results")
    columns = table.get_by_role("columnheader").all_inner_texts()
    assert columns[:2] == ["Run", "Learning rate"]
    assert "Epochs" not in columns
    best = max(pair, key=lambda run: run["test_accuracy"])
    row = table.get_by_role("row").filter(has=page.get_by_role("link", name=best["name"]))
    expect(row).to_contain_text(re.compile(r"%\s+best"))
    # Weights are the same for both, so that none has the fewest.
    expect(row).to_contain_text("39,760")
    assert columns[2:5] == ["Test accuracy", "Best accuracy", "Weights"]
    point(page, LOSS, (0.5, 0.5))
    reading = page.get_by_role("region", name="Loss", exact=True).locator(".reading li")
    expect(reading).to_have_count(2)
    accuracy = server.get(f"/api/runs/{pair[0]['id']}/epochs")["epochs"][0]["test_accuracy"]
    words = rf"^\s*A rate 1\s+[\d.]+, smoothed [\d.]+ · {100 * accuracy:.1f}\s%\s*$"
    expect(reading.first).to_have_text(re.compile(words))


@pytest.mark.slow
def test_a_run_leads_to_the_pictures_that_it_alone_reads_right(
    page: Page, server: Server, pair: list[Any]
) -> None:
    dataset, sha256 = pair[0]["config"]["dataset"], pair[0]["dataset_sha256"]
    path = f"/api/datasets/{dataset}/test/labels?sha256={sha256}"
    labels = np.frombuffer(server.content(path), np.uint8)
    first, second = (
        np.frombuffer(server.content(f"/api/runs/{run['id']}/predictions")[: len(labels)], np.uint8)
        == labels
        for run in pair
    )
    page.goto(address(server, pair))
    page.get_by_role("link", name="A alone reads right").click()
    expect(page.locator("#count")).to_contain_text(f"{(first & ~second).sum():,}")
    page.go_back()
    page.get_by_role("link", name="all of them read wrong").click()
    expect(page.locator("#count")).to_contain_text(f"{(~first & ~second).sum():,}")


@pytest.mark.slow
def test_a_run_is_hidden_by_its_letter_and_the_address_remembers_it(
    page: Page, server: Server, pair: list[Any]
) -> None:
    page.goto(address(server, pair))
    wait_for_curves(page, {"rate 1", "rate 0.1"})
    page.get_by_role("button", name="Show A, rate 1").click()
    wait_for_curves(page, {"rate 0.1"})
    page.reload()
    wait_for_curves(page, {"rate 0.1"})
    expect(page.get_by_role("button", name="Show A, rate 1")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_role("button", name="Take out rate 1").click()
    expect(page.get_by_role("button", name="Show A, rate 0.1")).to_be_visible()
    expect(page.get_by_role("button", name="Take out rate 0.1")).to_be_focused()


@pytest.mark.slow
def test_a_run_that_trains_streams_into_the_comparison(
    page: Page, server: Server, finished_run: Any
) -> None:
    long = server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400)
    page.goto(address(server, [finished_run, long]))
    wait_for_curves(page, {"short", "long"})
    last = f"{LOSS}.data.filter(({{ name }}) => name === 'long').at(-1).x.at(-1)"
    before = page.evaluate(last)
    page.wait_for_function(f"(before) => {last} > before + 100", arg=before)


@pytest.mark.slow
def test_runs_that_differ_in_the_seed_become_one_line_with_its_spread(
    page: Page, server: Server
) -> None:
    runs = [server.start_run(name=f"seed {seed}", seed=seed, **SHORT) for seed in range(3)]
    for run in runs:
        server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(address(server, runs))
    page.get_by_label("One line for runs that differ in the seed alone").check()
    wait_for_curves(page, {"seed 0 and 2 more seeds, mean"})
    assert page.evaluate(f"{LOSS}.data.some(({{ fill }}) => fill === 'tonexty')")
    expect(page).to_have_url(re.compile("&seeds=1"))
    options(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    for run in runs:
        losses = server.get(f"/api/runs/{run['id']}/loss")["values"]
        assert [float(row[run["name"]]) for row in rows] == losses


@pytest.mark.slow
def test_a_run_is_repeated_with_five_seeds(page: Page, server: Server) -> None:
    run = server.start_run(name="once", **SHORT)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(address(server, [run]))
    page.get_by_role("button", name="5 seeds: repeat once").click()
    expect(page.get_by_role("region", name="Runs").get_by_role("listitem")).to_have_count(5)
    seeds = {r["config"]["seed"] for r in server.get("/api/runs")["runs"] if "once" in r["name"]}
    assert seeds == {0, 1, 2, 3, 4}


@pytest.mark.slow
def test_charts_end_with_the_run_that_got_furthest_whatever_was_planned(
    page: Page, server: Server
) -> None:
    stopped = server.start_run(name="stopped", train_limit=500, batch_size=10, epochs=900)
    server.wait_for(stopped["id"], lambda r: r["epoch"] > 2)
    server.post(f"/api/runs/{stopped['id']}/stop")
    reached = server.wait_for(stopped["id"], lambda r: r["status"] == "stopped")["epoch"]
    finished = server.start_run(name="finished", train_limit=500, batch_size=100, epochs=120)
    finished = server.wait_for(finished["id"], lambda r: r["status"] == "finished")
    page.goto(f"{address(server, [stopped, finished])}&x=epoch")
    wait_for_curves(page, {"stopped", "finished"})
    end = max(reached, 120)
    for chart in (LOSS, ACCURACY):
        page.wait_for_function(
            f"end => Math.abs({chart}?.layout?.xaxis.range[1] - end) < 1", arg=end
        )
    # The zoom is kept in iterations of the run with the longest plan, which is not the one in view.
    drag(page, LOSS, (0.5, 0.5), (0.9, 0.5))
    zoomed = [0.5 * end, 0.9 * end]
    page.wait_for_function(
        f"zoomed => {LOSS}.layout.xaxis.range.every((x, i) => Math.abs(x - zoomed[i]) < 2)",
        arg=zoomed,
    )


@pytest.mark.slow
def test_from_five_runs_on_settings_and_accuracy_are_drawn_side_by_side(
    page: Page, server: Server
) -> None:
    runs = [
        server.start_run(name=f"rate {rate}", learning_rate=rate, **SHORT)
        for rate in (0.01, 0.03, 0.1, 0.3, 1)
    ]
    for run in runs:
        server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(address(server, runs[:4]))
    wait_for_curves(page, {run["name"] for run in runs[:4]})
    expect(page.locator("parallel-chart")).to_have_count(0)
    page.goto(address(server, runs))
    chart = page.get_by_role("img", name="Settings and test accuracy of 5 runs")
    expect(chart).to_be_visible()
    page.emulate_media(forced_colors="active")
    page.reload()
    expect(chart).to_be_visible()
    ink, behind = chart.evaluate(
        "({ layout }) => [layout.font.color, layout.annotations[0].bgcolor]"
    )
    assert ink != behind


def test_an_experiment_starts_its_runs_and_says_what_to_look_for(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.address}/compare")
    page.get_by_role("button", name="Start 2 runs: Sigmoid or ReLU").click()
    expect(page.get_by_text("Why do deep networks use ReLU?").first).to_be_visible()
    runs = page.get_by_role("region", name="Runs").get_by_role("listitem")
    expect(runs).to_have_count(2)
    expect(runs.first).to_contain_text("Four layers, ReLU")
    expect(page).to_have_url(re.compile("experiment=activation"))


@pytest.mark.slow
def test_a_run_that_is_gone_is_named_as_missing(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(address(server, [finished_run, {"id": "nosuchrun"}, finished_run]))
    expect(page.get_by_role("status")).to_contain_text("1 run of this comparison can't be found")
    wait_for_curves(page, {"short"})
    expect(page.get_by_role("button", name="Take out short")).to_have_count(1)
