"""The job protocol, spoken by the test in place of an agent."""

import asyncio
import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest

from app.execution.executor import Task
from app.execution.jobs import Jobs
from app.execution.messages import Message
from app.execution.wire import PROTOCOL, source_digest
from app.execution.worker import Job
from app.storage.files import RunFiles
from tests.app.execution.dask_cluster import worker_processes
from tests.app.execution.remote_server import RemoteServer, remote_server
from tests.app.http_calls import TINY, assert_error, start, wait_for
from tests.app.live_runs import act, losses_of, run_of, until
from tests.conftest import linked_home
from trainer.config import Config
from trainer.datasets import Library


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, data_home: Path) -> Iterator[RemoteServer]:
    home = linked_home(tmp_path_factory.mktemp("remote") / "home", data_home)
    with pytest.MonkeyPatch.context() as patch, remote_server(home, patch) as server:
        yield server


@dataclass
class PlayedAgent:
    """An agent that sends what the test says."""

    client: httpx.Client
    job: str
    headers: dict[str, str]
    attempt: int = 0

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return self.client.request(
            method, f"/api/jobs/{self.job}{path}", headers=headers, **options
        )

    def hello(self, **changes: Any) -> httpx.Response:
        body = {"protocol": PROTOCOL, "source": source_digest(), "worker": "first"} | changes
        response = self.request("POST", "/hello", json=body)
        if response.status_code == 200:
            self.attempt = response.json().get("attempt", self.attempt)
        return response

    def report(self, *reports: dict[str, Any]) -> httpx.Response:
        return self.request("POST", f"/{self.attempt}/reports", json={"reports": reports})

    def put(self, name: str, content: bytes, sha256: str | None = None) -> httpx.Response:
        sha256 = sha256 or hashlib.sha256(content).hexdigest()
        path = f"/{self.attempt}/files/{name}"
        return self.request("PUT", path, content=content, headers={"x-sha256": sha256})


@pytest.fixture
def run_id(server: RemoteServer) -> Iterator[str]:
    run_id = start(server.client, **TINY)["id"]
    yield run_id
    if run_of(server.client, run_id)["active"]:
        act(server.client, run_id, "stop")
        server.submission().kill()


def play(server: RemoteServer) -> PlayedAgent:
    """An agent of the newest submission."""
    spec = server.spec()
    return PlayedAgent(server.client, spec["job"], {"authorization": f"Bearer {spec['token']}"})


@pytest.fixture
def agent(server: RemoteServer, run_id: str) -> PlayedAgent:
    return play(server)


def losses(after_step: int, *values: float) -> dict[str, Any]:
    encoded = base64.b64encode(np.array(values).tobytes()).decode()
    place = {"kind": "losses", "after_step": after_step}
    return {**place, "values": encoded, "trained_s": 0.5, "statistics": []}


def resume_point(step: int) -> dict[str, Any]:
    return {"kind": "resume_point_saved", "after_step": step, "step": step, "trained_s": 0.5}


def ended(outcome: str) -> dict[str, Any]:
    return {"kind": "ended", "after_step": 0, "outcome": outcome, "message": "a reason"}


