"""Options, zoom and crosshair of the charts of a run."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.charts import (
    ACCURACY,
    LOSS,
    RANGES,
    RAW,
    SMOOTHED,
    TRAINING,
    area,
    drag,
    options,
    point,
    send_losses,
    wait_for_charts,
)
from tests.browser.servers import Server

X_RANGE = f"{LOSS}.layout.xaxis.range"


@pytest.fixture
def finger(phone: Page, server: Server, finished_run: Any) -> Iterator[Page]:
    """The page of the finished run on a phone, with its charts drawn."""
    phone.goto(f"{server.address}/runs/{finished_run['id']}")
    wait_for_charts(phone)
    yield phone
    phone.evaluate("localStorage.clear()")


def wait_for_x_range(page: Page, begin: float, end: float) -> None:
    """Wait for a zoom; a chart may be drawn after the first of two fingers has moved."""
    page.wait_for_function(
        f"range => {X_RANGE}.every((place, i) => Math.abs(place - range[i]) < 3)", arg=[begin, end]
    )


def reset(page: Page) -> Any:
    return page.get_by_role("button", name="Reset zoom: Loss")


def reading(page: Page, chart: str) -> Any:
    """The values at the crosshair of a chart."""
    return page.get_by_role("region", name=chart, exact=True).locator(".reading")


def test_smoothing_is_chosen_with_a_slider_and_automatic_again(charts: Page) -> None:
    line = f"[...{SMOOTHED}.y]"
    automatic = charts.evaluate(line)
    options(charts)
    slider = charts.get_by_label("smoothing", exact=True)
    slider.fill("0")
    charts.wait_for_function(f"() => String({line}) === String([...{RAW}.y])")
    slider.fill("0.95")
    charts.wait_for_function(
        f"""() => {{
            const [raw, line] = [{RAW}.y, {line}];
            let [sum, weight] = [0, 0];
            return line.every((value, i) => {{
                [sum, weight] = [0.95 * sum + raw[i], 0.95 * weight + 1];
                return Math.abs(value - sum / weight) < 1e-4;
            }});
        }}"""
    )
    expect(charts).to_have_url(re.compile(r"[?&]smoothing=0.95"))
    charts.get_by_label("automatic smoothing").check()
    charts.wait_for_function(f"line => String({line}) === String(line)", arg=automatic)
    expect(charts).not_to_have_url(re.compile("smoothing"))
    charts.keyboard.press("Escape")
    expect(charts.get_by_role("button", name="Options: Loss")).to_be_focused()


@pytest.mark.slow
def test_the_line_of_each_iteration_can_be_left_out(charts: Page) -> None:
    options(charts)
    charts.get_by_label("each iteration, faint").uncheck()
    charts.wait_for_function(f"() => {SMOOTHED} && !{RAW}")
    expect(charts).to_have_url(re.compile("raw=0"))
    # The chart's options are those of all charts, so the others show the same.
    charts.keyboard.press("Escape")
    options(charts)
    expect(charts.get_by_label("each iteration, faint")).not_to_be_checked()


@pytest.mark.slow
def test_the_beginning_is_left_out_of_the_y_range(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    socket = stream(steps_total=1000)
    values = [50.0] * 15 + [1.0] * 985
    socket.send(json.dumps({"type": "loss", "first_step": 1, "values": values}))
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) === 1000")
    assert page.evaluate(f"{LOSS}.layout.yaxis.range[1]") > 40
    options(page)
    page.get_by_label("ignore the beginning").check()
    # The smoothed line still falls after 2 % of the iterations; the raw one does not.
    page.get_by_label("smoothing", exact=True).fill("0")
    page.wait_for_function(f"() => {LOSS}.layout.yaxis.range[1] < 2")
    page.evaluate("localStorage.clear()")


@pytest.mark.parametrize(
    ("unit", "last_loss", "last_accuracy"),
    [
        pytest.param("iteration", 282, 282, marks=pytest.mark.slow),
        ("epoch", 3, 3),
        pytest.param("training time", None, None, marks=pytest.mark.slow),
    ],
)
def test_the_x_axis_is_by_iteration_epoch_or_training_time(
    charts: Page,
    server: Server,
    finished_run: Any,
    unit: str,
    last_loss: float | None,
    last_accuracy: float | None,
) -> None:
    options(charts, "Accuracy")
    charts.get_by_label("x axis").select_option(label=unit)
    if last_loss is None:
        rows = server.get(f"/api/runs/{finished_run['id']}/epochs")["epochs"]
        last_loss = last_accuracy = sum(row["seconds"] for row in rows)
    charts.wait_for_function(
        f"""([loss, accuracy]) => Math.abs({SMOOTHED}.x.at(-1) - loss) < 1e-6
            && Math.abs({TRAINING}.x.at(-1) - accuracy) < 1e-6""",
        arg=[last_loss, last_accuracy],
    )
    title = {"training time": "training time in seconds"}.get(unit, unit)
    assert charts.evaluate(f"{LOSS}.layout.xaxis.title.text") == title


def test_a_zoom_by_dragging_is_shared_by_all_charts_and_taken_back_for_all(charts: Page) -> None:
    whole = charts.evaluate(RANGES)
    drag(charts, LOSS, (0.25, 0.5), (0.75, 0.5))
    charts.wait_for_function(f"() => {X_RANGE}[0] > 1")
    assert charts.evaluate(X_RANGE) == pytest.approx([282 / 4, 282 * 3 / 4], abs=2)
    charts.wait_for_function(f"() => {ACCURACY}.layout.xaxis.range[0] > 0.1")
    by_epoch = charts.evaluate(f"{ACCURACY}.layout.xaxis.range")
    assert by_epoch == pytest.approx([0.75, 2.25], abs=0.03)
    charts.get_by_role("button", name="Reset zoom: Accuracy").click()
    charts.wait_for_function(f"whole => String({RANGES}) === String(whole)", arg=whole)
    expect(charts).not_to_have_url(re.compile("zoom"))


@pytest.mark.slow
def test_a_line_that_goes_on_beyond_the_view_has_its_value_where_it_leaves(charts: Page) -> None:
    drag(charts, LOSS, (0.25, 0.5), (0.5, 0.5))
    charts.wait_for_function(f"() => {X_RANGE}[0] > 1")
    charts.wait_for_function(f"() => {ACCURACY}.layout.xaxis.range[0] > 0.1")
    labels = charts.evaluate(
        f"[{LOSS}, {ACCURACY}].flatMap(({{ layout }}) => layout.annotations.map(({{ x }}) => x))"
    )
    assert labels == pytest.approx([141, 1.5, 1.5], rel=0.02)


@pytest.mark.slow
def test_an_upright_drag_chooses_the_y_range_of_one_chart(charts: Page) -> None:
    (x, y), accuracy = charts.evaluate(RANGES)
    drag(charts, LOSS, (0.5, 0.5), (0.5, 1))
    charts.wait_for_function(f"most => {LOSS}.layout.yaxis.range[1] < most", arg=y[1] - 0.1)
    (same_x, new_y), same = charts.evaluate(RANGES)
    assert (same_x, same) == (x, accuracy)
    assert new_y == pytest.approx([y[0], (y[0] + y[1]) / 2], abs=0.05)
    reset(charts).click()
    charts.wait_for_function(f"most => {LOSS}.layout.yaxis.range[1] === most", arg=y[1])


@pytest.mark.slow
def test_a_slanted_drag_chooses_both_ranges(charts: Page) -> None:
    box = area(charts, LOSS)
    across = box["height"] * 0.6 / box["width"]
    drag(charts, LOSS, (0.3, 0.3), (0.3 + across, 0.9))
    expect(charts).to_have_url(re.compile(r"zoom=.*y-loss="))


@pytest.mark.slow
def test_a_drag_with_shift_pans(charts: Page) -> None:
    drag(charts, LOSS, (0.25, 0.5), (0.75, 0.5))
    charts.wait_for_function(f"() => {X_RANGE}[0] > 1")
    begin, end = charts.evaluate(X_RANGE)
    charts.keyboard.down("Shift")
    drag(charts, LOSS, (0.5, 0.5), (0.25, 0.5))
    charts.keyboard.up("Shift")
    charts.wait_for_function(
        f"place => Math.abs({X_RANGE}[0] - place) < 2", arg=begin + (end - begin) / 4
    )
    shifted = charts.evaluate(X_RANGE)
    assert shifted[1] - shifted[0] == pytest.approx(end - begin)


def test_keys_zoom_pan_the_crosshair_and_reset(charts: Page) -> None:
    whole = charts.evaluate(X_RANGE)
    charts.locator("[data-part=loss-chart]").focus()
    charts.keyboard.press("End")
    expect(reading(charts, "Loss")).to_contain_text("iteration 282")
    for _ in range(2):
        charts.keyboard.press("Shift+ArrowLeft")
    expect(reading(charts, "Loss")).to_contain_text("iteration 226")
    expect(reading(charts, "Loss")).to_have_attribute("aria-live", "polite")
    charts.keyboard.press("+")
    charts.wait_for_function(f"() => {X_RANGE}[1] - {X_RANGE}[0] < 142")
    charts.keyboard.press("0")
    charts.wait_for_function(f"whole => String({X_RANGE}) === String(whole)", arg=whole)
    charts.keyboard.press("Escape")
    expect(reading(charts, "Loss")).to_be_hidden()


def test_the_crosshair_stands_in_all_charts_and_lists_every_series(
    charts: Page, finished_run: Any
) -> None:
    point(charts, ACCURACY, (2 / 3, 0.5))
    values = reading(charts, "Accuracy")
    expect(values).to_contain_text(re.compile(r"iteration 18\d · epoch (1.9|2.0)\d · [\d.]+ s"))
    for name in ["loss", "smoothed", "test loss", "training accuracy", "test accuracy, epoch 2"]:
        expect(values).to_contain_text(name)
    expect(reading(charts, "Loss")).to_be_hidden()
    crosses = charts.locator(".cross")
    expect(crosses).to_have_count(2)
    at = charts.evaluate(
        f"""() => [{LOSS}, {ACCURACY}].map((node) => {{
            const {{ l, r }} = node.layout.margin;
            const left = node.getBoundingClientRect().left + l;
            const cross = node.closest(".chart").querySelector(".cross").getBoundingClientRect();
            return (cross.left - left) / (node.clientWidth - l - r);
        }})"""
    )
    assert at == pytest.approx([2 / 3, 2 / 3], abs=0.01)
    charts.mouse.move(2, 2)
    expect(crosses).to_have_count(0)


def test_two_fingers_zoom_and_pan_and_one_moves_the_crosshair(finger: Page) -> None:
    session = finger.context.new_cdp_session(finger)
    box = area(finger, LOSS)

    def touch(kind: str, *shares: float) -> None:
        points = [
            {"x": box["x"] + share * box["width"], "y": box["y"] + 40, "id": i}
            for i, share in enumerate(shares)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    title, tools = (
        finger.get_by_role("region", name="Loss", exact=True).locator(place).bounding_box()
        for place in ("h2", ".chart-tools")
    )
    assert title
    assert tools
    assert tools["y"] < title["y"] + title["height"], "expected the buttons beside the title"
    touch("touchStart", 0.5)
    expect(reading(finger, "Loss")).to_contain_text(re.compile("iteration 14[0-2]"))
    touch("touchStart", 0.5, 0.75)
    touch("touchMove", 0.4, 0.8)
    touch("touchMove", 0.25, 0.75)
    touch("touchEnd")
    # The points that were under the fingers at 0.5 and 0.75 are now at 0.25 and 0.75.
    wait_for_x_range(finger, 282 * 0.375, 282 * 0.875)
    touch("touchStart", 0.5)
    touch("touchStart", 0.5, 0.55)
    touch("touchMove", 0.75, 0.8)
    touch("touchEnd")
    wait_for_x_range(finger, 282 * 0.25, 282 * 0.75)


def test_a_zoom_outlasts_what_streams_in_and_reset_follows_it_again(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    socket = stream(steps_total=1000)
    send_losses(socket, 1, 400)
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) === 400")
    drag(page, LOSS, (0.1, 0.5), (0.3, 0.5))
    page.wait_for_function(f"() => {X_RANGE}[0] > 1")
    zoomed = page.evaluate(X_RANGE)
    for first in range(401, 1000, 100):
        send_losses(socket, first, 100)
    expect(page.locator("[data-part=step]")).to_have_text("1,000 of 1,000")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.evaluate(X_RANGE) == zoomed
    reset(page).click()
    page.wait_for_function(f"() => String({X_RANGE}) === '0,1000'")
    page.wait_for_function(f"() => {SMOOTHED}.x.at(-1) === 1000")


def test_a_zoom_into_a_long_run_shows_every_iteration(
    page: Page, stream: Callable[..., WebSocketRoute]
) -> None:
    steps, every = 60_000, 30

    def respond(route: Route) -> None:
        asked = parse_qs(urlparse(route.request.url).query)
        if "until_step" in asked:
            shown = list(range(int(asked["after_step"][0]) + 1, int(asked["until_step"][0]) + 1))
        else:
            shown = list(range(every, steps + 1, every))
        points = {"steps": shown, "values": [step / steps for step in shown]}
        route.fulfill(json={**points, "means": points})

    page.route("**/loss?*", respond)
    stream(steps_total=steps, step=steps)
    page.wait_for_function(f"() => {RAW}?.x.length > 100")
    drag(page, LOSS, (0.25, 0.5), (0.27, 0.5))
    page.wait_for_function(f"() => {X_RANGE}[0] > 10_000")
    in_view = f"(([from, to]) => [...{RAW}.x].filter((x) => x > from && x < to))({X_RANGE})"
    page.wait_for_function(f"() => {in_view}.length > 500")
    shown = page.evaluate(in_view)
    assert shown == list(range(shown[0], shown[-1] + 1))


@pytest.mark.slow
def test_an_address_shows_the_same_view_in_a_new_window(charts: Page) -> None:
    options(charts)
    charts.get_by_label("smoothing", exact=True).fill("0.9")
    charts.get_by_label("each iteration, faint").uncheck()
    charts.get_by_label("log scale").check()
    charts.get_by_label("x axis").select_option(label="training time")
    charts.keyboard.press("Escape")
    drag(charts, LOSS, (0.2, 0.5), (0.7, 0.5))
    expect(charts).to_have_url(re.compile("zoom="))
    drag(charts, ACCURACY, (0.5, 0.1), (0.5, 0.8))
    expect(charts).to_have_url(re.compile("y-accuracy="))
    charts.wait_for_function(f"() => {SMOOTHED} && !{RAW}")
    seen = charts.evaluate(RANGES)
    line = charts.evaluate(f"[...{SMOOTHED}.y]")
    charts.evaluate("localStorage.clear()")
    other = charts.context.new_page()
    other.goto(charts.url)
    wait_for_charts(other)
    again = other.evaluate(RANGES)
    assert [end for chart in again for axis in chart for end in axis] == pytest.approx(
        [end for chart in seen for axis in chart for end in axis], rel=0.01
    )
    # The address rounds the ends of the zoom: there may be an iteration more or less there.
    assert set(line[1:-1]) <= set(other.evaluate(f"[...{SMOOTHED}.y]"))
    other.close()


def test_a_csv_has_every_iteration_in_view_with_the_values_of_the_server(
    charts: Page, server: Server, finished_run: Any
) -> None:
    drag(charts, LOSS, (0.25, 0.5), (0.75, 0.5))
    charts.wait_for_function(f"() => {X_RANGE}[0] > 1")
    begin, end = charts.evaluate(X_RANGE)
    losses = server.get(f"/api/runs/{finished_run['id']}/loss")["values"]
    epochs = server.get(f"/api/runs/{finished_run['id']}/epochs")["epochs"]
    steps = [step for step in range(1, 283) if begin <= step <= end]
    test_losses = {row["step"]: row["test_loss"] for row in epochs}
    name, rows = downloaded(charts, "Loss")
    assert name == "short, loss.csv"
    assert rows == [
        ["iteration", "loss", "test loss"],
        *[[step, losses[step - 1], test_losses.get(step)] for step in steps],
    ]
    reset(charts).click()
    charts.wait_for_function(f"() => {ACCURACY}.layout.xaxis.range[0] === 0")
    assert downloaded(charts, "Accuracy")[1] == [
        ["iteration", "epoch", "training accuracy", "test accuracy"],
        *[[r["step"], r["epoch"], r["train_accuracy"], r["test_accuracy"]] for r in epochs],
    ]


def downloaded(page: Page, chart: str) -> tuple[str, list[list[Any]]]:
    """File name and rows of the CSV of a chart, its numbers read as such."""
    options(page, chart)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = Path(download.value.path()).read_text()
    head, *rows = csv.reader(text.splitlines())
    return download.value.suggested_filename, [
        list(head),
        *[[json.loads(field) if field else None for field in row] for row in rows],
    ]


@pytest.mark.parametrize(
    ("kind", "begin"),
    [
        pytest.param("PNG", b"\x89PNG", marks=pytest.mark.slow),
        ("SVG", b"<svg"),
    ],
)
def test_a_chart_is_saved_as_a_picture(charts: Page, kind: str, begin: bytes) -> None:
    options(charts)
    with charts.expect_download() as download:
        charts.get_by_role("button", name=kind).click()
    assert download.value.suggested_filename == f"short, loss.{kind.lower()}"
    assert Path(download.value.path()).read_bytes().startswith(begin)


@pytest.mark.slow
def test_a_chart_fills_the_screen_and_leaves_it(charts: Page) -> None:
    before = charts.evaluate(f"{LOSS}.layout.height")
    options(charts)
    charts.get_by_role("button", name="Full screen").click()
    charts.wait_for_function(f"before => {LOSS}.layout.height > before + 100", arg=before)
    options(charts)
    charts.get_by_role("button", name="Leave full screen").click()
    charts.wait_for_function(f"before => {LOSS}.layout.height === before", arg=before)
