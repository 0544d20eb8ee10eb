import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from app.server import serve
from app.settings import Settings
from app.storage.store import Store
from tests.app.http_calls import start, wait_for
from tests.conftest import ROOT, running_server

Refuses = Callable[..., None]


@pytest.fixture
def refuses_to_start(capsys: pytest.CaptureFixture[str]) -> Refuses:
    def check(reason: str, **settings: Any) -> None:
        assert serve(Settings(**{"port": 0, "offline": True, **settings})) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert re.fullmatch(f"Digitscope cannot start: {reason}\n", told.err), told.err

    return check


def begin(home: Path, *flags: str) -> "subprocess.Popen[str]":
    """Start a server whose standard error is kept."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", "--port", "0", "--home", str(home), *flags],
        cwd=ROOT,
        env={**os.environ, "DIGITSCOPE_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "sign", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_it_ends_quietly_when_told_to_with_a_run_and_a_viewer(
    home: Path, sign: signal.Signals
) -> None:
    process = begin(home)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.fullmatch(r"Digitscope is ready at http://127\.0\.0\.1:\d+/\n", line)
        url = line.split()[-1].rstrip("/")
        with httpx.Client(base_url=url) as client:
            run = start(client, dataset="strokes", batch_size=1, epochs=300)["id"]
            wait_for(client, run, "running")
            with connect(f"{url.replace('http', 'ws')}/api/runs/{run}/stream") as viewer:
                assert '"type":"run"' in str(viewer.recv())
                # As at a terminal: the workers get the signal too.
                os.killpg(process.pid, sign)
                out, err = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert (out, err) == ("", "")


def test_a_second_server_on_one_home_ends_and_the_first_goes_on(
    home: Path, refuses_to_start: Refuses
) -> None:
    with running_server(home) as server, server.client() as client:
        reason = f"{home} is in use: another Digitscope server holds it"
        refuses_to_start(reason, home=home)
        assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("::1", "http://[::1]:"),
        pytest.param("127.0.0.3", "http://127.", marks=pytest.mark.slow),
    ],
)
def test_it_serves_on_any_address_of_this_machine(home: Path, host: str, url: str) -> None:
    with running_server(home, "--host", host) as server, server.client() as client:
        assert server.url.startswith(url)
        assert server.token is None
        assert client.get("/healthz").status_code == 200


@pytest.mark.slow
def test_what_a_killed_process_left_half_drawn_is_removed_at_the_start(tmp_path: Path) -> None:
    leftover = tmp_path / "datasets" / ".strokes-left"
    leftover.mkdir(parents=True)
    os.utime(leftover, (0, 0))
    with running_server(tmp_path):
        assert not leftover.exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path, refuses_to_start: Refuses) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        reason = f"it cannot listen on 127.0.0.1, port {port}: .*in use.*--port.*"
        refuses_to_start(reason, port=port, home=tmp_path)


@pytest.mark.parametrize("host", ["192.0.2.1", "x" * 70, "no.such.host.invalid"])
def test_an_address_that_cannot_be_bound_is_named(
    tmp_path: Path, refuses_to_start: Refuses, host: str
) -> None:
    refuses_to_start(f"it cannot listen on {host}.*", host=host, home=tmp_path)


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path, refuses_to_start: Refuses) -> None:
    (tmp_path / "file").touch()
    for home in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/none")):
        refuses_to_start(f"{home} cannot be written: .*", home=home)


def test_a_database_that_is_none_is_named(tmp_path: Path, refuses_to_start: Refuses) -> None:
    (tmp_path / "digitscope.db").write_bytes(b"this is no database, whatever its name says" * 99)
    reason = f"the database in {tmp_path} is damaged: file is not a database. With --restore, .*"
    refuses_to_start(reason, home=tmp_path)


def test_a_database_that_is_cut_is_named(tmp_path: Path, refuses_to_start: Refuses) -> None:
    Store(tmp_path).close()
    database = tmp_path / "digitscope.db"
    database.write_bytes(database.read_bytes()[:5000])
    reason = f"the database in {tmp_path} is damaged: .*malformed. With --restore, .*"
    refuses_to_start(reason, home=tmp_path)


def test_a_database_of_a_later_version_is_left_alone(
    tmp_path: Path, refuses_to_start: Refuses
) -> None:
    with closing(sqlite3.connect(tmp_path / "digitscope.db")) as connection, connection:
        connection.execute("create table alembic_version (version_num text)")
        connection.execute("insert into alembic_version values ('9999')")
    refuses_to_start(f"the database in {tmp_path} cannot be used: .*9999.*", home=tmp_path)


@pytest.mark.slow
def test_the_page_is_opened_where_that_is_asked_for(home: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    # One that holds up its caller, as those of a terminal do.
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.part && mv {seen}.part {seen}\nsleep 60\n')
    browser.chmod(0o755)
    with running_server(home, "--open", BROWSER=f"{browser} %s") as server:
        with server.client() as client:
            while not seen.exists():
                assert client.get("/healthz").status_code == 200
        assert seen.read_text().strip() == f"{server.url}/"
        assert server.stop() == 0
