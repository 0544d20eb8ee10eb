"""Agents as plain subprocesses, without Dask: what they train is as if it were trained here."""

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.app.execution.remote_server import RemoteServer, remote_server
from tests.app.http_calls import start, wait_for
from tests.app.live_runs import (
    ENDLESS,
    ENDURING,
    act,
    assert_as_undisturbed,
    reference,
    run_of,
    until,
    wait_for_step,
)
from tests.conftest import ROOT, linked_home
from tests.idx_folders import write_folder

BRIEF: dict[str, Any] = ENDURING | {"epochs": 4}

PROGRAM = """
import json, sys
from pathlib import Path
from app.execution.agent import run
folder = Path(sys.argv[2])
run(json.loads(sys.argv[1]), folder, "agent", (folder / "closing").exists)
barred = {"fastapi", "starlette", "sqlalchemy", "pydantic", "distributed"} & sys.modules.keys()
assert not barred, barred
"""

StartAgent = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Path:
    return linked_home(tmp_path_factory.mktemp("remote") / "home", data_home)


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[RemoteServer]:
    with pytest.MonkeyPatch.context() as patch, remote_server(home, patch) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the agents, which share their data."""
    return tmp_path_factory.mktemp("agents")


@pytest.fixture
def start_agent(server: RemoteServer, folder: Path) -> Iterator[StartAgent]:
    agents = []

    def start_one(**spec: str) -> "subprocess.Popen[bytes]":
        text = json.dumps(server.spec() | spec)
        arguments = [sys.executable, "-c", PROGRAM, text, str(folder)]
        environment = os.environ | {"MALLOC_TRIM_THRESHOLD_": "65536"}
        agents.append(subprocess.Popen(arguments, cwd=ROOT, env=environment))
        return agents[-1]

    yield start_one
    for agent in agents:
        agent.kill()
        agent.wait()


def training_process(agent: "subprocess.Popen[bytes]") -> psutil.Process:
    children = until(lambda: psutil.Process(agent.pid).children())
    return children[0]


def runs_in(folder: Path) -> list[Path]:
    return list(folder.glob("run-*"))


@contextmanager
def losing_proxy(url: str, share: float) -> Iterator[str]:
    """A proxy that passes all requests on and loses a share of the responses."""
    chance = random.Random(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            names = ("authorization", "x-sha256")
            headers = {name: self.headers[name] for name in names if name in self.headers}
            response = httpx.request(self.command, url + self.path, content=body, headers=headers)
            if chance.random() < share:
                self.close_connection = True
                return
            self.send_response(response.status_code)
            if response.status_code != 204:
                self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_PUT = pass_on  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}"
        proxy.shutdown()


@pytest.mark.cluster
@pytest.mark.slow
def test_a_run_whose_agent_is_killed_paused_and_closed_ends_as_one_trained_here(
    server: RemoteServer, home: Path, data_home: Path, folder: Path, start_agent: StartAgent
) -> None:
    run_id = start(server.client, **ENDURING)["id"]
    agent = start_agent()
    wait_for_step(server.client, run_id, 250)
    child = training_process(agent)
    assert "MALLOC_TRIM_THRESHOLD_" not in child.environ()
    agent.kill()
    until(lambda: not child.is_running())
    left = runs_in(folder)
    assert left
    agent = start_agent()
    wait_for_step(server.client, run_id, 500)
    assert not set(left) & set(runs_in(folder))
    act(server.client, run_id, "pause")
    wait_for(server.client, run_id, "paused")
    assert agent.wait(20) == 0
    act(server.client, run_id, "resume")
    agent = start_agent()
    wait_for_step(server.client, run_id, 800)
    (folder / "closing").touch()
    assert agent.wait(20) == 0
    (folder / "closing").unlink()
    run = run_of(server.client, run_id)
    assert (run["status"], run["worker"]) == ("running", None)
    assert start_agent().wait(60) == 0
    wait_for(server.client, run_id, "finished")
    assert_as_undisturbed(server.client, home, run_id, reference(data_home, ENDURING))
    assert runs_in(folder) == []


@pytest.mark.cluster
@pytest.mark.slow
def test_a_training_process_that_is_killed_fails_its_run(
    server: RemoteServer, start_agent: StartAgent
) -> None:
    run_id = start(server.client, **ENDLESS)["id"]
    agent = start_agent()
    wait_for_step(server.client, run_id, 1)
    training_process(agent).kill()
    error = until(lambda: run_of(server.client, run_id)["error"])
    assert error["type"] == "worker_died"
    assert "signal 9" in error["message"]
    assert agent.wait(20) == 0


def test_two_agents_of_one_job_end_as_one_and_the_older_gives_up(
    server: RemoteServer, home: Path, data_home: Path, start_agent: StartAgent
) -> None:
    run_id = start(server.client, **BRIEF)["id"]
    older = start_agent()
    wait_for_step(server.client, run_id, 20)
    newer = start_agent()
    assert older.wait(20) == 0
    assert newer.wait(60) == 0
    wait_for(server.client, run_id, "finished")
    assert_as_undisturbed(server.client, home, run_id, reference(data_home, BRIEF))


@pytest.mark.cluster
@pytest.mark.slow
def test_a_run_ends_as_one_trained_here_although_a_fifth_of_the_responses_is_lost(
    server: RemoteServer, home: Path, data_home: Path, start_agent: StartAgent
) -> None:
    run_id = start(server.client, **BRIEF)["id"]
    with losing_proxy(server.url, 0.2) as url:
        start_agent(address=url)
        wait_for(server.client, run_id, "finished")
    assert_as_undisturbed(server.client, home, run_id, reference(data_home, BRIEF))


@pytest.mark.cluster
@pytest.mark.slow
def test_a_folder_of_the_user_is_prepared_here_and_fetched_by_the_agent(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "data" / "shapes")
    with remote_server(tmp_path / "home", monkeypatch, tmp_path / "data") as server:
        fields = {"dataset": "shapes", "hidden": [8], "batch_size": 10, "epochs": 2}
        run_id = start(server.client, **fields)["id"]
        spec = json.dumps(server.spec())
        arguments = [sys.executable, "-c", PROGRAM, spec, str(folder)]
        subprocess.run(arguments, cwd=ROOT, check=True, timeout=60)
        run = wait_for(server.client, run_id, "finished")
        assert run["dataset_sha256"]
        failures = server.client.get(f"/api/runs/{run_id}/failures")
        assert failures.status_code == 200
