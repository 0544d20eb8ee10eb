"""A damaged database: the server says so, and is restored from a copy and the runs' own files."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.app.http_calls import TINY, assert_error, predict, seven, start, wait_for
from tests.app.live_runs import (
    ENDURING,
    act,
    assert_as_undisturbed,
    reference,
    run_of,
    until,
    wait_for_step,
)
from tests.conftest import ROOT, Server, running_server


def app(home: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    """Run the program to its end."""
    command = [sys.executable, "-m", "app", "--home", str(home), "--port", "0", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def spoil(home: Path) -> None:
    """Overwrite all pages of the database but the first."""
    path = home / "digitscope.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def copies(home: Path) -> list[Path]:
    return sorted((home / "copies").glob("*.db"))


def run_ids(client: httpx.Client) -> list[str]:
    return [run["id"] for run in client.get("/api/runs").json()["runs"]]


def train(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    return wait_for(client, start(client, **TINY | fields)["id"], "finished")


@pytest.mark.slow
def test_each_start_keeps_a_copy_and_the_last_three_stay(home: Path) -> None:
    for number in range(5):
        before = copies(home)
        with running_server(home):
            assert len(copies(home)) == min(number + 1, 3)
            assert copies(home)[-1] not in before
    with closing(sqlite3.connect(copies(home)[-1])) as database:
        assert database.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    assert {path.suffix for path in (home / "copies").iterdir()} == {".db"}


@pytest.mark.slow
def test_a_damaged_database_is_named_at_the_start_with_the_way_out_and_is_restored(
    home: Path,
) -> None:
    with running_server(home) as server, server.client() as client:
        old = train(client, name="in the copy", seed=1)
        marks = f"/api/datasets/{old['config']['dataset']}/test"
        sha256 = {"sha256": old["dataset_sha256"]}
        client.put(f"{marks}/3/mark", params=sha256, json={"mark": "ambiguous"})
        assert server.stop() == 0
    with running_server(home) as server, server.client() as client:
        client.patch(f"/api/runs/{old['id']}", json={"tags": ["later"], "notes": "n"})
        new = train(client, name="after the copy", seed=2)
        client.delete(f"{marks}/3/mark", params=sha256)
        client.put(f"{marks}/5/mark", params=sha256, json={"mark": "label_wrong"})
        marked = client.get(f"{marks}/marks", params=sha256).json()
        deleted = train(client, seed=3)
        client.delete(f"/api/runs/{deleted['id']}")
        old = run_of(client, old["id"])
        epochs = client.get(f"/api/runs/{new['id']}/epochs").json()
        server.process.kill()
    spoil(home)
    damaged = (home / "digitscope.db").read_bytes()
    ended = app(home)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert re.fullmatch(
        rf"Digitscope cannot start: the database in {home} is damaged: .*--restore.*\n",
        ended.stderr,
    )
    ended = app(home, "--restore")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Runs recovered from their files: 2." in ended.stdout
    (aside,) = home.glob("digitscope-damaged-*.db")
    assert aside.read_bytes() == damaged
    assert str(aside) in ended.stdout
    with running_server(home) as server, server.client() as client:
        assert client.get("/api/runs").json()["runs"] == [new, old]
        assert client.get(f"/api/runs/{new['id']}/epochs").json() == epochs
        assert client.get(f"{marks}/marks", params=sha256).json() == marked
        for run in (old, new):
            assert client.get(f"/api/runs/{run['id']}/failures").status_code == 200
            assert predict(client, seven(), run=run["id"]).status_code == 200
        assert_error(client.get(f"/api/runs/{deleted['id']}"), 404, "not_found")


@pytest.mark.slow
def test_a_run_that_trained_when_the_database_was_lost_goes_on_to_the_bit(
    home: Path, data_home: Path
) -> None:
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDURING)["id"]
        waiting = start(client, **TINY)["id"]
        wait_for_step(client, run_id, 230)
        server.process.kill()
    for path in (home / "digitscope.db", *copies(home)):
        path.write_bytes(b"this is no database, whatever its name says" * 999)
    ended = app(home, "--restore")
    assert ended.returncode == 0
    assert "there is no good copy" in ended.stdout
    with running_server(home) as server, server.client() as client:
        assert run_ids(client) == [waiting, run_id]
        run = run_of(client, run_id)
        assert run["status"] == "interrupted"
        assert run["epoch"] == run["step"] // 100 >= 2
        assert f"iteration {run['step']:,}" in run["error"]["message"]
        assert run["step"] >= 200
        assert run["seconds"] > 0
        act(client, run_id, "resume")
        act(client, waiting, "resume")
        for each in (run_id, waiting):
            wait_for(client, each, "finished")
        assert_as_undisturbed(client, home, run_id, reference(data_home, ENDURING))


@pytest.mark.slow
def test_a_fork_is_recovered_with_its_start_and_its_parent(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
        parent = train(client)
        child = act(client, parent["id"], "fork", epoch=1, epochs=3)["id"]
        child = wait_for(client, child, "finished")
        server.process.kill()
    spoil(home)
    shutil.rmtree(home / "copies")
    assert app(home, "--restore").returncode == 0
    with running_server(home) as server, server.client() as client:
        assert client.get("/api/runs").json()["runs"] == [child, parent]


@pytest.mark.slow
def test_a_good_database_stays_and_only_runs_that_it_lacks_are_recovered(home: Path) -> None:
    with running_server(home) as server, server.client() as client:
        runs = [train(client, seed=seed) for seed in range(2)]
        server.process.kill()
    with closing(sqlite3.connect(home / "digitscope.db")) as database, database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("DELETE FROM runs WHERE id = ?", (runs[0]["id"],))
    (home / "runs" / "strange").mkdir()
    broken = home / "runs" / "broken"
    shutil.copytree(home / "runs" / runs[0]["id"], broken)
    (broken / "run.json").write_text(json.dumps({"config": 7, "status": "x"}))
    ended = app(home, "--restore")
    assert ended.returncode == 0
    assert "is not damaged; it stays" in ended.stdout
    assert "Runs recovered from their files: 1." in ended.stdout
    assert "left as they are: strange, broken." in ended.stdout
    assert not list(home.glob("digitscope-damaged-*"))
    with running_server(home) as server, server.client() as client:
        assert client.get("/api/runs").json()["runs"] == runs[::-1]


@pytest.mark.slow
def test_a_database_in_use_is_not_restored(home: Path) -> None:
    with running_server(home):
        ended = app(home, "--restore")
        assert ended.returncode == 2
        assert "in use" in ended.stderr


@pytest.fixture
def damaged(home: Path) -> Iterator[tuple[Server, httpx.Client, str]]:
    """A server whose database was damaged while a run trains, and the id of a finished run."""
    with running_server(home) as server, server.client() as client:
        finished = train(client)["id"]
        running = start(client, **ENDURING | {"epochs": 1000})["id"]
        wait_for_step(client, running, 5)
        spoil(home)
        until(lambda: client.get("/api/runs").status_code == 503)
        yield server, client, finished


def test_damage_while_the_server_runs_is_said_in_words_and_the_server_still_ends(
    damaged: tuple[Server, httpx.Client, str], capfd: pytest.CaptureFixture[str]
) -> None:
    server, client, run_id = damaged
    responses = [
        client.get("/api/runs"),
        client.get(f"/api/runs/{run_id}"),
        client.get(f"/api/runs/{run_id}/epochs"),
        client.get(f"/api/runs/{run_id}/failures"),
        client.post("/api/runs", json=TINY),
        client.patch(f"/api/runs/{run_id}", json={"name": "x"}),
        client.delete(f"/api/runs/{run_id}"),
        predict(client, seven(), run=run_id),
    ]
    for response in responses:
        body = assert_error(response, 503, "database")
        assert "start it again" in body["error"]["message"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/runs").status_code == 200
    for path in (f"/api/runs/{run_id}/stream", "/api/runs/stream"):
        address = server.url.replace("http", "ws", 1)
        with connect(f"{address}{path}") as stream, pytest.raises(ConnectionClosed):
            stream.recv(timeout=30)
        assert stream.close_code == 1011
    assert server.stop() == 0
    assert "Traceback" not in capfd.readouterr().err
