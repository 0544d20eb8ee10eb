"""The list of runs: page by page, and as a stream of changes."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.app.http_calls import TINY, assert_error, start, wait_for
from tests.app.live_runs import ENDLESS, act, wait_until_stopped
from tests.conftest import Server, running_server

NAMES = ["Elm", "ash 1", "Ash 2", "Öl", "100 %", "oak_1"]


@pytest.fixture(scope="module")
def runs(client: httpx.Client) -> list[str]:
    """Ids of finished runs, in the order of ``NAMES``, and then of a stopped one without epochs."""
    ids = []
    for seed, name in enumerate(NAMES):
        rate = 10.0 ** -(seed % 3)
        run = start(client, name=name, seed=seed, learning_rate=rate, **TINY)
        ids.append(wait_for(client, run["id"], "finished")["id"])
    last = start(client, name="willow", **ENDLESS)
    act(client, last["id"], "stop")
    return [*ids, wait_until_stopped(client, last["id"])["id"]]


def listed(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    response = client.get("/api/runs", params=parameters)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def all_pages(client: httpx.Client, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = listed(client, **parameters, **({"cursor": cursor} if cursor else {}))
        assert page["runs"]
        found += page["runs"]
        cursor = page["next"]
        if cursor is None:
            return found


def test_without_a_limit_all_runs_come_newest_first(client: httpx.Client, runs: list[str]) -> None:
    page = listed(client)
    assert [run["id"] for run in page["runs"]] == runs[::-1]
    assert (page["total"], page["next"]) == (len(runs), None)


@pytest.mark.parametrize("sort", ["created", "name", "status", "test_accuracy",
                                  "best_test_accuracy", "seconds"])  # fmt: skip
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_hold_each_run_once_and_in_order(
    client: httpx.Client, runs: list[str], sort: str, sign: str
) -> None:
    found = all_pages(client, limit=2, sort=f"{sign}{sort}")
    whole = listed(client, sort=f"{sign}{sort}")["runs"]
    assert [run["id"] for run in found] == [run["id"] for run in whole]
    assert sorted(run["id"] for run in found) == sorted(runs)
    key = {"created": "created_at"}.get(sort, sort)
    if key in found[0]:
        keys = [-1 if run[key] is None else run[key] for run in found]
        assert keys == sorted(keys, reverse=bool(sign))


def test_a_run_added_between_two_pages_moves_no_other(
    client: httpx.Client, runs: list[str]
) -> None:
    before = {run["id"] for run in listed(client)["runs"]}
    first = listed(client, limit=3)
    new = start(client, name="new", **TINY)["id"]
    wait_for(client, new, "finished")
    rest = listed(client, limit=500, cursor=first["next"])["runs"]
    ids = [run["id"] for run in (*first["runs"], *rest)]
    assert (len(ids), set(ids)) == (len(before), before)
    client.delete(f"/api/runs/{new}")


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("ash", ["Ash 2", "ash 1"]),
        ("ASH 1", ["ash 1"]),
        ("öl", ["Öl"]),
        ("%", ["100 %"]),
        ("_", ["oak_1"]),
        ("none such", []),
        ("\0", []),
    ],
)
@pytest.mark.usefixtures("runs")
def test_names_are_searched_whatever_their_case(
    client: httpx.Client, q: str, expected: list[str]
) -> None:
    page = listed(client, q=q)
    assert [run["name"] for run in page["runs"]] == expected
    assert page["total"] == len(expected)


@pytest.mark.usefixtures("runs")
def test_several_statuses_can_be_asked_for(client: httpx.Client) -> None:
    assert [run["name"] for run in listed(client, status="stopped")["runs"]] == ["willow"]
    assert listed(client, status=["stopped", "finished"])["total"] == len(NAMES) + 1
    assert listed(client, status="paused") == {"runs": [], "total": 0, "next": None}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"sort": "colour"}, "sort"),
        ({"status": "done"}, "status"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "-created.1_4.+3"}, "cursor"),
        ({"cursor": "WzEsMiwzXQ=="}, "cursor"),
        ({"cursor": ""}, "cursor"),
    ],
)
def test_a_bad_parameter_is_named(
    client: httpx.Client, parameters: dict[str, Any], field: str
) -> None:
    body = assert_error(client.get("/api/runs", params=parameters), 422, "invalid")
    assert set(body["fields"]) == {field}
    assert "expected" in body["fields"][field]


@pytest.mark.usefixtures("runs")
def test_a_cursor_is_good_for_its_own_order_only(client: httpx.Client) -> None:
    cursor = listed(client, limit=1, sort="name")["next"]
    response = client.get("/api/runs", params={"limit": 1, "sort": "-name", "cursor": cursor})
    assert "cursor" in assert_error(response, 422, "invalid")["fields"]


def viewer(server: Server, origin: Origin | None = None) -> ClientConnection:
    address = f"{server.url.replace('http', 'ws', 1)}/api/runs/stream"
    return connect(address, max_size=None, origin=origin)


def frames_until(stream: ClientConnection, last: dict[str, Any]) -> list[dict[str, Any]]:
    """Read frames up to one that has the items of ``last``, in itself or in its run."""
    found = []
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        frame = json.loads(stream.recv(timeout=30))
        found.append(frame)
        if last.items() <= {**frame.get("run", {}), **frame}.items():
            return found
    raise AssertionError(f"expected a frame with {last}; got {found[-3:]}")


def test_the_stream_begins_with_the_list_and_tells_what_changes(
    server: Server, client: httpx.Client, runs: list[str]
) -> None:
    with viewer(server) as stream:
        first = json.loads(stream.recv(timeout=30))
        assert (first["type"], first["total"]) == ("runs", len(runs))
        assert first["runs"] == listed(client)["runs"]
        new = start(client, name="streamed", **TINY)["id"]
        frames = frames_until(stream, {"id": new, "status": "finished"})
        statuses = [frame["run"]["status"] for frame in frames if frame["run"]["id"] == new]
        assert statuses[-1] == "finished"
        assert frames[-1] == {"type": "run", "run": client.get(f"/api/runs/{new}").json()}
        client.delete(f"/api/runs/{new}")
        assert frames_until(stream, {"type": "deleted"})[-1] == {"type": "deleted", "id": new}


@pytest.mark.slow
def test_a_training_run_is_reported_at_most_four_times_a_second(
    server: Server, client: httpx.Client
) -> None:
    with viewer(server) as stream:
        run = start(client, name="long", **ENDLESS)["id"]
        frames_until(stream, {"id": run, "status": "running"})
        begin, count, steps = time.monotonic(), 0, []
        while time.monotonic() - begin < 1.5:
            frame = json.loads(stream.recv(timeout=30))
            count += frame["run"]["id"] == run
            steps.append(frame["run"]["step"])
        assert 1 <= count <= 4 * (time.monotonic() - begin) + 1
        assert steps == sorted(steps)
        act(client, run, "stop")
        frames_until(stream, {"id": run, "status": "stopped"})
    client.delete(f"/api/runs/{run}")


def test_the_places_of_those_that_wait_are_reported_when_one_leaves_the_queue(
    server: Server, client: httpx.Client
) -> None:
    busy, second, third = (start(client, name=name, **ENDLESS)["id"] for name in "abc")
    with viewer(server) as stream:
        stream.recv(timeout=30)
        act(client, second, "stop")
        frames_until(stream, {"id": third, "queue_position": 1})
    for run in (third, busy):
        act(client, run, "stop")
    for run in (busy, second, third):
        wait_until_stopped(client, run)
        client.delete(f"/api/runs/{run}")


def test_a_page_of_another_site_gets_no_stream(server: Server) -> None:
    with pytest.raises(InvalidStatus) as raised, viewer(server, Origin("http://elsewhere.example")):
        pass
    assert raised.value.response.status_code == 403


def test_a_server_that_ends_closes_the_stream(home: Path) -> None:
    with running_server(home) as server, viewer(server) as stream:
        stream.recv(timeout=30)
        assert server.stop() == 0
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=30)
        assert stream.close_code == 1001
