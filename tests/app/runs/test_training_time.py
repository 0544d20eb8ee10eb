"""Training time of a run, and what is cut back when its process is killed."""

import json
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.app.http_calls import start, wait_for
from tests.app.live_runs import (
    ENDLESS,
    ENDURING,
    act,
    losses_of,
    run_of,
    until,
    wait_for_step,
    wait_until_stopped,
    workers,
)
from tests.conftest import Server, running_server


@pytest.mark.slow
def test_time_in_the_queue_or_paused_is_no_training_time(client: httpx.Client) -> None:
    run_id = start(client, **ENDURING)["id"]
    wait_for_step(client, run_id, 30)
    seen = run_of(client, run_id)["seconds"]
    act(client, run_id, "pause")
    paused = wait_for(client, run_id, "paused")["seconds"]
    assert 0 < seen <= paused
    other = start(client, **ENDLESS)["id"]
    act(client, run_id, "resume")
    wait_for_step(client, other, 30)
    assert run_of(client, run_id)["seconds"] == paused  # queued meanwhile
    act(client, other, "stop")
    finished = wait_for(client, run_id, "finished")
    rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
    assert finished["seconds"] > paused
    assert finished["seconds"] >= sum(row["seconds"] for row in rows)
    best = max(rows, key=lambda row: row["test_accuracy"])
    assert finished["best_epoch"] == best["epoch"]
    assert finished["best_test_accuracy"] == best["test_accuracy"]
    client.delete(f"/api/runs/{other}")


def test_after_a_kill_step_and_time_are_those_of_the_resume_point_everywhere(
    server: Server, client: httpx.Client
) -> None:
    run_id = start(client, **ENDLESS)["id"]
    seen = wait_for_step(client, run_id, 230)
    with connect(f"{server.url.replace('http', 'ws', 1)}/api/runs/stream", max_size=None) as every:
        workers(server)[0].kill()
        failed = until(lambda: run_of(client, run_id)["error"] and run_of(client, run_id))
        while (frame := json.loads(every.recv(timeout=30))).get("run", {}).get("error") is None:
            pass
    rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
    assert failed["step"] >= rows[-1]["step"]
    assert failed["step"] == len(losses_of(client, run_id))
    assert failed["seconds"] >= sum(row["seconds"] for row in rows)
    assert frame["run"] == failed
    act(client, run_id, "resume")
    again = wait_for_step(client, run_id, failed["step"] + 1)
    assert again["seconds"] >= failed["seconds"]
    wait_for_step(client, run_id, seen["step"] + 1)
    act(client, run_id, "stop")
    wait_until_stopped(client, run_id)


@pytest.mark.slow
def test_after_the_server_is_killed_step_and_time_are_those_of_the_resume_point(
    home: Path,
) -> None:
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDLESS)["id"]
        wait_for_step(client, run_id, 130)
        server.process.kill()
    with running_server(home) as server, server.client() as client:
        run = run_of(client, run_id)
        rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
        assert run["status"] == "interrupted"
        assert run["step"] == len(losses_of(client, run_id)) >= rows[-1]["step"]
        assert run["seconds"] >= sum(row["seconds"] for row in rows)
        assert f"{run['step']:,}" in run["error"]["message"]


def test_the_time_of_a_run_that_diverged_counts_to_its_last_step(client: httpx.Client) -> None:
    fields = {"dataset": "strokes", "hidden": [128] * 4, "learning_rate": 10}
    run_id = start(client, **fields)["id"]
    run = until(lambda: run_of(client, run_id)["error"] and run_of(client, run_id))
    assert run["error"]["type"] == "diverged"
    assert run["seconds"] > 0
