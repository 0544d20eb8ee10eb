"""The inspector at /inspect: one picture forward, and its gradient back."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server
from tests.conftest import running_server
from tests.idx_folders import SHAPES, write_folder

PICTURE = 8
FIGURE = r"\d[\d.]*(?:e-\d+)?"
PLACES = [
    "The picture",
    "Dense 1, forward",
    "ReLU 1, forward",
    "Dense 2, forward",
    "Softmax with loss, forward",
    "Softmax with loss, backward",
    "Dense 2, backward",
    "ReLU 1, backward",
    "Dense 1, backward",
]


def inspection(page: Page, server: Server, run: Any, picture: int = PICTURE) -> Any:
    """The API's response for a test picture."""
    body = {"run": run["id"], "test_index": picture}
    return page.request.post(f"{server.address}/api/inspect", data=body).json()


def numbers(array: Any) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(array["data"]), "<f4").reshape(array["shape"])


def cells(page: Page, column: str) -> NDArray[np.float64]:
    """The numbers of the cells of a column, in order of the units."""
    found = page.get_by_role("region", name=column, exact=True).locator("[data-index]")
    values = found.evaluate_all("cells => cells.map((cell) => Number(cell.dataset.value))")
    return np.array(values)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def expect_place(page: Page, at: int) -> None:
    expect(page.locator("#place strong")).to_have_text(PLACES[at])


def test_the_numbers_of_the_page_are_those_of_the_api(
    page: Page, server: Server, finished_run: Any
) -> None:
    found = inspection(page, server, finished_run)
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    expect_place(page, 0)
    assert number(page.locator("#loss").inner_text()) == pytest.approx(found["loss"], rel=1e-3)
    for layer in found["layers"]:
        shown = cells(page, f"{layer['name']}, output")
        np.testing.assert_allclose(shown, numbers(layer["output"])[0], rtol=1e-6)
    page.goto(f"{server.address}/inspect?picture={PICTURE}&at=8")
    expect_place(page, 8)
    for layer in found["layers"]:
        shown = cells(page, f"{layer['name']}, gradient")
        np.testing.assert_allclose(shown, numbers(layer["d_output"])[0], rtol=1e-6)
    expect(page.get_by_text("(784, 1) · (1, 50) → (784, 50)")).to_be_visible()
    dW = numbers(found["layers"][0]["parameters"]["dW"])
    shown_range = page.locator("[data-array=dW] .number").all_inner_texts()
    np.testing.assert_allclose(
        [number(text) for text in shown_range], [dW.mean(), dW.min(), dW.max()], rtol=0.05
    )
    expect(page.get_by_text("Dense.backward, trainer/layers/dense.py")).to_be_visible()


def test_the_sum_of_a_unit_is_written_out_on_focus(
    page: Page, server: Server, finished_run: Any
) -> None:
    found = inspection(page, server, finished_run)
    first = found["layers"][0]
    page.goto(f"{server.address}/inspect?picture={PICTURE}&at=1")
    page.get_by_role("region", name="Dense 1, output").locator("[data-index='3']").focus()
    expect(page.get_by_role("heading", name="Dense 1, unit 3")).to_be_visible()
    *terms, last = re.split(r" = ", page.locator("#unit-sum").inner_text())
    result = float(numbers(first["output"])[0, 3])
    assert number(last) == pytest.approx(result, rel=1e-2)
    text = re.sub(r"\(\d+ more\)", "", terms[0]).replace("·", "*").replace("−", "-")
    products = re.findall(rf"([+-]?) ?({FIGURE})(?: \* ({FIGURE}))?", text)
    total = sum(float(f"{s}{a}") * float(b or 1) for s, a, b in products)
    assert total == pytest.approx(result, abs=0.02)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="Dense 1, unit 4")).to_be_visible()


def test_back_and_next_walk_to_the_loss_and_back_by_button_and_by_arrow_key(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    back, onward = (page.get_by_role("button", name=name) for name in ("Back", "Next"))
    expect_place(page, 0)
    expect(back).to_be_disabled()
    for at in range(1, len(PLACES)):
        if at % 2:
            onward.click()
        else:
            page.keyboard.press("ArrowRight")
        expect_place(page, at)
    expect(onward).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    expect_place(page, 7)
    back.click()
    expect_place(page, 6)


def test_the_address_shows_the_same_again(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/inspect")
    page.get_by_label("Epoch").select_option("2")
    page.get_by_label("Test digit").fill(str(PICTURE))
    page.get_by_label("Test digit").press("Enter")
    expect(page.locator("#subject")).to_contain_text(f"Test digit {PICTURE}, a 5")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"picture=8&epoch=2&at=1"))
    subject = page.locator("#subject").inner_text()
    page.reload()
    expect(page.locator("#subject")).to_have_text(subject)
    expect_place(page, 1)


def test_an_unknown_picture_and_an_unknown_run_are_said(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("422")
    page.goto(f"{server.address}/inspect?run=nosuch&picture=10000")
    expect(page.get_by_role("alert")).to_contain_text("was deleted or has no complete epoch")
    expect(page.get_by_role("alert")).to_contain_text("expected an index from 0 to 9,999")


@pytest.fixture
def shapes(tmp_path: Path) -> Iterator[Server]:
    """A server whose data folder holds six classes of shapes."""
    write_folder(tmp_path / "data" / "shapes")
    with running_server(tmp_path / "home", DIGITSCOPE_DATA=str(tmp_path / "data")) as process:
        server = Server(process.url)
        yield server
        server.close()


def test_a_wide_network_shows_its_strongest_units_and_its_own_class_names(
    shapes: Server, page: Page
) -> None:
    run = shapes.start_run(
        dataset="shapes", hidden=[100], activation="sigmoid", loss="mean_squared_error", epochs=1
    )
    shapes.wait_for(run["id"], lambda r: r["status"] == "finished")
    output = numbers(inspection(page, shapes, run, 0)["layers"][0]["output"])[0]
    page.goto(f"{shapes.address}/inspect?at=1")
    expect(page.locator("#subject")).to_contain_text(re.compile("|".join(SHAPES)))
    column = page.get_by_role("region", name="Dense 1, output")
    expect(column.locator("[data-index]")).to_have_count(64)
    expect(column.locator("[data-index]").first).to_have_attribute(
        "data-index", str(np.abs(output).argmax())
    )
    column.get_by_role("button", name="Show all 100").click()
    expect(column.locator("[data-index]")).to_have_count(100)
    np.testing.assert_allclose(cells(page, "Dense 1, output"), output, rtol=1e-6)
    probabilities = page.get_by_role("region", name="Softmax with loss, output")
    for name in SHAPES:
        expect(probabilities.get_by_role("button", name=name)).to_be_visible()
