import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.charts import RAW, SMOOTHED, TRAINING
from tests.browser.servers import Server

# Long enough to be looked at; stopped by the server fixture.
LONG = {"train_limit": 2000, "batch_size": 16, "epochs": 400}


def last_step(page: Page) -> int:
    """The last iteration on the loss chart, 0 while nothing is drawn."""
    return int(page.evaluate(f"{SMOOTHED}?.x.at(-1) ?? 0"))


def wait_for_step(page: Page, step: int) -> None:
    page.wait_for_function(f"step => {SMOOTHED}?.x.at(-1) >= step", arg=step)


def test_one_click_starts_a_run_and_the_loss_chart_grows(page: Page, server: Server) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="Start training").click()
    wait_for_step(page, 1)
    before = last_step(page)
    wait_for_step(page, before + 200)
    # An epoch is complete, and it can be forked.
    expect(page.get_by_role("link", name="Fork…")).to_have_attribute("href", re.compile("fork="))
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
    assert page.evaluate(f"{RAW}.x[0]") == 1
    page.wait_for_function(f"() => String({TRAINING}?.x).startsWith('1,2,3')")


@pytest.mark.slow
def test_a_run_started_elsewhere_appears(page: Page, server: Server) -> None:
    page.goto(server.address)
    expect(page.get_by_role("status")).to_be_attached()
    server.start_run(name="from elsewhere", **LONG)
    expect(page.get_by_role("heading", name="from elsewhere")).to_be_visible()
    expect(page.get_by_role("link", name="Training: from elsewhere")).to_be_visible()


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_focus_moves_to_the_next_action_but_never_to_one_that_ends_the_run(
    page: Page, server: Server
) -> None:
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_role("button", name="Resume")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).not_to_be_focused()
    assert page.evaluate("document.activeElement.closest('run-actions') !== null")


@pytest.mark.slow
def test_a_late_response_to_pause_does_not_hide_what_the_stream_has_said(
    page: Page, server: Server
) -> None:
    run = server.start_run(name="long", **LONG)

    def respond_late(route: Route) -> None:
        response = route.fetch()
        server.wait_for(run["id"], lambda r: r["status"] == "paused")
        expect(page.get_by_role("button", name="Resume")).to_be_visible()
        route.fulfill(response=response)

    page.route("**/pause", respond_late)
    page.goto(server.address)
    with page.expect_response("**/pause"):
        page.get_by_role("button", name="Pause").click()
    page.evaluate(
        "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
    )
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()


def test_an_ended_run_says_what_it_reads_and_leads_on(
    page: Page, server: Server, finished_run: Any
) -> None:
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    verdict = page.get_by_role("status")
    expect(verdict).to_contain_text(re.compile(r"Reads \d+\.\d\s% of digits it has never seen"))
    expect(verdict.get_by_role("link", name=re.compile(r"the [\d,]+ digits"))).to_be_visible()
    verdict.get_by_role("link", name="draw one").click()
    expect(page.get_by_label("Drawing pad")).to_be_visible()


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_paused_run_is_shown_again_after_a_reload(page: Page, server: Server) -> None:
    server.start_run(name="long", **LONG)
    page.goto(server.address)
    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name="Resume")
    expect(resume).to_be_visible()
    page.reload()
    expect(resume).to_be_visible()


@pytest.mark.slow
def test_on_a_phone_a_link_to_a_fork_leads_to_its_form(
    phone: Page, server: Server, finished_run: Any
) -> None:
    phone.goto(f"{server.address}/?fork={finished_run['id']}")
    expect(phone.get_by_role("heading", name="Fork")).to_be_in_viewport()
    expect(phone.get_by_role("heading", name="short")).to_be_visible()
    phone.get_by_role("button", name="Start training").click()
    expect(phone.get_by_text("Goes on from epoch 3 of short")).to_be_in_viewport()


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["page", "phone"])
def test_nothing_moves_from_loading_to_the_end_of_a_started_run(
    request: pytest.FixtureRequest, server: Server, screen: str
) -> None:
    page: Page = request.getfixturevalue(screen)
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver((list) => {
            for (const { value, hadRecentInput } of list.getEntries()) {
                if (!hadRecentInput) window.shift += value;
            }
        }).observe({ type: "layout-shift", buffered: true });"""
    )
    page.goto(server.address)
    expect(page.locator("#estimate")).to_contain_text("9,380 iterations")
    expect(page.get_by_role("link", name="Run again", exact=True)).to_be_visible()
    page.get_by_label("Epochs", exact=True).fill("4")
    expect(page.locator("#estimate")).to_contain_text("1,876 iterations")
    page.get_by_role("button", name="Start training").click()
    expect(page.locator("[data-part=epoch]")).to_have_text("4 of 4")
    expect(page.get_by_role("link", name="Run again", exact=True)).to_be_visible()
    assert page.evaluate("window.shift") < 0.02
