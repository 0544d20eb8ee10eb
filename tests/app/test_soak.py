"""An hour's work, compressed."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.app.asking import start, wait_for
from tests.app.living import Viewer, ask, until, wait_for_step, workers
from tests.conftest import running_server

SHORT = {"dataset": "strokes", "hidden": [8], "train_limit": 500, "epochs": 2}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_fifty_runs_one_after_another_leave_nothing_behind(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
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
                ask(client, run_id, "stop")
            until(lambda: not workers(server))
            for run_id in (killed, stopped, queued):
                until(lambda: client.delete(f"/api/runs/{run_id}").status_code == 204)  # noqa: B023
            handles.append(process.num_fds())
        assert handles[-1] <= max(handles[:3])
        assert list((home / "runs").iterdir()) == []
