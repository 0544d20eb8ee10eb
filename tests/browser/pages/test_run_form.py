import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server


def test_an_error_stands_beside_its_field_and_leaves_when_mended(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("422")
    page.goto(server.address)
    epochs = page.get_by_label("Epochs")
    epochs.fill("none at all")
    expect(page.locator("#f-epochs-problem")).to_contain_text("from 1 to 1,000")
    expect(epochs).to_have_attribute("aria-invalid", "true")
    epochs.fill("3")
    expect(page.locator("#f-epochs-problem")).to_be_empty()


@pytest.mark.slow
def test_a_start_with_a_folded_error_opens_the_group_and_focuses_the_field(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("422")
    page.goto(server.address)
    page.locator("summary", has_text="Learning").click()
    page.get_by_label("Learning rate", exact=True).fill("-1")
    page.locator("summary", has_text="Learning").click()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_label("Learning rate", exact=True)).to_be_focused()


def test_the_estimate_follows_the_settings(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_label("Hidden layers").fill("512, 256")
    expect(page.get_by_text("784 → 512 → 256 → 10")).to_be_visible()
    expect(page.get_by_text("535,818 weights")).to_be_visible()


@pytest.mark.slow
def test_an_invalid_layer_has_no_weights(page: Page, server: Server, problems: Problems) -> None:
    problems.expect("422")
    page.goto(server.address)
    expect(page.locator("#weights")).to_have_text("39,760 weights")
    page.get_by_label("Hidden layers").fill("many")
    expect(page.locator("#weights")).not_to_contain_text("weights")


@pytest.mark.slow
def test_the_estimate_is_right_after_a_start_in_haste(page: Page, server: Server) -> None:
    page.goto(server.address)
    expect(page.locator("#estimate")).to_contain_text("9,380 iterations")
    page.get_by_label("Epochs").fill("2")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator("#estimate")).to_contain_text("938 iterations")
    expect(page.locator("#estimate")).not_to_contain_text("9,380")


@pytest.mark.slow
def test_the_form_asks_again_when_the_server_is_back(
    page: Page, server: Server, problems: Problems
) -> None:
    problems.expect("ERR_FAILED")
    page.route("**/api/estimate", lambda route: route.abort())
    page.goto(server.address)
    problem = page.locator("#form-problem")
    expect(problem).to_contain_text("The server can't be reached")
    page.unroute("**/api/estimate")
    expect(problem).to_be_empty()
    expect(page.locator("#estimate")).to_contain_text("9,380 iterations")


@pytest.mark.slow
@pytest.mark.parametrize("screen", [pytest.param("page", marks=pytest.mark.slow), "phone"])
def test_the_form_fits_its_panel_with_a_preset_pressed(
    request: pytest.FixtureRequest, server: Server, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.goto(server.address)
    page.get_by_role("button", name="Robust").click()
    expect(page.locator("[data-summary=optimizer]")).to_contain_text("Adam")
    beyond = """form => [...form.querySelectorAll(".field, details, .form-foot")].filter(
        node => node.getBoundingClientRect().right > form.getBoundingClientRect().right
    ).length"""
    assert page.locator("#run-form").evaluate(beyond) == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.slow
def test_a_focused_field_is_clear_of_the_foot(page: Page, server: Server) -> None:
    page.goto(server.address)
    for group in page.locator("run-form summary").all():
        group.click()
    page.get_by_label("Data").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id === 'start'"):
            break
        gap = page.evaluate(
            """() => document.activeElement.closest(".form-foot") ? 0
                : document.querySelector(".form-foot").getBoundingClientRect().top
                - document.activeElement.getBoundingClientRect().bottom"""
        )
        assert gap >= 0, page.evaluate("document.activeElement.outerHTML")
    expect(page.get_by_role("button", name="Start training")).to_be_focused()


@pytest.mark.slow
def test_the_robust_preset_is_sent_whole(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="Robust").click()
    with page.expect_response(
        lambda r: r.request.method == "POST" and r.url.endswith("/runs")
    ) as r:
        page.get_by_role("button", name="Start training").click()
    config = r.value.json()["config"]
    robust = {
        "hidden": [512, 256],
        "initializer": "he",
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "cosine",
        "augment": True,
        "sampling": "shuffle",
        "epochs": 20,
    }
    assert {name: config[name] for name in robust} == robust


def open_group(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()


def fork_address(server: Server, run: Any, **values: Any) -> str:
    query = "".join(f"&{name}={value}" for name, value in values.items())
    return f"{server.address}/?fork={run['id']}{query}"


@pytest.mark.slow
def test_a_fork_says_how_many_epochs_it_adds_and_why_fields_are_locked(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(fork_address(server, finished_run, epoch=2))
    expect(page.get_by_role("heading", name="Fork")).to_be_visible()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("13")
    about = page.locator("#f-epochs-about")
    expect(about).to_contain_text("13 in all, 11 more. One epoch looks at 3,000 pictures")
    page.get_by_label("After", exact=True).select_option("3")
    expect(about).to_contain_text("13 in all, 10 more")
    assert page.url.endswith("epoch=3")
    layers = page.get_by_label("Hidden layers", exact=True)
    expect(layers).to_be_disabled()
    expect(layers).to_have_accessible_description(re.compile("^Stays as it is"))


def test_a_fork_starts_from_the_chosen_epoch_with_the_changes_alone(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(fork_address(server, finished_run, epoch=2))
    open_group(page, "Learning")
    page.get_by_label("Learning rate", exact=True).fill("0.05")
    page.get_by_label("Epochs", exact=True).fill("4")
    expect(page.locator("#estimate")).to_contain_text("188 iterations")
    with page.expect_request(lambda request: request.url.endswith("/fork")) as request:
        page.get_by_role("button", name="Start training").click()
    assert request.value.post_data_json == {"epoch": 2, "epochs": 4, "learning_rate": 0.05}
    expect(page.get_by_text("Goes on from epoch 2 of short")).to_be_visible()


@pytest.mark.slow
def test_a_run_again_has_the_addresses_changes_marked(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/?again={finished_run['id']}&learning_rate=0.01")
    rate = page.get_by_label("Learning rate", exact=True)
    expect(rate).to_have_value("0.01")
    expect(rate).to_have_accessible_description(re.compile("^was 0.1 "))
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("3")
    expect(page.locator("#estimate")).to_contain_text("282 iterations")
    with page.expect_response(
        lambda r: r.request.method == "POST" and r.url.endswith("/runs")
    ) as response:
        page.get_by_role("button", name="Start training").click()
    assert response.value.json()["config"] == {**finished_run["config"], "learning_rate": 0.01}


@pytest.mark.slow
def test_a_start_from_a_run_deleted_elsewhere_has_no_dead_link(page: Page, server: Server) -> None:
    run = server.start_run(name="brief", train_limit=100, epochs=1)
    server.wait_for(run["id"], lambda r: r["status"] == "finished")
    page.goto(fork_address(server, run))
    expect(page.get_by_label("After", exact=True)).to_be_visible()
    page.request.delete(f"{server.address}/api/runs/{run['id']}")
    expect(page.get_by_text("“brief” was deleted meanwhile")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="“brief” was deleted")).to_be_visible()
    expect(page.locator(f"main a[href*='{run['id']}']")).to_have_count(0)
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()


def test_the_form_survives_a_reload_and_a_link_shows_what_it_says(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(server.address)
    page.get_by_label("Epochs", exact=True).fill("7")
    open_group(page, "More")
    page.get_by_label("Distort pictures").check()
    page.reload()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("7")
    expect(page.locator("[data-summary=more]")).to_have_text("distort pictures")
    again = f"{server.address}/?again={finished_run['id']}"
    page.goto(again)
    page.get_by_label("Epochs", exact=True).fill("9")
    page.reload()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("9")
    page.get_by_role("link", name="Skip to content").press("Enter")
    page.reload()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("9")
    page.goto(f"{server.address}/runs")
    page.go_back()
    expect(page.get_by_label("Epochs", exact=True)).to_have_value("9")
    for _ in "another address", "the same address":
        page.goto(again)
        expect(page.get_by_label("Epochs", exact=True)).to_have_value("3")
        page.get_by_label("Epochs", exact=True).fill("9")


@pytest.mark.slow
def test_a_choice_fits_its_field_and_is_explained_below(page: Page, server: Server) -> None:
    page.goto(server.address)
    open_group(page, "Learning")
    optimizer = page.get_by_label("Optimizer", exact=True)
    expect(optimizer.get_by_role("option")).to_have_text(["SGD", "Momentum", "Adam"])
    about = page.locator("#f-optimizer-about")
    expect(about).to_have_text(re.compile("after each batch. SGD: a step straight downhill$"))
    optimizer.select_option("momentum")
    expect(about).to_contain_text("Momentum: keeps some of the speed")


@pytest.mark.slow
def test_an_optimizer_sets_its_usual_rate_and_offers_it_once_the_rate_was_touched(
    page: Page, server: Server
) -> None:
    page.goto(server.address)
    open_group(page, "Learning")
    rate = page.get_by_label("Learning rate", exact=True)
    optimizer = page.get_by_label("Optimizer", exact=True)
    optimizer.select_option("adam")
    expect(rate).to_have_value("0.001")
    optimizer.select_option("sgd")
    expect(rate).to_have_value("0.1")
    rate.fill("0.3")
    optimizer.select_option("adam")
    expect(rate).to_have_value("0.3")
    expect(page.get_by_text("Adam's usual rate is 0.001")).to_be_visible()
    page.get_by_role("button", name="use it").press("Enter")
    expect(rate).to_have_value("0.001")
    expect(rate).to_be_focused()
    expect(page.get_by_text("usual rate is")).to_be_hidden()


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Epochs", "0", "Enter a whole number from 1 to 1,000"),
        pytest.param(
            "Hidden layers",
            "50, many",
            "Enter 0 to 8 layers of 1 to 2,048 units, such as 512, 256",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "Learning rate", "11", "Enter a number above 0 and at most 10", marks=pytest.mark.slow
        ),
        pytest.param(
            "Training pictures",
            "1.5",
            "Enter a whole number of at least 1, or leave this empty",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_field_says_what_to_enter_without_asking_the_server(
    page: Page, server: Server, label: str, text: str, sentence: str
) -> None:
    page.goto(server.address)
    expect(page.locator("#estimate")).to_contain_text("iterations")
    for group in ["Learning", "More"]:
        open_group(page, group)
    page.get_by_label(label, exact=True).fill(text)
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")


@pytest.mark.slow
def test_an_epoch_is_explained_by_the_pictures_it_looks_at(page: Page, server: Server) -> None:
    page.goto(server.address)
    expect(page.get_by_text("One epoch looks at 60,000 pictures")).to_be_visible()
    open_group(page, "More")
    page.get_by_label("Training pictures").fill("1000")
    expect(page.get_by_text("One epoch looks at 1,000 pictures")).to_be_visible()


@pytest.mark.slow
def test_the_estimate_leads_with_the_time(page: Page, server: Server) -> None:
    page.goto(server.address)
    words = r"^(about|under) .+ · 9,380\siterations · .+ on disk$"
    expect(page.locator("#estimate")).to_have_text(re.compile(words))


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["page", pytest.param("phone", marks=pytest.mark.slow)])
def test_a_question_mark_explains_its_term(
    request: pytest.FixtureRequest, server: Server, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.goto(server.address)
    help_button = page.get_by_role("button", name="What is: epoch")
    help_button.press("Enter")
    text = page.get_by_text("as many pictures as the training set has")
    expect(text).to_be_in_viewport(ratio=1)
    expect(help_button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(text).to_be_hidden()
    expect(help_button).to_be_focused()
