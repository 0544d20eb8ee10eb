from typing import Any

import httpx

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


def test_a_run_that_diverged_is_told_a_rate_that_works(client: httpx.Client) -> None:
    settings = QUICK | {"hidden": [128] * 4, "learning_rate": 10}
    run = start(client, **settings)["id"]
    failed = wait_for(client, run, "failed")
    (finding,) = findings(client, run).values()
    assert (finding["kind"], finding["tone"]) == ("diverged", "bad")
    assert finding["changes"] == {"learning_rate": 0.1}
    assert "try 0.1" in failed["error"]["message"]
    again = start(client, **(settings | finding["changes"]))["id"]
    wait_for(client, again, "finished")
    assert "diverged" not in findings(client, again)


def test_a_finished_run_is_diagnosed_and_so_is_its_fork(client: httpx.Client) -> None:
    run = start(client, **QUICK, learning_rate=0.0001)["id"]
    wait_for(client, run, "finished")
    found = findings(client, run)
    assert found["rate_too_low"]["action"].startswith("Run again with learning rate ")
    fork = act(client, run, "fork", epoch=2, epochs=4)["id"]
    wait_for(client, fork, "finished")
    assert "rate_too_low" in findings(client, fork)
    steps = client.get(f"/api/runs/{fork}/statistics").json()["rows"]
    assert [row["step"] for row in steps] == list(range(42, 81, 2))


def test_a_running_run_is_diagnosed(client: httpx.Client) -> None:
    run = start(client, **(ENDLESS | {"learning_rate": 0.000001}))["id"]
    wait_for_step(client, run, 120)
    assert "rate_too_low" in findings(client, run)
    act(client, run, "stop")
    wait_for(client, run, "stopped")


def test_a_healthy_run_gets_no_alarm(client: httpx.Client) -> None:
    run = start(client, **(QUICK | {"train_limit": 3000}))["id"]
    wait_for(client, run, "finished")
    assert all(finding["tone"] == "good" for finding in findings(client, run).values())


def test_an_unknown_run_is_404(client: httpx.Client) -> None:
    assert client.get("/api/runs/unknown/diagnosis").status_code == 404
