import contextlib
import json
import resource
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.app.http_calls import assert_error, start, wait_for
from tests.app.live_runs import until
from tests.conftest import Server, running_server

LIMIT = 280
RESERVED = 128
VIEWERS = 250


@pytest.fixture(scope="module", autouse=True)
def room_for_many_connections() -> Iterator[None]:
    """Let this process open more files than the server."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def crowded(home: Path) -> Iterator[tuple[Server, str]]:
    """A server with few descriptors, and a run that goes on for long."""
    with running_server(home) as server, server.client() as client:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))
        run = start(client, dataset="strokes", batch_size=1, epochs=300)["id"]
        wait_for(client, run, "running")
        yield server, run


def open_files(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def opened(server: Server, request: bytes) -> socket.socket:
    """Connect and send a request, without waiting for the response."""
    connection = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), 10)
    with contextlib.suppress(OSError):  # it may be closed already
        connection.sendall(request)
    return connection


def stream_request(run: str) -> bytes:
    return (
        f"GET /api/runs/{run}/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def test_the_limit_of_open_files_is_raised_at_the_start(home: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(500, hard), hard))
    try:
        with running_server(home) as server:
            limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert limits == (hard, hard)


def test_viewers_beyond_the_limit_are_told_and_runs_go_on(crowded: tuple[Server, str]) -> None:
    server, run = crowded
    most = 0
    with contextlib.ExitStack() as stack, server.client() as admitted:
        assert admitted.get("/healthz").status_code == 200
        for number in range(VIEWERS):
            stack.enter_context(opened(server, stream_request(run)))
            most = max(most, open_files(server))
            if number % 20 == 0:  # idle, this connection would be closed after five seconds
                admitted.get("/healthz")
        # Beside those admitted, only connections that are being closed.
        assert most < LIMIT - RESERVED // 8
        until(lambda: open_files(server) <= LIMIT - RESERVED + 40)

        # Those who were let in are served on, and a new run starts and ends.
        assert admitted.get("/healthz").status_code == 200
        admitted.post(f"/api/runs/{run}/stop")
        wait_for(admitted, run, "stopped")
        quick = start(admitted, dataset="strokes", train_limit=500, epochs=2)["id"]
        assert wait_for(admitted, quick, "finished")["epoch"] == 2

    def served() -> bool:
        with server.client() as client:
            return client.get("/healthz").status_code == 200

    until(served)


def test_requests_beyond_the_limit_are_503_and_streams_1013(crowded: tuple[Server, str]) -> None:
    server, run = crowded
    with contextlib.ExitStack() as stack:
        # Keep connections busy until one more is beyond the limit.
        while open_files(server) < LIMIT - RESERVED:
            stack.enter_context(opened(server, stream_request(run))).recv(1)

        def has_responded() -> bool:
            with server.client() as client:
                response = client.get("/api/runs")
            if response.status_code == 200:
                stack.enter_context(opened(server, stream_request(run))).recv(1)
                return False
            body = assert_error(response, 503, "unavailable")
            assert response.headers["x-content-type-options"] == "nosniff"
            assert "too many viewers" in body["error"]["message"]
            return True

        until(has_responded)
        stream = f"{server.url.replace('http', 'ws', 1)}/api/runs/{run}/stream"
        with connect(stream, proxy=None) as viewer, pytest.raises(ConnectionClosed) as closed:
            json.loads(viewer.recv(timeout=10))
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "too many viewers")


@pytest.mark.slow
def test_a_flood_of_connections_that_say_nothing_stops_no_run(
    crowded: tuple[Server, str],
) -> None:
    server, run = crowded
    with contextlib.ExitStack() as stack, server.client() as admitted:
        assert admitted.get("/healthz").status_code == 200
        before = admitted.get(f"/api/runs/{run}").json()["step"]
        for _ in range(1000):
            stack.enter_context(opened(server, b""))
            assert open_files(server) < LIMIT
        until(lambda: admitted.get(f"/api/runs/{run}").json()["step"] > before)
        assert admitted.get(f"/api/runs/{run}").json()["status"] == "running"
