"""A data set of the user's own, whose classes have long names, on the page of failures."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.servers import Server
from tests.conftest import running_server
from tests.idx_folders import write_folder

NAMES = [
    "Ankle boot with laces",
    "T-shirt or top",
    "Trouser",
    "Pullover, long sleeves",
    "Dress",
    "Handbag or shoulder bag",
]


@pytest.fixture(scope="module")
def garments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """Address of the failures of a run on a data set of six classes, and its confusion matrix."""
    data = tmp_path_factory.mktemp("data")
    write_folder(data / "garments", names=NAMES)
    home = tmp_path_factory.mktemp("garments")
    with running_server(home, DIGITSCOPE_DATA=str(data)) as process:
        server = Server(process.url)
        run = server.start_run(dataset="garments", train_limit=400, epochs=1)
        server.wait_for(run["id"], lambda run: run["status"] == "finished")
        matrix = server.get(f"/api/runs/{run['id']}/confusion")["matrix"]
        yield f"{process.url}/failures?run={run['id']}", matrix
        server.close()


def most_confused(matrix: list[list[int]]) -> tuple[int, int]:
    """Label and prediction of the most frequent mistake."""
    pairs = [(i, j) for i in range(len(matrix)) for j in range(len(matrix)) if i != j]
    return max(pairs, key=lambda pair: matrix[pair[0]][pair[1]])


@pytest.mark.slow
def test_mistakes_are_shown_by_the_names_of_the_classes(
    page: Page, garments: tuple[str, Any]
) -> None:
    address, matrix = garments
    label, predicted = most_confused(matrix)
    page.goto(address)
    expect(page.locator("#count")).to_contain_text(re.compile(r"of 500\spictures read wrong"))
    expect(page.get_by_text("Confusion matrix: which class is taken for which")).to_be_visible()
    scores = page.get_by_role("table", name="Measures of each class")
    assert scores.get_by_role("rowheader").all_inner_texts() == NAMES
    table = page.get_by_role("table", name="Rows: what it was. Columns: what it was read as")
    assert table.get_by_role("columnheader").all_inner_texts() == NAMES
    assert table.get_by_role("rowheader").all_inner_texts() == NAMES
    number = matrix[label][predicted]
    words = re.compile(rf"^{number}\stimes {NAMES[label]} read as {NAMES[predicted]}$")
    table.get_by_role("button", name=words).click()
    expect(page.get_by_label("It was", exact=True)).to_have_value(str(label))
    sure = re.compile(rf"^{NAMES[label]}, read as {NAMES[predicted]}, >?\d+\s% sure$")
    expect(page.locator("#sheet").get_by_role("link", name=sure).first).to_be_visible()
    expect(page.locator("#count")).to_contain_text(re.compile(rf"^{number} of"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "width",
    [
        320,
        pytest.param(390, marks=pytest.mark.slow),
        1280,
        pytest.param(1920, marks=pytest.mark.slow),
    ],
)
def test_long_names_fit_on_every_screen(page: Page, garments: tuple[str, Any], width: int) -> None:
    address, matrix = garments
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    expect(page.locator("#sheet li").first).to_be_visible()
    if width < 1000:
        page.get_by_text("Confusion matrix").click()
    label, predicted = most_confused(matrix)
    name = re.compile(rf"times {NAMES[label]} read as {NAMES[predicted]}$")
    expect(page.get_by_role("button", name=name)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
