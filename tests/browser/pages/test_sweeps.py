"""Sweeps: started in the form, watched on their page, folded in the list of runs."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import drag
from tests.browser.conftest import Problems
from tests.browser.servers import Server

SWEEP: dict[str, Any] = {
    "name": "quick", "trials": 3, "sampler": "grid", "pruner": "none",
    "fixed": {"train_limit": 200, "batch_size": 20, "epochs": 1, "hidden": [8]},
    "space": {"learning_rate": {"choices": [0.0001, 0.1, 0.5]}},
}  # fmt: skip


def finished(server: Server) -> Any:
    """A sweep that has ended."""
    sweep = server.post("/api/sweeps", SWEEP)
    server.wait_for_sweep(sweep["id"], "finished")
    return sweep


def test_a_sweep_is_started_watched_and_its_best_trial_chosen(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("422")  # the estimate of invalid settings
    page.goto(f"{server.address}/sweeps")
    expect(page.get_by_text("No sweep yet")).to_be_visible()
    row = page.get_by_role("group", name="Learning rate")
    row.get_by_label("to", exact=True).fill("20")
    problem = page.get_by_text("Expected a number above 0 and at most 10; got 20")
    expect(problem).to_be_visible()
    row.get_by_label("choices").check()
    row.get_by_role("textbox").fill("0.0001; 0.1; 0.5")
    page.get_by_role("button", name="Take out hidden layers").click()
    page.get_by_label("Search another setting").select_option("Distort pictures")
    page.get_by_role("group", name="Distort pictures").get_by_label("yes").uncheck()
    page.get_by_label("Choose settings by").select_option("Grid")
    page.get_by_label("Epochs", exact=True).fill("1")
    page.get_by_text("Settings of all trials").click()
    page.get_by_label("Training pictures").fill("200")
    page.get_by_label("Batch size").fill("20")
    expect(problem).to_be_hidden()
    expect(page.get_by_text("3 trials · up to 3 epochs")).to_be_visible()
    page.get_by_role("button", name="Start the sweep").click()

    page.wait_for_url("**/sweeps/*")
    expect(page.locator("[data-part=status]")).to_have_text("Finished", timeout=60_000)
    expect(page.get_by_text("3 of 3 trials")).to_be_visible()
    rows = page.get_by_role("region", name="Table of trials").locator("tbody tr")
    expect(rows).to_have_count(3)
    for part in ("history-chart", "curves-chart", "slice-chart", "trials-parallel"):
        expect(page.locator(f"[data-part={part}]")).to_have_attribute("role", "img")
    expect(page.get_by_text("Test accuracy of trial")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Choose trial")).click()
    expect(page.get_by_text(re.compile(r"Test accuracy of trial \d:\s[\d.]+\s%"))).to_be_visible()
    repeated = page.get_by_role("button", name="Run it with 5 seeds and the full training set")
    expect(repeated).to_be_focused()
    repeated.click()
    page.wait_for_url("**/compare?runs=*")
    expect(page.get_by_text("5 runs", exact=True)).to_be_visible()
    configs = [run["config"] for run in server.get("/api/runs")["runs"][:5]]
    assert sorted(config["seed"] for config in configs) == [0, 1, 2, 3, 4]
    assert {(config["validation"], config["train_limit"]) for config in configs} == {(0, 200)}


@pytest.mark.slow
def test_trials_are_selected_with_the_mouse_and_with_keys_and_folded_in_the_list(
    page: Page, server: Server
) -> None:
    sweep = finished(server)
    page.goto(f"{server.address}/sweeps/{sweep['id']}")
    plot = page.locator("[data-part=trials-parallel]")
    expect(plot).to_have_attribute("role", "img")
    rows = page.get_by_role("region", name="Table of trials").locator("tbody tr")
    value_axis = 1.2 / 1.4  # two axes, at 0 and 1 of a range from -0.2 to 1.2
    chart = "document.querySelector('[data-part=trials-parallel]')"
    drag(page, chart, (value_axis, 0.02), (value_axis, 0.2))
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Select all").click()
    expect(rows).to_have_count(3)
    page.get_by_text("Select by values").click()
    lowest = page.get_by_label("Validation accuracy, lowest")
    lowest.press("End")
    expect(page.get_by_text("1 of 3 selected")).to_be_visible()
    expect(rows).to_have_count(1)
    page.wait_for_url("**brush=value*")
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Select all").click()
    expect(rows).to_have_count(3)

    page.goto(f"{server.address}/runs")
    links = page.locator("runs-table tbody run-name a")
    expect(links).to_have_text(["short"])
    page.get_by_role("button", name="Show the trials of quick").click()
    expect(links).to_have_count(3)
    page.get_by_role("list", name="Sweeps").get_by_role("link", name="quick").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_label("Delete the runs of its trials, too").check()
    page.get_by_role("button", name="Delete the sweep").click()
    expect(page.get_by_text("No sweep yet")).to_be_visible()
    assert [run["name"] for run in server.get("/api/runs")["runs"]] == ["short"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("", None), ("value:0.5:1", "value:0.5:1"), ("a:0:0.25,b:0.5:0.5", "a:0:0.25,b:0.5:0.5"),
     ("value:1:0", None), ("value:x:1", None), ("value", None)],
)  # fmt: skip
def test_selected_ranges_have_a_text_and_a_bad_text_is_none(
    blank: Page, text: str, kept: str | None
) -> None:
    found = blank.evaluate(
        """async (text) => {
            const { brushFrom, brushText } = await import("/static/sweep/brush.js");
            return brushText(brushFrom(text));
        }""",
        text,
    )
    assert found == kept
