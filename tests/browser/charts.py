"""The charts of a run's page, for the tests that look at them."""

import json

from playwright.sync_api import Page, WebSocketRoute

LOSS = "document.querySelector('[data-part=loss-chart]')"
ACCURACY = "document.querySelector('[data-part=accuracy-chart]')"


def line(chart: str, name: str) -> str:
    """Expression for a line of a chart by its name; undefined while there is none."""
    return f"{chart}?.data?.find((line) => line.name === '{name}')"


RAW = line(LOSS, "loss, each iteration")
SMOOTHED = line(LOSS, "loss")
TRAINING = line(ACCURACY, "training accuracy")
RANGES = f"[{LOSS}, {ACCURACY}].map(({{ layout }}) => [layout.xaxis.range, layout.yaxis.range])"


def wait_for_charts(page: Page) -> None:
    """Wait until both charts are drawn."""
    page.wait_for_function(f"() => {LOSS}?.data && {ACCURACY}?.data")


def options(page: Page, chart: str = "Loss") -> None:
    """Open the options of a chart."""
    page.get_by_role("button", name=f"Options: {chart}").click()


def drag(page: Page, chart: str, begin: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag the mouse over the plot area of a chart, between two places in shares of its size."""
    box = area(page, chart)
    page.mouse.move(*_at(box, begin))
    page.mouse.down()
    page.mouse.move(*_at(box, end), steps=4)
    page.mouse.up()


def point(page: Page, chart: str, place: tuple[float, float]) -> None:
    """Move the mouse to a place of the plot area of a chart."""
    page.mouse.move(*_at(area(page, chart), place))


def area(page: Page, chart: str) -> dict[str, float]:
    """Plot area of a chart in the window."""
    found: dict[str, float] = page.evaluate(
        f"""() => {{
            const node = {chart};
            const {{ width, height, margin }} = node.layout;
            node.scrollIntoView({{ block: "center" }});
            const {{ left, top }} = node.getBoundingClientRect();
            return {{ x: left + margin.l, y: top + margin.t,
                width: width - margin.l - margin.r, height: height - margin.t - margin.b }};
        }}"""
    )
    return found


def _at(box: dict[str, float], place: tuple[float, float]) -> tuple[float, float]:
    return box["x"] + place[0] * box["width"], box["y"] + place[1] * box["height"]


def send_losses(socket: WebSocketRoute, first: int, count: int) -> None:
    """Send losses that fall."""
    values = [2.3 / (1 + step / 50) for step in range(first, first + count)]
    socket.send(json.dumps({"type": "loss", "first_step": first, "values": values}))
