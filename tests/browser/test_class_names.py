"""A user's own data set, with names for its classes, from the first press to the last page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.charts import SMOOTHED
from tests.browser.drawing import draw_with_mouse
from tests.browser.servers import Server
from tests.conftest import running_server
from tests.idx_folders import SHAPES, write_folder


@pytest.fixture
def shapes(tmp_path: Path) -> Iterator[Server]:
    """A server whose data folder holds six classes of shapes."""
    write_folder(tmp_path / "data" / "shapes")
    home = tmp_path / "home"
    with running_server(home, DIGITSCOPE_DATA=str(tmp_path / "data")) as process:
        server = Server(process.url)
        yield server
        server.close()


def test_a_folder_of_pictures_trains_and_shows_its_own_class_names(
    shapes: Server, page: Page
) -> None:
    page.goto(shapes.address)
    page.get_by_label("Data").select_option("shapes")
    epochs = page.get_by_label("Epochs")
    epochs.fill("3")
    expect(page.get_by_text("One epoch looks at 3,000 pictures")).to_be_visible()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()
    page.wait_for_function(f"() => {SMOOTHED}?.x.at(-1) === 72")

    [run] = shapes.get("/api/runs")["runs"]
    [mistake, *_] = shapes.get(f"/api/runs/{run['id']}/failures")["items"]
    label, predicted = SHAPES[mistake["true"]], SHAPES[mistake["predicted"]]
    page.goto(f"{shapes.address}/failures")
    expect(page.locator("#sheet li").first).to_contain_text(f"{label}, read as {predicted}")
    matrix = page.get_by_role("table", name="Rows: what it was. Columns: what it was read as")
    assert matrix.get_by_role("columnheader").all_inner_texts() == list(SHAPES)
    matrix.get_by_role("button", name=f"{label} read as {predicted}").click()
    expect(page.get_by_label("Read as", exact=True)).to_have_value(str(mistake["predicted"]))

    page.goto(f"{shapes.address}/draw")
    draw_with_mouse(page, [(0.2 + 0.05 * i, 0.5) for i in range(12)])
    bars = page.get_by_role("list", name="How likely each class is").get_by_role("listitem")
    expect(bars).to_have_count(len(SHAPES))
    for bar, name in zip(bars.all(), SHAPES, strict=True):
        expect(bar).to_contain_text(name)
