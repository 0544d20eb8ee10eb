from typing import Any

import httpx

from tests.app.conftest import Trained
from tests.app.http_calls import start, wait_for
from tests.app.live_runs import ENDLESS, act, wait_for_step

QUICK: dict[str, Any] = {
    "dataset": "strokes", "train_limit": 1000, "batch_size": 50, "epochs": 2, "hidden": [20],
}  # fmt: skip


def findings(client: httpx.Client, run_id: str) -> dict[str, dict[str, Any]]:
    response = client.get(f"/api/runs/{run_id}/diagnosis")
    assert response.status_code == 200, response.text
    assert list(response.json()) == ["findings"]
    found: list[dict[str, Any]] = response.json()["findings"]
    for finding in found:
        assert list(finding) == ["kind", "tone", "text", "evidence", "changes", "action"]
        assert finding["tone"] in ("good", "warn", "bad")
        assert finding["text"].endswith(".")
        assert bool(finding["changes"]) == bool(finding["action"])
    return {finding["kind"]: finding for finding in found}


def test_a_run_that_diverged_is_told_a_rate_that_works(trained: Trained) -> None:
    settings = QUICK | {"hidden": [128] * 4, "learning_rate": 10}
    run = start(trained.client, **settings)["id"]
    failed = wait_for(trained.client, run, "failed")
    (finding,) = findings(trained.client, run).values()
    assert (finding["kind"], finding["tone"]) == ("diverged", "bad")
    assert finding["changes"] == {"learning_rate": 0.1}
    assert "try 0.1" in failed["error"]["message"]
    again = start(trained.client, **(settings | finding["changes"]))["id"]
    wait_for(trained.client, again, "finished")
    assert "diverged" not in findings(trained.client, again)


def test_a_finished_run_is_diagnosed_and_so_is_its_fork(trained: Trained) -> None:
    run = start(trained.client, **QUICK, learning_rate=0.0001)["id"]
    wait_for(trained.client, run, "finished")
    found = findings(trained.client, run)
    assert found["rate_too_low"]["action"].startswith("Run again with learning rate ")
    fork = act(trained.client, run, "fork", epoch=2, epochs=4)["id"]
    wait_for(trained.client, fork, "finished")
    assert "rate_too_low" in findings(trained.client, fork)
    steps = trained.client.get(f"/api/runs/{fork}/statistics").json()["rows"]
    assert [row["step"] for row in steps] == list(range(42, 81, 2))


def test_a_running_run_is_diagnosed(trained: Trained) -> None:
    run = start(trained.client, **(ENDLESS | {"learning_rate": 0.000001}))["id"]
    wait_for_step(trained.client, run, 120)
    assert "rate_too_low" in findings(trained.client, run)
    act(trained.client, run, "stop")
    wait_for(trained.client, run, "stopped")


def test_a_healthy_run_gets_no_alarm(trained: Trained) -> None:
    run = start(trained.client, **(QUICK | {"train_limit": 3000}))["id"]
    wait_for(trained.client, run, "finished")
    assert all(finding["tone"] == "good" for finding in findings(trained.client, run).values())


def test_an_unknown_run_is_404(trained: Trained) -> None:
    assert trained.client.get("/api/runs/unknown/diagnosis").status_code == 404
