"""Faults, one by one, with a real server and real processes."""

import contextlib
import resource
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.app.http_calls import assert_error, predict, seven, start, wait_for
from tests.app.live_runs import (
    ENDLESS,
    Viewer,
    act,
    losses_of,
    run_of,
    until,
    wait_for_step,
    wait_until_stopped,
    workers,
)
from tests.conftest import Server, running_server

SHORT: dict[str, Any] = {"dataset": "strokes", "hidden": [8], "train_limit": 500, "epochs": 2}


@pytest.fixture(scope="module")
def server(shared_home: Path) -> Iterator[Server]:
    """One that trains two at once, for faults that it has to survive."""
    with running_server(shared_home, DIGITSCOPE_ACTIVE_RUNS="2") as server:
        yield server


def failed_within(client: httpx.Client, run_id: str, timeout_s: float) -> dict[str, Any]:
    def failed() -> dict[str, Any] | None:
        run = run_of(client, run_id)
        return run if run["status"] == "failed" else None

    return until(failed, timeout_s)


def end(client: httpx.Client, run_id: str) -> None:
    act(client, run_id, "stop")
    wait_until_stopped(client, run_id)


# The worker


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (signal.SIGKILL, ["signal 9 (Killed)", "ran out of memory"]),
        (signal.SIGSEGV, ["signal 11", "Segmentation fault", "File"]),
    ],
    ids=["killed", "crashed"],
)
def test_a_worker_that_dies_fails_its_run_within_three_seconds_and_nobody_elses(
    server: Server, client: httpx.Client, sign: signal.Signals, words: list[str]
) -> None:
    victim = start(client, **ENDLESS)["id"]
    wait_for_step(client, victim, 1)
    viewer = Viewer()
    watching = viewer.start(server, victim)
    worker = workers(server)[0]
    other = start(client, **ENDLESS)["id"]
    wait_for_step(client, other, 1)
    worker.send_signal(sign)
    run = failed_within(client, victim, 3)
    assert run["error"]["type"] == "worker_died"
    assert all(word in run["error"]["message"] for word in words), run["error"]["message"]
    assert run["resumable"]
    watching.join(10)
    assert (viewer.code, viewer.statuses[-1]) == (1000, "failed")
    wait_for_step(client, other, run_of(client, other)["step"] + 20)
    end(client, other)


@pytest.mark.slow
def test_a_hung_worker_that_is_asked_to_stop_is_killed_when_patience_ends(
    server: Server, client: httpx.Client
) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 110)
    worker = workers(server)[0]
    worker.suspend()
    # However often it is asked: who asks is answered.
    for _ in range(30):
        act(client, run_id, "stop")
    stopped = wait_until_stopped(client, run_id)
    assert not worker.is_running()
    assert stopped["step"] >= 100  # the last epoch's end
    act(client, run_id, "resume")
    wait_for_step(client, run_id, stopped["step"] + 1)
    end(client, run_id)


def test_a_stop_before_the_first_step_stops_before_the_second(client: httpx.Client) -> None:
    run_id = start(client, **ENDLESS)["id"]
    act(client, run_id, "stop")
    assert wait_until_stopped(client, run_id)["step"] <= 1
    act(client, run_id, "resume")
    wait_for_step(client, run_id, 3)
    end(client, run_id)


# The server


def processes_of(server: Server) -> list[psutil.Process]:
    process = psutil.Process(server.process.pid)
    return [process, *process.children(recursive=True)]


def assert_gone(processes: list[psutil.Process], timeout_s: float) -> None:
    def gone(process: psutil.Process) -> bool:
        # One that has ended counts, whether or not its new parent has taken note of it.
        try:
            return bool(process.status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    until(lambda: all(map(gone, processes)), timeout_s)


@pytest.mark.slow
def test_ctrl_c_reaches_all_and_leaves_nothing_behind(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDLESS)["id"]
        wait_for_step(client, run_id, 5)
        viewer = Viewer()
        watching = viewer.start(server, run_id)
        until(lambda: viewer.losses)
        processes = processes_of(server)
        for process in reversed(processes):  # as a terminal sends it to the whole group
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT)
        assert server.process.wait(5) == 0
        assert_gone(processes, 1)
        watching.join(10)
        assert viewer.code == 1001
    assert status_in(home, run_id) == "interrupted"


