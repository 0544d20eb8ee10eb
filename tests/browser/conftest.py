import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Route,
    WebSocketRoute,
    expect,
    sync_playwright,
)

from tests.browser.charts import wait_for_charts
from tests.browser.chromium import ARGUMENTS, is_required
from tests.browser.install import find_chromium
from tests.browser.servers import Server
from tests.conftest import LEFT_OUT, linked_home, running_server

TIMEOUT_MS = 10_000
NO_SERVER = "http://blank.test/"
ANY_SERVER = "http://127.0.0.1/"
BLANK = "<!doctype html><title>Blank</title>"
STATIC = Path(__file__).parents[2] / "static"

expect.set_options(timeout=TIMEOUT_MS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.path.is_relative_to(config.rootpath / "tests/browser")]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    if ours and find_chromium() is None and not is_required():
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]
        config.stash.setdefault(LEFT_OUT, []).append("browser tests: no Chromium found")


# Playwright keeps an event loop running for as long as it lives: it goes with the last test here.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    assert path, "expected an installed Chromium or Chrome; found none"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def shared_server(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[Server]:
    home = linked_home(tmp_path_factory.mktemp("shared") / "home", data_home)
    with running_server(home) as process:
        server = Server(process.url)
        yield server
        server.close()


@pytest.fixture(scope="package")
def finished_run(shared_server: Server) -> Any:
    """A short run with three epochs, for the pages that look at a trained network."""
    run = shared_server.start_run(name="short", train_limit=3000, batch_size=32, epochs=3)
    return shared_server.wait_for(run["id"], lambda r: r["status"] == "finished")


@pytest.fixture
def server(shared_server: Server, finished_run: Any) -> Server:
    """A server with a finished run and no other.

    What the test before left goes now, when its page is closed, and not under that page's eyes.
    """
    shared_server.delete_all_but(finished_run["id"])
    return shared_server


@pytest.fixture(scope="package")
def empty_server(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[Server]:
    """A server on which nothing was ever started."""
    home = linked_home(tmp_path_factory.mktemp("empty") / "home", data_home)
    with running_server(home) as process:
        server = Server(process.url)
        yield server
        server.close()


@dataclass
class Problems:
    """Errors of a page, without those that the test declared as expected."""

    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, part: str) -> None:
        """Let problems pass that have these words in them."""
        self.expected.append(part)

    @contextmanager
    def watching(self, page: Page) -> Iterator[None]:
        """Note every uncaught error and console error; Chromium logs failed requests there, too.

        Events of each request would cost more processor time than the page itself.
        """
        page.on("console", self._logged)
        page.on("pageerror", self._thrown)
        yield
        page.remove_listener("console", self._logged)
        page.remove_listener("pageerror", self._thrown)

    def _thrown(self, error: Error) -> None:
        self.seen.append(f"uncaught: {error}")

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} {message.location.get('url', '')}")

    def unexpected(self) -> list[str]:
        """The problems that no test expected."""
        return [p for p in self.seen if not any(part in p for part in self.expected)]


@pytest.fixture
def problems() -> Iterator[Problems]:
    problems = Problems()
    yield problems
    assert problems.unexpected() == []


def _context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(TIMEOUT_MS)
    # A violated policy is told on the console too, but not always before a short test ends.
    context.add_init_script(
        "addEventListener('securitypolicyviolation', (event) =>"
        " console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"
    )
    return context


def _keep_process(context: BrowserContext) -> None:
    """Open a tab that keeps the process of the site alive between two tests."""
    page = context.new_page()
    page.route(ANY_SERVER, lambda route: route.fulfill(body=BLANK, content_type="text/html"))
    page.goto(ANY_SERVER)


# Contexts are shared, because each new one parses the chart library anew.
@pytest.fixture(scope="package")
def window(browser: Browser) -> Iterator[BrowserContext]:
    context = _context(browser, viewport={"width": 1280, "height": 860})
    _keep_process(context)
    yield context
    context.close()


@pytest.fixture(scope="package")
def touch_screen(browser: Browser) -> Iterator[BrowserContext]:
    size = {"width": 390, "height": 700}
    context = _context(browser, viewport=size, has_touch=True, is_mobile=True)
    _keep_process(context)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext, problems: Problems) -> Iterator[Page]:
    """A page in a wide window that fails its test on anything that goes wrong in it."""
    with window.new_page() as page, problems.watching(page):
        yield page


@pytest.fixture
def phone(touch_screen: BrowserContext, problems: Problems) -> Iterator[Page]:
    """The same on a phone, with fingers."""
    with touch_screen.new_page() as page, problems.watching(page):
        yield page


@pytest.fixture
def page_with_clock(browser: Browser, problems: Problems) -> Iterator[Page]:
    """A page whose time the test moves; the clock of a page is that of its whole context."""
    context = _context(browser)
    with context.new_page() as page, problems.watching(page):
        page.clock.install()
        yield page
    context.close()


@pytest.fixture(scope="package")
def blank_page(browser: Browser) -> Iterator[Page]:
    """A page without a server that can import the modules of ``static/``."""
    context = _context(browser)
    context.route(f"{NO_SERVER}**", lambda route: route.fulfill(status=404))
    context.route(NO_SERVER, lambda route: route.fulfill(body=BLANK, content_type="text/html"))
    context.route(f"{NO_SERVER}static/**", _fulfill_static)
    yield context.new_page()
    context.close()


@pytest.fixture
def blank(blank_page: Page, problems: Problems) -> Iterator[Page]:
    """The page without a server, loaded anew for each test, because a new page costs more."""
    with problems.watching(blank_page):
        blank_page.goto(NO_SERVER)
        yield blank_page
    blank_page.unroute_all()


def _fulfill_static(route: Route) -> None:
    route.fulfill(path=STATIC / route.request.url.split("/static/")[1])


@pytest.fixture
def charts(page: Page, server: Server, finished_run: Any) -> Iterator[Page]:
    """The page of the finished run, with its charts drawn."""
    page.goto(f"{server.address}/runs/{finished_run['id']}")
    wait_for_charts(page)
    yield page
    page.evaluate("localStorage.clear()")


@pytest.fixture
def stream(page: Page, server: Server, finished_run: Any) -> Callable[..., WebSocketRoute]:
    """A function that opens the page of a run that trains, and returns its stream."""

    def open_page(**changes: Any) -> WebSocketRoute:
        active = {"status": "running", "active": True, "step": 0, "epoch": 0, "actions": ["stop"]}
        run = {**finished_run, **active, "seconds": 0.0, "best_epoch": None, **changes}
        opened: list[WebSocketRoute] = []

        def greet(socket: WebSocketRoute) -> None:
            opened.append(socket)
            socket.send(json.dumps({"type": "run", "run": run, "epochs": []}))

        page.route_web_socket(re.compile("/stream.after_step"), greet)
        # The list of runs would tell the page that the run is over, before its stream or after.
        page.route_web_socket(re.compile("/api/runs/stream$"), lambda _: None)
        page.route(f"**/api/runs/{run['id']}", lambda route: route.fulfill(json=run))
        page.goto(f"{server.address}/runs/{run['id']}")
        expect(page.get_by_text("Training", exact=True)).to_be_visible()
        deadline = monotonic() + TIMEOUT_MS / 1000
        while not opened and monotonic() < deadline:  # the run may be shown before its stream
            page.wait_for_timeout(20)
        return opened[0]

    return open_page
