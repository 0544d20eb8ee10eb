"""Weights through time, on the page of a run."""

import json
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.servers import Server

PIXELS = 784


def weights_of(server: Server, run: Any, epoch: int) -> Any:
    content = server.content(f"/api/runs/{run['id']}/units/weights?epoch={epoch}")
    return np.frombuffer(content, "<f4").reshape(-1, PIXELS)


def open_weights(page: Page, server: Server, run: Any, query: str = "") -> None:
    page.goto(f"{server.address}/runs/{run['id']}{query}")
    page.get_by_role("heading", name="Weights through time").scroll_into_view_if_needed()


def order(page: Page) -> list[int]:
    buttons = page.locator("weight-sheet button")
    units: list[int] = buttons.evaluate_all("all => all.map(({ dataset }) => Number(dataset.unit))")
    return units


def test_units_are_shown_at_an_epoch_sorted_and_opened_once_they_come_into_view(
    page: Page, server: Server, finished_run: Any
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    expect(page.get_by_role("img", name="Accuracy")).to_be_visible()
    assert not [url for url in asked if "/units" in url or "/histograms" in url]
    page.get_by_role("heading", name="Weights through time").scroll_into_view_if_needed()
    expect(page.get_by_role("group", name="Units of the first layer, epoch 3")).to_be_visible()
    strongest = f"{np.abs(weights_of(server, finished_run, 3)).max():.3f}"
    expect(page.locator(".weights .legend")).to_contain_text(f"+{strongest}, one scale for all")
    assert order(page) == list(range(50))

    expect(page.get_by_text("none dead")).to_be_visible()
    page.get_by_label("Sorted by").select_option("norm")
    units = server.get(f"/api/runs/{finished_run['id']}/units?epoch=3")
    norms = [units["norm"][unit] for unit in order(page)]
    assert all(first >= second for first, second in pairwise(norms))

    first, second = order(page)[:2]
    page.locator(f"weight-sheet [data-unit='{first}']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    details = page.get_by_role("region", name=f"Unit {second}", exact=True)
    expect(details.get_by_text("Alive:")).to_be_visible()
    found = server.get(f"/api/runs/{finished_run['id']}/units/{second}?epoch=3")
    links = details.get_by_role("link")
    expect(links).to_have_count(24)
    expect(links.first).to_have_attribute(
        "href", re.compile(rf"epoch=3&picture={found['strongest'][0]['index']}$")
    )
    expect(page.get_by_role("img", name="Activations of ReLU 1")).to_be_visible()

    dead = found | {"silent_share": 1}
    page.route(re.compile(r"/units/\d+\?epoch=1"), lambda route: route.fulfill(json=dead))
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("Home")
    best = server.get(f"/api/runs/{finished_run['id']}")["best_epoch"]
    to_best = page.locator("epoch-scrubber").get_by_text("Best")
    expect(to_best).to_have_attribute("title", f"Epoch {best}")
    expect(details.get_by_text("Dead: it answers no test picture.")).to_be_visible()
    expect(links).to_have_count(0)
    expect(page.get_by_role("group", name="Units of the first layer, epoch 1")).to_be_visible()
    expect(page).to_have_url(
        re.compile(rf"weights=1&order=norm&unit={second}|unit={second}.*weights=1")
    )


@pytest.mark.slow
def test_the_units_follow_a_run_that_trains(page: Page, server: Server) -> None:
    run = server.start_run(name="long", train_limit=2000, batch_size=16, epochs=400, hidden=[100])
    server.wait_for(run["id"], lambda r: r["epoch"] >= 1)
    open_weights(page, server, run)
    expect(page.locator("weight-sheet button")).to_have_count(64)
    sheet = page.locator("weight-sheet [role=group]")
    before = sheet.get_attribute("aria-label")
    assert before
    expect(sheet).not_to_have_attribute("aria-label", before)
    page.get_by_role("button", name="Show all 100").press("Enter")
    expect(page.locator("weight-sheet button")).to_have_count(100)


def test_histograms_of_other_limits_are_brought_to_common_bins(blank: Page) -> None:
    found = blank.evaluate(
        """async () => {
            const module = await import("/static/run/histogram-columns.js");
            const { commonColumns, quantile, spacedEpochs } = module;
            const narrow = { limit: 1, counts: [1, 1, 3, 5] };
            const wide = { limit: 2, counts: [0, 4, 4, 2] };
            return JSON.stringify({
                common: commonColumns([narrow, wide]),
                quantile: [quantile(narrow, 0.1), quantile(narrow, 0.9)],
                few: spacedEpochs(2, 5, 8),
                many: spacedEpochs(1, 100, 8),
            });
        }"""
    )
    found = json.loads(found)
    # The second bin of the wide one, from -1 to 0, is the first two of the narrow one.
    assert found["common"] == {"low": -1, "high": 2, "columns": [[0.2, 0.8, 0], [0.4, 0.4, 0.2]]}
    assert found["quantile"] == [-0.75, 0.75]
    assert found["few"] == [2, 3, 4, 5]
    assert found["many"] == [1, 17, 33, 49, 65, 81, 97, 100]
