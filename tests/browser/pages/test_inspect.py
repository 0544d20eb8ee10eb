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
from tests.browser.drawing import ZERO, draw_with_mouse, open_pad
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
    assert number(page.locator("#loss").inner_text()) == pytest.approx(found["loss"], abs=5e-4)
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
    terms, last = page.locator("#unit-sum").inner_text().split(" = ")
    value, name, activation = last.split(" → ")
    result = float(numbers(first["output"])[0, 3])
    assert number(value) == pytest.approx(result, rel=1e-2)
    assert name == "ReLU"
    assert number(activation) == pytest.approx(max(result, 0), rel=1e-2)
    text = re.sub(r"\(\d+ more\)", "", terms).replace("·", "*").replace("−", "-")
    products = re.findall(rf"([+-]?) ?({FIGURE})(?: \* ({FIGURE}))?", text)
    total = sum(float(f"{s}{a}") * float(b or 1) for s, a, b in products)
    assert total == pytest.approx(result, abs=0.02)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="Dense 1, unit 4")).to_be_visible()


@pytest.mark.slow
def test_the_weights_of_a_unit_are_read_one_by_one_and_its_strongest_inputs_named(
    page: Page, server: Server, finished_run: Any
) -> None:
    found = inspection(page, server, finished_run)
    second = found["layers"][2]
    page.goto(f"{server.address}/inspect?picture={PICTURE}&at=6")
    page.get_by_role("region", name="Dense 2, gradient").locator("[data-index='3']").focus()
    for name, words in (("W", "Its weights"), ("dW", "Their gradient dW")):
        page.get_by_role("application", name=words).focus()
        page.keyboard.press("ArrowRight")
        shown = page.locator(f"#{name}-words")
        place = 25 if name == "W" else 26
        expect(shown).to_contain_text(f"{name}2[{place}, 3] = ")
        value = float(numbers(second["parameters"][name])[place, 3])
        assert number(shown.inner_text().split(" = ")[1]) == pytest.approx(
            value, rel=1e-2, abs=5e-5
        )
    expect_place(page, 6)

    page.goto(f"{server.address}/inspect?picture={PICTURE}&at=3")
    page.get_by_role("region", name="Dense 2, output").locator("[data-index='3']").focus()
    products = numbers(second["input"])[0] * numbers(second["parameters"]["W"])[:, 3]
    strongest = int(np.abs(products).argmax())
    expect(page.locator("unit-panel li").first).to_contain_text(f"ReLU 1, unit {strongest}: ")
    page.get_by_role("application", name="The picture").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("heading", name="Pixel in row 14, column 14")).to_be_visible()


def test_back_and_next_walk_to_the_loss_and_back_by_button_and_by_arrow_key(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    back = page.get_by_role("button", name="Back", exact=True)
    onward = page.get_by_role("button", name="Next", exact=True)
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


@pytest.mark.slow
def test_the_address_shows_the_same_again(page: Page, server: Server, finished_run: Any) -> None:
    page.goto(f"{server.address}/inspect")
    page.get_by_label("Epoch").select_option("2")
    page.get_by_label("Test digit").fill(str(PICTURE))
    page.get_by_label("Test digit").press("Enter")
    label = inspection(page, server, finished_run)["label"]
    expect(page.locator("#subject")).to_contain_text(f"Test digit {PICTURE}, a {label}")
    page.get_by_role("button", name="Next").click()
    expect(page).to_have_url(re.compile(r"picture=8&epoch=2&at=1"))
    subject = page.locator("#subject").inner_text()
    page.reload()
    expect(page.locator("#subject")).to_have_text(subject)
    expect_place(page, 1)


@pytest.mark.slow
def test_an_unknown_picture_and_an_unknown_run_are_said(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("422")
    page.goto(f"{server.address}/inspect?run=nosuch&picture=10000")
    expect(page.get_by_role("alert")).to_contain_text("was deleted or has no complete epoch")
    expect(page.get_by_role("alert")).to_contain_text("expected an index from 0 to 9,999")


def test_gradients_at_random_and_of_a_chosen_weight_are_checked_as_the_api_does(
    page: Page, server: Server, finished_run: Any
) -> None:
    subject = {"run": finished_run["id"], "test_index": PICTURE}
    address = f"{server.address}/api/inspect/gradient-check"
    expected = page.request.post(address, data=subject | {"count": 20, "seed": 0}).json()["rows"]
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    page.get_by_role("button", name="Check 20 at random").click()
    expect(page.get_by_text("They agree.")).to_be_visible()
    rows = page.get_by_role("table", name="Gradients computed in two ways").locator("tbody tr")
    expect(rows).to_have_count(len(expected))
    for row, found in zip(rows.all(), expected, strict=True):
        expect(row).to_contain_text(found["parameter"])
        analytic, numerical = (number(text) for text in row.locator("td").all_inner_texts()[:2])
        assert analytic == pytest.approx(found["analytic"], rel=1e-6)
        assert numerical == pytest.approx(found["numerical"], rel=1e-6)
    chosen = subject | {"parameter": "W2", "indices": [31]}
    (weight,) = page.request.post(address, data=chosen).json()["rows"]
    page.get_by_label("Parameter").select_option("W2")
    place = page.get_by_label("Row, column")
    place.fill("3, 10")
    place.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="0 to 49, and 0 to 9")).to_be_visible()
    place.fill("3, 1")
    place.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("W2[3, 1]")
    assert number(rows.locator("td").first.inner_text()) == pytest.approx(weight["analytic"])
    expect(page).to_have_url(re.compile(r"parameter=W2&place=3,\+1"))


