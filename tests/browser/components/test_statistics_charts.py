import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.charts import LOSS, line

RATIO = "document.querySelector('[data-part=statistics-update_ratio]')"
DEEPER = line(RATIO, "Dense 2")


def row(step: int, value: float | None = None) -> dict[str, Any]:
    """Statistics of a step, of two layers, all made from one number."""
    number = step / 100 if value is None else value
    layers = [number, 2 * number]
    names = ["weight_norm", "gradient_norm", "update_norm", "update_ratio"]
    return {
        "step": step,
        "learning_rate": 0.1,
        **dict.fromkeys(names, layers),
        "silent_share": [0.25, None],
    }


@pytest.fixture
def opened(page: Page, stream: Callable[..., WebSocketRoute]) -> Iterator[WebSocketRoute]:
    """The stream of a run whose page shows the statistics, of which the server has two rows."""
    answer = {"layers": ["Dense 1", "Dense 2"], "rows": [row(1), row(10)]}
    page.route("**/statistics?*", lambda route: route.fulfill(json=answer))
    page.route("**/statistics", lambda route: route.fulfill(json=answer))
    socket = stream(steps_total=1000, step=10)
    page.get_by_text("Statistics by layer").click()
    yield socket
    page.evaluate("localStorage.clear()")


@pytest.mark.slow
def test_rows_of_the_stream_go_on_from_those_of_the_server(
    page: Page, opened: WebSocketRoute
) -> None:
    page.wait_for_function(f"() => String({DEEPER}?.x) === '1,10'")
    opened.send(json.dumps({"type": "statistics", "rows": [row(10), row(20), row(30)]}))
    page.wait_for_function(f"() => String({DEEPER}?.x) === '1,10,20,30'")
    assert page.evaluate(f"{RATIO}.data.map(({{ name, y }}) => [name, ...y])") == [
        ["Dense 1", 0.01, 0.1, 0.2, 0.3],
        ["Dense 2", 0.02, 0.2, 0.4, 0.6],
    ]
    # The last layer has no units behind it that could be silent.
    silent = page.get_by_role("img", name="Silent share")
    expect(silent).to_have_accessible_name(re.compile("30 iterations: Dense 1 25.0"))


def test_each_quantity_has_a_chart_with_the_options_that_make_sense(
    page: Page, opened: WebSocketRoute
) -> None:
    titles = ["Weight norm", "Gradient norm", "Update norm", "Update ratio", "Silent share"]
    for title in [*titles, "Learning rate"]:
        expect(page.get_by_role("img", name=title)).to_be_visible()
    page.get_by_role("button", name="Options: Update ratio").click()
    expect(page.get_by_label("ignore the beginning")).to_be_visible()
    expect(page.get_by_label("smoothing", exact=True)).to_have_count(0)
    page.get_by_label("log scale").check()
    page.wait_for_function(f"() => {RATIO}.layout.yaxis.type === 'log'")


@pytest.mark.slow
def test_statistics_are_asked_for_only_where_they_are_shown(
    charts: Page, finished_run: Any
) -> None:
    asked: list[str] = []
    charts.on("request", lambda request: asked.append(request.url))
    charts.reload()
    charts.wait_for_function(f"() => {LOSS}?.data")
    expect(charts.locator("statistics-chart")).to_have_count(0)
    assert not [url for url in asked if url.endswith("/statistics")]
    charts.get_by_text("Statistics by layer").click()
    charts.wait_for_function(f"() => {DEEPER}?.x.at(-1) === {finished_run['step']}")
    expect(charts).to_have_url(re.compile("statistics=1"))
    charts.goto(charts.url.split("?")[0])
    expect(charts.locator("statistics-chart")).to_have_count(6)
    charts.get_by_text("Statistics by layer").click()
    expect(charts.locator("statistics-chart")).to_have_count(0)


def test_earlier_rows_that_come_late_are_put_in_order(blank: Page) -> None:
    columns = blank.evaluate(
        """async ([late, early]) => {
            const { TrainingStatistics } = await import("/static/lib/runs/training-statistics.js");
            const statistics = new TrainingStatistics();
            statistics.add(late);
            statistics.add(early);
            return [statistics.steps, statistics.columns.update_ratio[0]];
        }""",
        [[row(20, 7), row(30)], [row(1), row(10), row(20, 7)]],
    )
    assert columns == [[1, 10, 20, 30], [0.01, 0.1, 7, 0.3]]


def test_a_peak_among_many_rows_is_drawn(blank: Page) -> None:
    drawn = blank.evaluate(
        """async () => {
            const { thinned } = await import("/static/lib/runs/training-statistics.js");
            const x = Array.from({ length: 10000 }, (_, i) => i);
            const y = x.map((i) => (i === 4321 ? 9 : i === 77 ? -9 : null));
            const points = thinned(x, y, [0, 9999], 400);
            return [points.x.length <= 402, points.y[points.x.indexOf(4321)],
                points.y[points.x.indexOf(77)], thinned(x, y, [100, 110], 400).x];
        }"""
    )
    assert drawn == [True, 9, -9, list(range(99, 112))]