@pytest.mark.slow
def test_a_server_ends_in_time_although_its_worker_hangs_and_a_viewer_does_not_read(
    home: Path,
) -> None:
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDLESS)["id"]
        wait_for_step(client, run_id, 5)
        act(client, run_id, "pause")
        workers(server)[0].suspend()
        processes = processes_of(server)
        with open_stream(server, run_id):
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(5)
            assert_gone(processes, 1)
    assert status_in(home, run_id) in ("paused", "interrupted")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the blocked signals are read from /proc")
def test_the_first_worker_of_a_server_starts_with_ctrl_c_and_sigterm_blocked(home: Path) -> None:
    # A contract with multiprocessing, whose helper process unblocks these signals as it starts.
    with running_server(home) as server, server.client() as client:
        wait_for_step(client, start(client, **ENDLESS)["id"], 1)
        status = Path(f"/proc/{workers(server)[0].pid}/status").read_text()
    blocked = int(status.split("SigBlk:")[1].split()[0], 16)
    assert all(blocked >> (sign - 1) & 1 for sign in (signal.SIGINT, signal.SIGTERM))


def test_a_server_may_end_while_a_worker_is_starting(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
        first = start(client, **ENDLESS)["id"]
        second = start(client, **ENDLESS)["id"]
        processes = processes_of(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(5) == 0
        assert_gone(processes, 1)
    assert (status_in(home, first), status_in(home, second)) == ("interrupted", "queued")


@pytest.mark.slow
def test_workers_end_with_their_server_also_while_they_prepare_data(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, server.client() as client:
        run_id = start(client, **SHORT)["id"]
        viewer = Viewer()
        watching = viewer.start(server, run_id)
        until(lambda: [frame for frame in viewer.frames if frame["type"] == "progress"])
        processes = processes_of(server)
        server.process.kill()
        assert_gone(processes, 5)
        watching.join(10)
    assert status_in(tmp_path, run_id) == "running"
    with running_server(tmp_path) as server, server.client() as client:
        run = run_of(client, run_id)
        assert (run["status"], run["step"]) == ("interrupted", 0)
        act(client, run_id, "resume")
        act(client, run_id, "stop")
        assert wait_until_stopped(client, run_id)["step"] == 0


def status_in(home: Path, run_id: str) -> str:
    with contextlib.closing(sqlite3.connect(home / "digitscope.db")) as database:
        row = database.execute("SELECT status FROM runs WHERE id = ?", (run_id,)).fetchone()
    return str(row[0])


# The disk


@contextlib.contextmanager
def largest_file(process: psutil.Process, size: int) -> Iterator[None]:
    """Let a process write no file beyond a size, as if the disk ended there."""
    before = process.rlimit(resource.RLIMIT_FSIZE)
    process.rlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.rlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_fails_the_run_and_spoils_nothing_that_was_there(
    server: Server, client: httpx.Client, shared_home: Path, finished: str
) -> None:
    victim = start(client, **ENDLESS)["id"]
    wait_for_step(client, victim, 120)
    kept = losses_of(client, victim)[:100].tolist()
    runs = len(client.get("/api/runs").json()["runs"])
    with largest_file(psutil.Process(server.process.pid), 500):
        run = failed_within(client, victim, 10)
        assert run["error"]["type"] == "storage"
        assert "could not be stored" in run["error"]["message"]
        assert not workers(server)
        # Stored results can still be read; new runs get an error with the reason.
        assert client.get(f"/api/runs/{finished}/failures").status_code == 200
        assert client.get(f"/api/runs/{victim}/epochs").json()["epochs"][0]["epoch"] == 1
        assert losses_of(client, victim)[:100].tolist() == kept
        assert_error(client.post("/api/runs", json=SHORT), 507, "storage")
        assert_error(client.post(f"/api/runs/{finished}/fork", json={"epoch": 1}), 507, "storage")
        assert_error(client.delete(f"/api/runs/{finished}"), 507, "storage")
        assert len(client.get("/api/runs").json()["runs"]) == runs
    act(client, victim, "resume")
    wait_for_step(client, victim, 150)
    end(client, victim)
    assert losses_of(client, victim)[:100].tolist() == kept
    assert status_in(shared_home, victim) == "stopped"
    with contextlib.closing(sqlite3.connect(shared_home / "digitscope.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_checkpoint_that_the_disk_does_not_take_fails_the_run_and_the_epochs_before_stay(
    server: Server, client: httpx.Client
) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 110)
    with largest_file(workers(server)[0], 50_000):
        run = failed_within(client, run_id, 30)
    assert run["error"]["type"] == "storage"
    assert run["epoch"] >= 1
    assert client.get(f"/api/runs/{run_id}/confusion").status_code == 200
    act(client, run_id, "resume")
    wait_for_step(client, run_id, run["step"] + 1)
    end(client, run_id)


# Damage


def test_a_damaged_checkpoint_spoils_its_own_epoch_and_says_so(
    client: httpx.Client, shared_home: Path
) -> None:
    run_id = start(client, **SHORT)["id"]
    wait_for(client, run_id, "finished")
    path = shared_home / "runs" / run_id / "epoch-0002.npz"
    path.write_bytes(path.read_bytes()[:2000])
    for what in ("failures", "confusion", "checkpoint"):
        body = assert_error(client.get(f"/api/runs/{run_id}/{what}"), 409, "conflict")
        assert "damaged" in body["error"]["message"]
        assert client.get(f"/api/runs/{run_id}/{what}", params={"epoch": 1}).status_code == 200
    assert_error(predict(client, seven(), run=run_id), 409, "conflict")
    assert predict(client, seven(), run=run_id, epoch=1).status_code == 200


def test_a_damaged_resume_point_fails_its_run_and_says_so(
    client: httpx.Client, shared_home: Path
) -> None:
    # With epochs so long that it ends within one: at an epoch's end its checkpoint is the point.
    run_id = start(client, **ENDLESS | {"train_limit": 60_000, "batch_size": 4})["id"]
    wait_for_step(client, run_id, 5)
    end(client, run_id)
    (point,) = (shared_home / "runs" / run_id).glob("resume-*.npz")
    point.write_bytes(point.read_bytes()[:2000])
    act(client, run_id, "resume")
    assert failed_within(client, run_id, 30)["error"]["type"] == "checkpoint"


def test_a_run_whose_folder_is_gone_says_so(client: httpx.Client, shared_home: Path) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 5)
    end(client, run_id)
    folder = shared_home / "runs" / run_id
    folder.rename(folder.with_name("elsewhere"))
    body = assert_error(client.post(f"/api/runs/{run_id}/resume"), 409, "conflict")
    assert "its series is damaged" in body["error"]["message"]
    assert losses_of(client, run_id).tolist() == []
    assert client.delete(f"/api/runs/{run_id}").status_code == 204


@pytest.mark.slow
def test_damaged_rows_spoil_their_own_runs_and_the_server_starts(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
        runs = [start(client, **SHORT)["id"] for _ in range(3)]
        for run_id in runs:
            wait_for(client, run_id, "finished")
        server.process.kill()
    with contextlib.closing(sqlite3.connect(home / "digitscope.db")) as database, database:
        change = "UPDATE runs SET status = ?, config = ? WHERE id = ?"
        database.execute(change, ("queued", b"\xff\x00", runs[0]))
        database.execute(change, ("flying", "{}", runs[1]))
    with running_server(home) as server, server.client() as client:
        told = {run["id"]: run for run in client.get("/api/runs").json()["runs"]}
        for run_id in runs[:2]:
            assert (told[run_id]["status"], told[run_id]["resumable"]) == ("failed", False)
            assert told[run_id]["error"]["type"] == "damaged"
            assert client.get(f"/runs/{run_id}").status_code == 200
            viewer = Viewer()
            viewer.watch(server, run_id)
            assert (viewer.code, viewer.statuses) == (1000, ["failed"])
            assert_error(client.post(f"/api/runs/{run_id}/resume"), 409, "conflict")
            assert_error(
                client.post(f"/api/runs/{run_id}/fork", json={"epoch": 1}), 409, "conflict"
            )
        assert told[runs[2]]["status"] == "finished"
        assert client.get(f"/api/runs/{runs[2]}/failures").status_code == 200
        assert client.get("/runs").status_code == 200
        wait_for(client, start(client, **SHORT)["id"], "finished")
        assert client.delete(f"/api/runs/{runs[0]}").status_code == 204
        assert not (home / "runs" / runs[0]).exists()


# Divergence


def test_a_loss_that_diverges_ends_the_run_its_series_and_its_stream(
    server: Server, client: httpx.Client, shared_home: Path
) -> None:
    fields = {"dataset": "strokes", "hidden": [128] * 4, "learning_rate": 10}
    run_id = start(client, **fields)["id"]
    viewer = Viewer()
    viewer.watch(server, run_id)
    assert viewer.code == 1000
    run = run_of(client, run_id)
    assert (run["status"], run["error"]["type"]) == ("failed", "diverged")
    assert "try 0.1" in run["error"]["message"]
    losses = list(viewer.losses.values())
    assert losses[-1] is None
    assert None not in losses[:-1]
    assert run["step"] == len(losses) == viewer.last_step
    assert client.get(f"/api/runs/{run_id}/loss").json()["values"] == losses
    assert not list((shared_home / "runs" / run_id).glob("*.npz"))
    assert_error(client.post(f"/api/runs/{run_id}/resume"), 409, "conflict")


def test_weights_that_ran_away_in_an_epochs_last_step_put_no_nan_into_any_response(
    server: Server, client: httpx.Client
) -> None:
    # One step an epoch: the third loss is huge still, and what is measured after it is no number.
    fields = {"dataset": "strokes", "hidden": [128] * 8, "learning_rate": 10, "train_limit": 128}
    run_id = start(client, **fields | {"initializer": "he"})["id"]
    viewer = Viewer()
    viewer.watch(server, run_id)
    assert run_of(client, run_id)["error"]["type"] == "diverged"
    rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
    assert rows[-1]["test_loss"] is None
    for epoch in (row["epoch"] for row in rows):
        for what in ("failures", "confusion"):
            response = client.get(f"/api/runs/{run_id}/{what}", params={"epoch": epoch})
            assert response.status_code == 200
            assert "NaN" not in response.text
        response = predict(client, seven(), run=run_id, epoch=epoch)
        assert response.status_code < 500
        assert "NaN" not in response.text


# The stream


def open_stream(server: Server, run_id: str) -> socket.socket:
    """A viewer that never reads: the handshake is done, and then nothing."""
    address = urlsplit(server.url)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((address.hostname, address.port))
    deaf.sendall(
        f"GET /api/runs/{run_id}/stream HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert deaf.recv(12) == b"HTTP/1.1 101"
    return deaf


@pytest.mark.slow
def test_viewers_that_never_read_cost_no_memory_and_delay_nobody(
    server: Server, client: httpx.Client, shared_home: Path
) -> None:
    *blockers, run_id = (start(client, **ENDLESS)["id"] for _ in range(3))
    for each in (run_id, *blockers):
        end(client, each)
    # A long training, in no time.
    series = np.linspace(2.5, 0.1, 250_000)
    (shared_home / "runs" / run_id / "losses.f64").write_bytes(series.astype("<f8").tobytes())
    memory = psutil.Process(server.process.pid).memory_info
    before = memory().rss
    viewer = Viewer()
    with contextlib.ExitStack() as deaf:
        for _ in range(30):
            deaf.enter_context(open_stream(server, run_id))
        viewer.watch(server, run_id)
        # The series as text is 5 MB, for each of them.
        assert memory().rss - before < 30_000_000
    assert list(viewer.losses.values()) == series.tolist()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nobody/stream", 4404),
        ("nobody/stream?after_step=3", 4404),
        ("{run}/stream?after_step=-1", 1008),
        ("{run}/stream?after_step=1.5", 1008),
        ("{run}/stream?after_step=x", 1008),
        ("{run}/stream?after_step=", 1008),
        ("{run}/stream?after_step=٣", 1008),
        ("{run}/stream?after_step=0", 1000),
        ("{run}/stream?after_step=999999999999", 1000),
    ],
)
def test_a_stream_that_ends_says_why_by_its_code(
    server: Server, client: httpx.Client, finished: str, address: str, code: int
) -> None:
    base = server.url.replace("http", "ws", 1)
    with connect(f"{base}/api/runs/{address.format(run=finished)}") as stream:
        with contextlib.suppress(ConnectionClosed):
            for _ in stream:
                pass
        assert stream.close_code == code


@pytest.fixture(scope="module")
def finished(client: httpx.Client) -> str:
    run_id = str(start(client, **SHORT)["id"])
    wait_for(client, run_id, "finished")
    return run_id


def test_deleting_a_paused_run_closes_its_streams(server: Server, client: httpx.Client) -> None:
    run_id = start(client, **ENDLESS)["id"]
    viewer = Viewer()
    watching = viewer.start(server, run_id)
    wait_for_step(client, run_id, 5)
    act(client, run_id, "pause")
    wait_for(client, run_id, "paused")
    assert client.delete(f"/api/runs/{run_id}").status_code == 204
    watching.join(10)
    assert viewer.code == 1000
    assert client.get(f"/api/runs/{run_id}").status_code == 404