def test_a_run_waits_for_its_worker_and_shows_which_one_trains_it(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    waiting = run_of(server.client, run_id)
    assert (waiting["status"], waiting["where"], waiting["worker"]) == ("queued", "dask", None)
    work = agent.hello().json()
    assert (work["config"]["epochs"], work["resume_step"], work["start"]) == (2, 0, None)
    run = run_of(server.client, run_id)
    assert (run["status"], run["worker"]) == ("running", "first")
    for name, sha256 in work["data"]["files"].items():
        content = agent.request("GET", f"/1/data/{name}").content
        assert hashlib.sha256(content).hexdigest() == sha256
    for path in ("/1/data/nothing", "/1/start"):
        assert_error(agent.request("GET", path), 404, "not_found")


def test_a_run_that_waits_for_a_worker_can_be_stopped_at_once(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    act(server.client, run_id, "stop")
    assert run_of(server.client, run_id)["status"] == "stopped"
    assert_error(agent.hello(), 410, "gone")


def test_losses_sent_twice_count_once_and_a_gap_is_an_error(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    for _ in range(2):
        assert agent.report(losses(0, 3.0, 2.0)).json() == {"ask": None}
    assert agent.report(losses(1, 2.0, 1.0)).status_code == 200
    assert losses_of(server.client, run_id).tolist() == [3.0, 2.0, 1.0]
    body = assert_error(agent.report(losses(4, 1.0)), 409, "conflict")
    assert "after step 3" in body["error"]["message"]


def test_the_newest_attempt_continues_from_the_resume_point_and_shuts_out_the_older(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    agent.report(losses(0, 3.0, 2.0))
    assert_error(agent.report(resume_point(2)), 409, "conflict")  # its file comes first
    for _ in range(2):
        assert agent.put("resume-2.npz", b"a checkpoint").status_code == 204
        assert agent.report(resume_point(2), losses(2, 1.0)).status_code == 200
    other = PlayedAgent(agent.client, agent.job, agent.headers)
    work = other.hello(worker="second").json()
    assert (work["attempt"], work["resume_step"], work["start"]["name"]) == (2, 2, "resume-2.npz")
    assert other.request("GET", "/2/start").content == b"a checkpoint"
    assert losses_of(server.client, run_id).tolist() == [3.0, 2.0]
    late = agent.report(losses(3, 9.0)), agent.report(), agent.put("resume-3.npz", b"late")
    for response in late:
        assert_error(response, 410, "gone")
    assert run_of(server.client, run_id)["worker"] == "second"
    assert losses_of(server.client, run_id).tolist() == [3.0, 2.0]


def test_a_worker_that_ends_by_itself_leaves_its_run_to_the_next_one(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    agent.report(losses(0, 3.0), ended("asked"))
    run = run_of(server.client, run_id)
    assert (run["status"], run["worker"]) == ("running", None)
    assert agent.hello(worker="second").status_code == 200
    assert run_of(server.client, run_id)["worker"] == "second"


def test_a_pause_reaches_the_worker_with_the_next_response(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    act(server.client, run_id, "pause")
    assert agent.report().json() == {"ask": "end"}
    agent.report(ended("asked"))
    wait_for(server.client, run_id, "paused")
    assert_error(agent.report(), 410, "gone")
    assert_error(agent.hello(), 410, "gone")


def test_a_task_that_runs_again_after_its_run_has_finished_is_told_that_it_is_over(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    agent.report(ended("finished"))
    wait_for(server.client, run_id, "finished")
    # Dask repeats a task whose worker died with the result.
    assert_error(agent.hello(), 410, "gone")
    assert run_of(server.client, run_id)["status"] == "finished"


def test_a_training_process_that_dies_fails_the_run_with_the_reason(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    agent.hello()
    agent.report({"kind": "exited", "after_step": 0, "reason": "ended by signal 9"})
    error = run_of(server.client, run_id)["error"]
    assert error == {"type": "worker_died", "message": "ended by signal 9"}


def test_files_with_another_name_checksum_or_size_are_rejected(
    server: RemoteServer, agent: PlayedAgent
) -> None:
    agent.hello()
    for name in ("losses.f64", "run.json", "..%2Fepoch-0001.npz", "epoch-1.npz", ".resume-1.npz"):
        assert agent.put(name, b"content").status_code in (404, 422), name
    assert_error(agent.put("epoch-0001.npz", b"content", "0" * 64), 422, "invalid")
    assert_error(agent.put("epoch-0001.npz", bytes(5_000_000)), 413, "too_large")
    folder = server.executor.jobs.find(agent.job, agent.headers["authorization"][7:])
    names = [path.name for path in folder.job(agent.attempt).files.folder.iterdir()]
    assert [name for name in names if "npz" in name] == []


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b'{"reports": [{"kind": "unknown", "after_step": 0}]}',
        b'{"reports": [{"kind": "losses", "after_step": 0, "values": "AAAA", "trained_s": 1, '
        b'"statistics": []}]}',
        b'{"reports": [{"kind": "resume_point_saved", "after_step": 0, "step": 1, '
        b'"trained_s": NaN}]}',
    ],
)
def test_a_report_that_is_not_valid_is_rejected(agent: PlayedAgent, body: bytes) -> None:
    agent.hello()
    assert_error(agent.request("POST", f"/{agent.attempt}/reports", content=body), 422, "invalid")


def test_only_the_jobs_own_token_is_accepted(server: RemoteServer, agent: PlayedAgent) -> None:
    agent.headers = {"authorization": "Bearer wrong"}
    assert_error(agent.hello(), 401, "unauthorized")
    agent.headers = {}
    assert_error(agent.hello(), 401, "unauthorized")
    agent.job = "unknown"
    assert_error(agent.hello(), 410, "gone")


def test_a_worker_with_another_program_is_told_in_words_and_fails_the_run(
    server: RemoteServer, agent: PlayedAgent, run_id: str
) -> None:
    body = assert_error(agent.hello(source="0" * 64), 409, "conflict")
    assert "same program as the server" in body["error"]["message"]
    error = run_of(server.client, run_id)["error"]
    assert error["type"] == "version"
    assert "worker first" in error["message"]


def test_a_run_whose_data_cannot_be_prepared_because_the_process_dies_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with remote_server(tmp_path / "home", monkeypatch) as server:
        run_id = start(server.client, **TINY)["id"]
        assert play(server).hello().json() == {"wait": True}
        (process,) = until(lambda: worker_processes(psutil.Process()))
        process.kill()
        error = until(lambda: run_of(server.client, run_id)["error"])
        assert error["message"] == "The process that prepared the data has died."


class UnplacedTask(Task):
    """A task whose worker may begin at any time."""

    run_id = "run"

    def begin(self, worker: str | None) -> Job:
        folder = Path("unused")
        return Job(Config(), RunFiles(folder, Config()), Library(folder), None, 0, None)

    def wait(self) -> None:
        pass

    def receive(self, message: Message) -> None:
        pass

    def exited(self, reason: str) -> None:
        pass


@pytest.mark.anyio
async def test_workers_that_say_hello_in_any_order_begin_in_the_order_of_the_queue() -> None:
    jobs, begun = Jobs(), []
    submissions = [jobs.submit(UnplacedTask()) for _ in range(4)]

    async def say_hello(number: int) -> None:
        await jobs.turn(submissions[number])
        submissions[number].begin("worker")
        begun.append(number)

    submissions[1].kill()  # a task that is over keeps nobody waiting
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for number in (3, 2, 0):
            group.create_task(say_hello(number))
    assert begun == [0, 2, 3]


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_task_whose_worker_does_not_come_delays_the_later_ones_only_once() -> None:
    jobs = Jobs()
    _, second, third = (jobs.submit(UnplacedTask()) for _ in range(3))
    async with asyncio.timeout(20):
        await jobs.turn(second)
    second.begin("worker")
    turn = asyncio.ensure_future(jobs.turn(third))
    await asyncio.sleep(0)
    assert turn.done()