def test_a_training_picture_shows_which_pixels_each_unit_learns_from(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/inspect?train=4&at=8")
    expect(page.locator("#subject")).to_contain_text("Training digit 4, a ")
    sheet = page.get_by_role("group", name="Gradients of the units")
    expect(sheet.get_by_role("button")).to_have_count(50)
    sheet.get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dense 1, unit 1", exact=True)).to_be_visible()
    expect(page.get_by_role("application", name="Their gradient dW")).to_be_visible()


@pytest.mark.slow
def test_what_is_on_the_pad_is_seen_from_inside(
    page: Page, server: Server, finished_run: Any
) -> None:
    open_pad(page, server)
    draw_with_mouse(page, ZERO)
    expect(page.get_by_role("img", name="What the network saw")).to_be_visible()
    numeral = page.locator(".numeral").inner_text()
    page.get_by_role("link", name="See inside").click()
    expect(page.locator("#subject")).to_contain_text(f"Your drawing, a {numeral}, read right")
    page.get_by_label("It is meant as").select_option("5")
    expect(page.locator("#subject")).to_contain_text("Your drawing, a 5")
    page.get_by_role("button", name="Take one step").click()
    expect(page.get_by_text("The loss fell.")).to_be_visible()


@pytest.mark.slow
def test_too_large_a_step_is_seen_to_overshoot_and_its_settings_are_in_the_address(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    page.get_by_role("button", name="Try a step that is too large").click()
    expect(page.get_by_text("jumped over the valley")).to_be_visible()
    before, after = (number(t) for t in page.locator("tr[data-row=loss] td").all_inner_texts())
    assert after > before
    expect(page).to_have_url(re.compile(r"rate=10&optimizer=adam&batch=32"))
    page.reload()
    expect(page.get_by_label("Learning rate")).to_have_value("10")
    expect(page.get_by_label("Batch", exact=True)).to_have_value("32")


def test_steps_show_the_losses_of_the_api_and_can_be_taken_back(
    page: Page, server: Server, finished_run: Any
) -> None:
    body = {"run": finished_run["id"], "test_index": PICTURE, "learning_rate": 0.01, "steps": 11}
    steps = page.request.post(f"{server.address}/api/inspect/step", data=body).json()["steps"]
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    page.get_by_label("Learning rate").fill("0.01")
    page.get_by_role("button", name="Take one step").click()
    page.get_by_role("button", name="10 steps").click()
    loss = page.locator("tr[data-row=loss] td")
    for taken, button in [(11, None), (10, "One step back")]:
        if button:
            page.get_by_role("button", name=button).click()
        expect(page.get_by_role("columnheader", name=f"After {taken} steps")).to_be_visible()
        shown = [number(text) for text in loss.all_inner_texts()]
        assert shown == pytest.approx([steps[0]["loss"], steps[taken]["loss"]], rel=5e-3)


@pytest.mark.slow
def test_a_network_too_large_to_send_shows_the_sum_of_the_chosen_unit(
    page: Page, server: Server, finished_run: Any
) -> None:
    found = inspection(page, server, finished_run)
    for layer in found["layers"]:
        layer["parameters"] = dict.fromkeys(layer["parameters"])
    found["truncated"] = True
    page.route("**/api/inspect", lambda route: route.fulfill(json=found))
    page.goto(f"{server.address}/inspect?picture={PICTURE}&at=1")
    page.get_by_role("region", name="Dense 1, output").locator("[data-index='3']").focus()
    value = page.locator("#unit-value").inner_text()
    expect(page.locator("#unit-sum")).to_have_text(re.compile(rf"more\) .* = {value} → ReLU"))
    expect(page.get_by_role("application", name="Its weights")).to_be_visible()
    expect(page.get_by_text("left out: the network is too large")).to_have_count(2)


@pytest.mark.slow
def test_a_misclassified_picture_leads_inside_the_network(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/failures?run={finished_run['id']}&picture={PICTURE}&epoch=2")
    page.get_by_role("link", name="Inspect it").click()
    label = inspection(page, server, finished_run)["label"]
    expect(page.locator("#subject")).to_contain_text(f"Test digit {PICTURE}, a {label}")
    expect(page.get_by_label("Epoch")).to_have_value("2")


def test_a_class_is_explained_by_its_pixels_and_the_picture_changed_into_it(
    page: Page, server: Server, finished_run: Any
) -> None:
    body = {"run": finished_run["id"], "test_index": PICTURE, "target": 3}
    explained, changed = (
        page.request.post(f"{server.address}/api/inspect/{name}", data=body).json()
        for name in ("attribution", "change")
    )
    page.goto(f"{server.address}/inspect?picture={PICTURE}")
    page.get_by_label("Class", exact=True).select_option("3")
    page.get_by_role("button", name="Explain").click()
    lost = explained["probability"] - numbers(explained["occlusion"])
    maps = [numbers(explained[name]) for name in ("saliency", "gradient_times_input")]
    expect(page.locator("why-panel figcaption")).to_have_count(3)
    captions = page.locator("why-panel figcaption").all_inner_texts()
    for caption, values in zip(captions, [*maps, lost], strict=True):
        strongest = number(caption.rpartition("±")[2])
        assert strongest == pytest.approx(float(np.abs(values).max()), rel=0.06)
    page.get_by_role("button", name="Change it into this").click()
    before, after = (
        f"{100 * step['probabilities'][3]:.1f}"
        for step in (changed["steps"][0], changed["steps"][-1])
    )
    words = rf"After {len(changed['steps']) - 1}\ssteps? .* {before}\s% before, {after}\s% after"
    expect(page.locator("why-panel [role=status]")).to_have_text(re.compile(words, re.S))
    expect(page.get_by_role("img", name="The changed picture")).to_be_visible()
    expect(page.get_by_role("img", name="What changed for 3")).to_be_visible()


@pytest.mark.slow
def test_an_invalid_rate_is_said(
    page: Page, server: Server, finished_run: Any, problems: Problems
) -> None:
    problems.expect("422")
    page.goto(f"{server.address}/inspect?picture=0")
    rate = page.get_by_label("Learning rate")
    for text in ("far", "0", ""):
        rate.fill(text)
        page.get_by_role("button", name="Take one step").click()
        expect(page.get_by_role("alert").filter(has_text="Enter a number above 0")).to_be_visible()


@pytest.fixture
def shapes(tmp_path: Path) -> Iterator[Server]:
    """A server whose data folder holds six classes of shapes."""
    write_folder(tmp_path / "data" / "shapes")
    with running_server(tmp_path / "home", DIGITSCOPE_DATA=str(tmp_path / "data")) as process:
        server = Server(process.url)
        yield server
        server.close()


@pytest.mark.slow
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
