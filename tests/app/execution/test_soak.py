"""An hour's work, compressed."""

import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.app.http_calls import start, wait_for
from tests.app.live_runs import (
    ENDURING,
    Viewer,
    act,
    assert_as_undisturbed,
    reference,
    until,
    wait_for_step,
    workers,
)
from tests.conftest import Server, command_server, running_server

SHORT = {"dataset": "strokes", "hidden": [8], "train_limit": 500, "epochs": 2}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_runs_one_after_another_leave_nothing_behind(home: Path) -> None:
    with command_server(home) as server, server.client() as client:
        process = psutil.Process(server.process.pid)
        memory, handles, threads = {}, {}, {}
        for number in range(1, 51):
            run_id = start(client, **SHORT, seed=number)["id"]
            viewer = Viewer()
            viewer.watch(server, run_id)
            wait_for(client, run_id, "finished")
            assert viewer.code == 1000
            assert client.get(f"/api/runs/{run_id}/failures").status_code == 200
            assert len(client.get("/api/runs").json()["runs"]) == number
            until(lambda: not workers(server))
            memory[number] = process.memory_info().rss
            handles[number], threads[number] = process.num_fds(), process.num_threads()
        assert memory[50] <= 1.1 * memory[5]
        assert handles[50] <= max(handles[n] for n in range(1, 6))
        assert threads[50] <= max(40, *(threads[n] for n in range(1, 6)))
        assert memory[50] <= 200_000_000


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_runs_that_are_stopped_killed_and_deleted_leave_nothing_behind(home: Path) -> None:
    endless = SHORT | {"epochs": 1000}
    with running_server(home, DIGITSCOPE_ACTIVE_RUNS="2") as server, server.client() as client:
        process = psutil.Process(server.process.pid)
        handles: list[int] = []
        for _ in range(15):
            killed, stopped, queued = (start(client, **endless)["id"] for _ in range(3))
            for run_id in (killed, stopped):
                wait_for_step(client, run_id, 1)
            os.kill(workers(server)[0].pid, signal.SIGKILL)
            until(lambda: client.get(f"/api/runs/{killed}").json()["status"] == "failed")  # noqa: B023
            for run_id in (stopped, queued):
                act(client, run_id, "stop")
            until(lambda: not workers(server))
            for run_id in (killed, stopped, queued):
                until(lambda: client.delete(f"/api/runs/{run_id}").status_code == 204)  # noqa: B023
            handles.append(process.num_fds())
        assert handles[-1] <= max(handles[:3])
        assert list((home / "runs").iterdir()) == []


FOUGHT_OVER: dict[str, Any] = ENDURING | {"epochs": 4}
FIGHT_S = 20


def runs_of(client: httpx.Client) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = client.get("/api/runs").json()["runs"]
    return runs


def meddle(server: Server, chance: random.Random, responses: list[int]) -> None:
    """Ask for anything at any time, and now and then kill a worker."""
    deadline = time.monotonic() + FIGHT_S
    with server.client() as client:
        while time.monotonic() < deadline:
            runs = runs_of(client)
            action = chance.choice(["start", "pause", "resume", "stop", "delete", "fork", "kill"])
            if action in ("start", "fork") and len(runs) > 10:
                continue
            run = chance.choice(runs) if runs else {"id": "nobody", "epoch": 0}
            address = f"/api/runs/{run['id']}"
            if action == "kill":
                for worker in workers(server)[: chance.randrange(2)]:
                    worker.kill()
                continue
            if action == "start":
                response = client.post("/api/runs", json=FOUGHT_OVER)
            elif action == "delete":
                response = client.delete(address)
            else:
                body = {"epoch": run["epoch"]} if action == "fork" else None
                response = client.post(f"{address}/{action}", json=body)
            responses.append(response.status_code)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_runs_that_many_meddle_with_at_once_all_end_as_undisturbed_ones(
    home: Path, data_home: Path
) -> None:
    with running_server(home, DIGITSCOPE_ACTIVE_RUNS="2") as server, server.client() as client:
        responses: list[int] = []
        people = [
            threading.Thread(target=meddle, args=(server, random.Random(seed), responses))
            for seed in range(5)
        ]
        for person in people:
            person.start()
        for person in people:
            person.join()
        assert set(responses) <= {201, 202, 204, 404, 409, 422}

        def all_finished() -> bool:
            for run in runs_of(client):
                if run["resumable"]:
                    client.post(f"/api/runs/{run['id']}/resume")
            return all(run["status"] == "finished" for run in runs_of(client))

        until(all_finished, 300)
        expected = reference(data_home, FOUGHT_OVER)
        for run in runs_of(client):
            first_epoch = run["parent"]["epoch"] + 1 if run["parent"] else 1
            assert_as_undisturbed(client, home, run["id"], expected, first_epoch)
