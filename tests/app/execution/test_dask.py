"""Runs on a real cluster: whatever happens to it, they end as if they were trained here."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.app.execution.dask_cluster import Cluster, dask_cluster, training_processes
from tests.app.http_calls import TINY, start, wait_for
from tests.app.live_runs import (
    ENDURING,
    Viewer,
    act,
    assert_as_undisturbed,
    reference,
    run_of,
    until,
    wait_for_step,
)
from tests.conftest import ROOT, Server, running_server

pytestmark = pytest.mark.cluster

# A worker takes seconds to start, and many on a busy machine.
WAIT_S = 100.0
# Trains long enough for several faults.
LONG: dict[str, Any] = ENDURING | {
    "hidden": [64], "train_limit": 4000, "batch_size": 40, "epochs": 36,
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def server(cluster: Cluster, shared_home: Path) -> Iterator[Server]:
    with running_server(shared_home, "--cluster", cluster.address) as server:
        yield server


@pytest.fixture
def workers(cluster: Cluster) -> Cluster:
    """The cluster with two workers, which may die."""
    for name in {"one", "two"} - cluster.workers.keys():
        cluster.add_worker(name)
    return cluster


def trains_on(client: httpx.Client, run_id: str, *, but_not_on: str = "") -> str:
    """Wait until a worker trains a run, and return its name."""

    def worker() -> str | None:
        name: str | None = run_of(client, run_id)["worker"]
        return name if name != but_not_on else None

    return until(worker, WAIT_S)


def finish(client: httpx.Client, home: Path, run_id: str, fields: dict[str, Any]) -> None:
    """Wait for the end of a run, and compare it with a training in this process."""
    until(lambda: run_of(client, run_id)["status"] not in ("queued", "running"), WAIT_S)
    wait_for(client, run_id, "finished")
    assert_as_undisturbed(client, home, run_id, reference(home, fields))


def test_a_run_waits_for_a_worker_and_ends_as_one_trained_here(
    cluster: Cluster, client: httpx.Client, shared_home: Path
) -> None:
    stopped, run_id = (start(client, **TINY)["id"] for _ in range(2))
    waiting = run_of(client, stopped)
    assert (waiting["status"], waiting["where"], waiting["worker"]) == ("queued", "dask", None)
    act(client, stopped, "stop")
    assert run_of(client, stopped)["status"] == "stopped"
    assert client.get("/api/cluster").json()["workers"] == []
    cluster.add_worker("one")
    assert trains_on(client, run_id) == "one"
    (worker,) = until(lambda: client.get("/api/cluster").json()["workers"])
    assert (worker["name"], worker["threads"]) == ("one", 1)
    finish(client, shared_home, run_id, TINY)


@pytest.mark.slow
def test_a_run_outlives_its_worker_a_retired_one_and_a_pause(
    workers: Cluster, server: Server, client: httpx.Client, shared_home: Path
) -> None:
    from distributed import Client  # takes long, in each process that collects tests

    fields = LONG | {"epochs": 80}  # a worker has to arrive and to retire meanwhile
    run_id = start(client, **fields)["id"]
    viewer = Viewer()
    watching = viewer.start(server, run_id)
    wait_for_step(client, run_id, 400)
    first = trains_on(client, run_id)
    workers.kill_worker(first)
    second = trains_on(client, run_id, but_not_on=first)
    workers.add_worker("third")
    wait_for_step(client, run_id, 900)
    with Client(workers.address, set_as_default=False) as dask:  # type: ignore[no-untyped-call]
        until(lambda: len(dask.scheduler_info()["workers"]) == 2)
        dask.retire_workers(names=[second])
    workers.workers.pop(second).wait(30)
    assert trains_on(client, run_id, but_not_on=second) == "third"
    act(client, run_id, "pause")
    wait_for(client, run_id, "paused")
    act(client, run_id, "resume")
    finish(client, shared_home, run_id, fields)
    watching.join(30)
    assert viewer.code == 1000
    assert list(viewer.losses) == list(range(1, 8001))  # each once, in order


@pytest.mark.slow
def test_two_runs_outlive_three_killed_workers(
    workers: Cluster, client: httpx.Client, shared_home: Path
) -> None:
    fields = [LONG | {"seed": seed} for seed in range(2)]
    runs = [start(client, **values)["id"] for values in fields]
    for kill in range(3):
        victim = runs[kill % 2]
        step = wait_for_step(client, victim, 400 * (kill + 1))["step"]
        workers.kill_worker(trains_on(client, victim))
        workers.add_worker(f"replacement-{kill}")
        wait_for_step(client, victim, step + 100)
    for run_id, values in zip(runs, fields, strict=True):
        finish(client, shared_home, run_id, values)


@pytest.mark.slow
def test_a_run_outlives_more_workers_than_dask_lets_a_task_lose(
    workers: Cluster, client: httpx.Client, shared_home: Path
) -> None:
    run_id = start(client, **LONG)["id"]
    for kill in range(5):  # after the fourth, Dask runs the task no more: it is submitted anew
        wait_for_step(client, run_id, 300 * (kill + 1))
        workers.kill_worker(trains_on(client, run_id))
        workers.add_worker(f"successor-{kill}")
    finish(client, shared_home, run_id, LONG)


@pytest.mark.slow
@pytest.mark.parametrize("until_the_client_is_closed", [False, True])
def test_a_run_outlives_the_scheduler(
    workers: Cluster, client: httpx.Client, shared_home: Path, until_the_client_is_closed: bool
) -> None:
    run_id = start(client, **LONG)["id"]
    wait_for_step(client, run_id, 500)
    before = trains_on(client, run_id)
    workers.kill_scheduler()
    if until_the_client_is_closed:
        until(lambda: client.get("/api/cluster").json()["trouble"], WAIT_S)
    workers.start_scheduler()
    workers.add_worker(f"after-{before}")
    assert trains_on(client, run_id, but_not_on=before)
    finish(client, shared_home, run_id, LONG)


@pytest.mark.slow
def test_a_killed_training_process_fails_its_run_as_it_does_here(
    workers: Cluster, client: httpx.Client, shared_home: Path
) -> None:
    run_id = start(client, **LONG)["id"]
    wait_for_step(client, run_id, 500)
    (process,) = training_processes(workers, trains_on(client, run_id))
    assert "MALLOC_TRIM_THRESHOLD_" not in process.environ()
    process.kill()
    error = until(lambda: run_of(client, run_id)["error"])
    assert error["type"] == "worker_died"
    act(client, run_id, "resume")
    finish(client, shared_home, run_id, LONG)


@pytest.mark.slow
def test_a_run_outlives_the_server(workers: Cluster, home: Path) -> None:
    run_id, step = "", 500
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with (
            running_server(home, "--cluster", workers.address) as server,
            server.client() as client,
        ):
            if run_id:
                act(client, run_id, "resume")
            else:
                run_id = start(client, **LONG)["id"]
            wait_for_step(client, run_id, step)
            (process,) = training_processes(workers, trains_on(client, run_id))
            server.stop(sign)
        step = 1000
    with (
        running_server(home, "--cluster", workers.address) as server,
        server.client() as client,
    ):
        run = run_of(client, run_id)
        assert (run["status"], run["step"] >= 500) == ("interrupted", True)
        until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 40)
        act(client, run_id, "resume")
        finish(client, home, run_id, LONG)


@pytest.mark.slow
def test_of_many_queued_runs_none_is_lost_and_each_starts_in_its_turn(
    workers: Cluster, client: httpx.Client
) -> None:
    runs = [start(client, **TINY)["id"] for _ in range(40)]
    until(lambda: all(run_of(client, run_id)["status"] == "finished" for run_id in runs), WAIT_S)
    places = sorted(runs, key=lambda run_id: str(run_of(client, run_id)["started_at"]))
    at_once = len(workers.workers)
    assert all(abs(places.index(run_id) - i) < at_once for i, run_id in enumerate(runs))


@pytest.mark.slow
def test_a_run_whose_workers_all_die_before_they_save_fails_in_words(
    cluster: Cluster, client: httpx.Client
) -> None:
    for old in list(cluster.workers):
        cluster.kill_worker(old)
    # An epoch, and so a resume point, takes many seconds.
    fields = ENDURING | {"hidden": [2048, 2048], "train_limit": 60_000}
    run_id = start(client, **fields)["id"]
    name = ""
    for number in range(9):
        cluster.add_worker(f"short-lived-{number}")
        run = until(lambda: _new_place(run_of(client, run_id), name), WAIT_S)  # noqa: B023
        if run["error"]:
            break
        name = run["worker"]
        cluster.kill_worker(name)
    assert run["error"]["type"] == "worker"
    assert "more than iteration 0" in run["error"]["message"]


def _new_place(run: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The run, if it is over or another worker than before trains it."""
    return run if run["error"] or run["worker"] not in (None, name) else None


