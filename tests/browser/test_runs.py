from pathlib import Path

from playwright.sync_api import Browser, Route, expect

from app.runs.status import Status
from app.storage.store import Store
from tests.conftest import running_server
from trainer.config import Config

RUNS = 130


def test_the_newest_of_many_runs_are_shown_while_the_others_load(
    browser: Browser, tmp_path: Path
) -> None:
    store, config = Store(tmp_path), Config(epochs=1)
    for number in range(1, RUNS + 1):
        run_id = store.new_id()
        begin = {"start_step": 0, "start_epoch": 0, "resume_step": 0, "steps_total": 469}
        store.add(run_id, config, name=f"run {number}", **begin)
        store.update(run_id, status=Status.STOPPED)
    store.close()
    waiting: list[Route] = []
    with running_server(tmp_path) as server, browser.new_page() as page:
        page.route("**/api/runs?*", lambda route: waiting.append(route))
        page.goto(f"{server.url}/runs")
        table = page.get_by_role("table", name="Runs")
        expect(table).to_have_attribute("aria-rowcount", "101")
        expect(page.locator("tr[data-id]").first).to_contain_text(f"run {RUNS}")
        expect(page.get_by_text(f"{RUNS} runs, newest first")).to_be_visible()
        waiting.pop().continue_()
        expect(table).to_have_attribute("aria-rowcount", str(RUNS + 1))
        page.keyboard.press("End")
        expect(page.locator("tr[data-id]").last).to_contain_text("run 1")
