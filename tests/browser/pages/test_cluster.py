"""Pages of a server that trains on a real cluster."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.app.execution.dask_cluster import dask_cluster
from tests.app.http_calls import start
from tests.app.live_runs import ENDLESS
from tests.browser.axe import violations
from tests.conftest import running_server

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
WAIT_MS = 60_000


def test_pages_say_where_a_run_trains_and_what_each_worker_does(
    page: Page, home: Path, tmp_path: Path
) -> None:
    with (
        dask_cluster(tmp_path) as cluster,
        running_server(home, "--cluster", cluster.address) as server,
        server.client() as client,
    ):
        run = start(client, name="endless", **ENDLESS)
        page.goto(f"{server.url}/runs/{run['id']}")
        expect(page.get_by_text("Waiting for a worker of the cluster.")).to_be_visible()
        expect(page.get_by_role("link", name="The cluster has no workers")).to_be_visible()
        cluster.add_worker("one")
        words = page.get_by_text("Trains on worker one of the cluster.")
        expect(words).to_be_visible(timeout=WAIT_MS)
        page.goto(f"{server.url}/runs")
        page.get_by_role("link", name="1 worker, 1 run at once").click()
        row = page.get_by_role("row", name="one")
        expect(row.get_by_role("link", name="endless")).to_be_visible(timeout=WAIT_MS)
        assert violations(page) == []
        client.post(f"/api/runs/{run['id']}/stop")
        expect(row.get_by_text("nothing")).to_be_visible(timeout=WAIT_MS)
        page.goto("about:blank")  # before the server ends