def make_certificate(folder: Path) -> dict[str, Path]:
    """Make a certificate that signs itself, for all sides of a test's cluster."""
    files = {"cert": folder / "cert.pem", "key": folder / "key.pem", "ca": folder / "cert.pem"}
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    out = ["-keyout", str(files["key"]), "-out", str(files["cert"])]
    subprocess.run([*request, *out], check=True, capture_output=True)
    return files


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_cluster_with_tls_trains_for_a_server_with_a_certificate(
    tmp_path: Path, home: Path
) -> None:
    files = make_certificate(tmp_path)
    flags = [
        "--tls-ca-file", str(files["ca"]), "--tls-cert", str(files["cert"]),
        "--tls-key", str(files["key"]),
    ]  # fmt: skip
    variables = {f"DIGITSCOPE_CLUSTER_{name.upper()}": str(path) for name, path in files.items()}
    with (
        dask_cluster(tmp_path, "tls", flags) as cluster,
        running_server(home, "--cluster", cluster.address, **variables) as server,
        server.client() as client,
    ):
        cluster.add_worker("one")
        run_id = start(client, **TINY)["id"]
        finish(client, home, run_id, TINY)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from app.main import create_app
from app.settings import Settings

async def serve():
    app = create_app(Settings(home=Path(sys.argv[1]), offline=True))
    async with app.router.lifespan_context(app):
        print(sorted({"dask", "distributed", "optuna"} & sys.modules.keys()))

asyncio.run(serve())
"""


@pytest.mark.slow
def test_a_server_without_a_cluster_does_not_import_dask(home: Path) -> None:
    arguments = [sys.executable, "-c", PROGRAM, str(home)]
    assert subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True).stdout == "[]\n"
