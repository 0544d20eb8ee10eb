import re
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Problems
from tests.browser.servers import Server

# Long enough to be looked at; stopped by the server fixture.
LONG = {"train_limit": 2000, "batch_size": 16, "epochs": 400}


def last_step(page: Page) -> int:
    """The last iteration on the loss chart, 0 while nothing is drawn."""
    step = page.evaluate(
        "document.querySelector('[data-part=loss-chart]')?.data?.[1].x.at(-1) ?? 0"
    )
    return int(step)


def wait_for_step(page: Page, step: int) -> None:
    page.wait_for_function(
        "step => document.querySelector('[data-part=loss-chart]')?.data?.[1].x.at(-1) >= step",
        arg=step,
    )


def test_one_click_starts_a_run_and_the_loss_chart_grows(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="Start training").click()
    wait_for_step(page, 1)
    before = last_step(page)
    wait_for_step(page, before + 200)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()


def test_a_page_reloaded_in_mid_run_shows_everything_from_the_first_iteration(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="long", **LONG)
    server.wait_for(run["id"], lambda r: r["epoch"] >= 3)
    page.goto(server.address)
    wait_for_step(page, server.get(f"/api/runs/{run['id']}")["step"])
    page.reload()
    wait_for_step(page, server.get(f"/api/runs/{run['id']}")["step"])
    chart = page.locator("[data-part=loss-chart]")
    assert chart.evaluate("node => node.data[0].x[0]") == 1
    page.wait_for_function(
        "() => String(document.querySelector('[data-part=accuracy-chart]').data?.[0].x)"
        ".startsWith('1,2,3')"
    )


def test_a_run_started_elsewhere_appears(page: Page, server: Server) -> None:
    page.goto(server.address)
    expect(page.get_by_role("status")).to_be_attached()
    server.start_run(name="from elsewhere", **LONG)
    expect(page.get_by_role("heading", name="from elsewhere")).to_be_visible()
    expect(page.get_by_role("link", name="Training: from elsewhere")).to_be_visible()


def test_a_second_run_says_its_place_in_the_queue(page: Page, server: Server) -> None:
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    wait_for_step(page, 1)
    page.get_by_role("button", name="Start training").click()
    runs = page.get_by_role("group", name="Runs to watch")
    waiting = runs.get_by_role("button", name="next in line")
    expect(waiting).to_be_visible()
    # The run that trains stays in view until the other one is chosen.
    expect(page.get_by_role("heading", name="long")).to_be_visible()
    waiting.click()
    expect(page.get_by_role("status")).to_contain_text("Next in line")
    expect(page.locator("[data-part=epoch]")).to_have_text("0 of 20")
    runs.get_by_role("button", name="long").click()
    expect(page.get_by_role("heading", name="long")).to_be_visible()


def test_a_paused_run_stays_while_another_trains_and_that_one_is_offered(
    page: Page, server: Server
) -> None:
    server.start_run(name="paused here", **LONG)
    page.goto(server.address)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    server.start_run(name="another", **LONG)
    runs = page.get_by_role("group", name="Runs to watch")
    expect(runs.get_by_role("button", name="another")).to_be_visible()
    expect(page.get_by_role("heading", name="paused here")).to_be_visible()
    runs.get_by_role("button", name="another").click()
    expect(page.get_by_role("heading", name="another")).to_be_visible()
    page.reload()
    expect(runs.get_by_role("button", name="paused here")).to_be_visible()


def test_a_paused_runs_buttons_keep_the_focus(page: Page, server: Server) -> None:
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()


def test_an_ended_run_says_what_it_reads_and_leads_on(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    verdict = page.get_by_role("status")
    expect(verdict).to_contain_text(re.compile(r"Reads \d+\.\d\s% of digits it has never seen"))
    expect(verdict.get_by_role("link", name=re.compile(r"the [\d,]+ digits"))).to_be_visible()
    verdict.get_by_role("link", name="draw one").click()
    expect(page.get_by_label("Drawing pad")).to_be_visible()


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


def test_an_invalid_layer_has_no_weights(page: Page, server: Server, problems: Problems) -> None:
    problems.expect("422")
    page.goto(server.address)
    expect(page.locator("#weights")).to_have_text("39,760 weights")
    page.get_by_label("Hidden layers").fill("many")
    expect(page.locator("#weights")).not_to_contain_text("weights")


def test_the_estimate_is_right_after_a_start_in_haste(page: Page, server: Server) -> None:
    page.goto(server.address)
    expect(page.locator("#estimate")).to_contain_text("9,380 iterations")
    page.get_by_label("Epochs").fill("2")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator("#estimate")).to_contain_text("938 iterations")
    expect(page.locator("#estimate")).not_to_contain_text("9,380")


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


@pytest.mark.parametrize("screen", ["page", "phone"])
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


def test_a_focused_field_is_clear_of_the_foot(page: Page, server: Server) -> None:
    page.goto(server.address)
    for group in page.locator("summary").all():
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


def test_a_run_is_started_and_stopped_with_the_keyboard_alone(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_label("Epochs").focus()
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_visible()
    for _ in range(30):
        if stop.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible()


def test_a_zoom_stays_while_losses_come_in(page: Page, server: Server) -> None:
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    wait_for_step(page, 500)
    box = page.locator("[data-part=loss-chart]").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 250, box["y"] + 110, steps=4)
    page.mouse.up()
    axis = "document.querySelector('[data-part=loss-chart]').layout.xaxis.range"
    zoom = page.evaluate(axis)
    step = page.locator("[data-part=step]").inner_text()
    expect(page.locator("[data-part=step]")).not_to_have_text(step)
    page.get_by_label("log scale").check()
    page.wait_for_function(
        "() => document.querySelector('[data-part=loss-chart]').layout.yaxis.type === 'log'"
    )
    assert page.evaluate(axis) == pytest.approx(zoom)


def test_a_lost_stream_is_taken_up_again_and_says_so(page: Page, server: Server) -> None:
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/stream?*", pass_on)
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    wait_for_step(page, 100)
    sockets[-1].close(code=1001)
    expect(page.get_by_text("caught up")).to_be_visible()
    before = last_step(page)
    wait_for_step(page, before + 100)


def test_a_lost_stream_leaves_no_speed_behind(page: Page, server: Server) -> None:
    sockets: list[WebSocketRoute] = []

    def pass_on_once(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if len(sockets) == 1:
            socket.connect_to_server()
        else:
            socket.close(code=1001)

    page.route_web_socket("**/stream?*", pass_on_once)
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    speed = page.locator("[data-part=speed]")
    expect(speed).to_contain_text("it/s")
    sockets[0].close(code=1001)
    expect(page.get_by_text("reconnecting…")).to_be_visible()
    expect(speed).to_have_text("–")
    expect(page.locator("[data-part=left]")).to_have_text("–")
