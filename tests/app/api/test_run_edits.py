"""Name, notes, tags and pin of a run."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from tests.app.http_calls import TINY, assert_error, start, wait_for
from tests.app.live_runs import ENDLESS, act, run_of, wait_until_stopped
from tests.conftest import Server


@pytest.fixture(scope="module")
def runs(client: httpx.Client) -> list[str]:
    """Ids of finished runs, the oldest first."""
    ids = [start(client, name=f"run {number}", **TINY)["id"] for number in range(6)]
    for run_id in ids:
        wait_for(client, run_id, "finished")
    return ids


@pytest.fixture
def run(client: httpx.Client, runs: list[str]) -> Iterator[str]:
    """Id of a run whose edits are undone at the end."""
    yield runs[0]
    edit(client, runs[0], name="run 0", notes="", tags=[], pinned=False)


def edit(client: httpx.Client, run_id: str, **fields: Any) -> dict[str, Any]:
    response = client.patch(f"/api/runs/{run_id}", json=fields)
    assert response.status_code == 200, response.text
    run: dict[str, Any] = response.json()
    return run


def names(client: httpx.Client, **parameters: Any) -> list[str]:
    found = client.get("/api/runs", params=parameters).json()
    assert found["total"] == len(found["runs"])
    return [run["name"] for run in found["runs"]]


def test_a_new_run_has_no_notes_and_no_tags_and_is_not_pinned(
    client: httpx.Client, run: str
) -> None:
    response = run_of(client, run)
    assert (response["notes"], response["tags"], response["pinned"]) == ("", [], False)
    assert (response["sweep"], response["where"]) == (None, "local")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "Größe 7"},
        {"notes": "two\nlines, and a \t tab"},
        {"notes": "n" * 10_000},
        {"tags": ["a", "b" * 40]},
        {"tags": [f"tag {n}" for n in range(20)]},
        {"tags": []},
        {"pinned": True},
        {"name": "all", "notes": "of", "tags": ["it"], "pinned": False},
    ],
)
def test_a_change_is_returned_and_kept_and_changes_nothing_else(
    client: httpx.Client, run: str, fields: dict[str, Any]
) -> None:
    before = run_of(client, run)
    assert edit(client, run, **fields) == before | fields
    assert run_of(client, run) == before | fields


def test_an_empty_change_does_not_hold_back_those_of_other_runs(
    client: httpx.Client, run: str, runs: list[str]
) -> None:
    edit(client, runs[1])
    edit(client, run, name="renamed")
    # The search reads what is written; what is not yet is known to the server alone.
    assert names(client, q="renamed") == ["renamed"]


def test_a_tag_that_is_given_twice_counts_once(client: httpx.Client, run: str) -> None:
    assert edit(client, run, tags=["b", "a", "b"])["tags"] == ["b", "a"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "expected 1 to 80 printable characters"),
        ({"name": "x" * 81}, "expected 1 to 80 printable characters"),
        ({"name": None}, "expected 1 to 80 printable characters"),
        ({"notes": "n" * 10_001}, "expected at most 10,000 characters"),
        ({"notes": 7}, "expected text; got 7"),
        ({"notes": None}, "expected text; got null"),
        ({"notes": "\ud800"}, "expected text"),
        ({"tags": "a"}, 'expected a list; got "a"'),
        ({"tags": [f"{n}" for n in range(21)]}, "expected at most 20 entries"),
        ({"tags": [""]}, "expected 1 to 40 printable characters"),
        ({"tags": ["x" * 41]}, "expected 1 to 40 printable characters"),
        ({"tags": ["a\nb"]}, "expected 1 to 40 printable characters"),
        ({"tags": [1]}, "expected 1 to 40 printable characters"),
        ({"pinned": 1}, "expected true or false; got 1"),
        ({"pinned": "true"}, 'expected true or false; got "true"'),
        ({"status": "finished"}, "expected no such field"),
    ],
    ids=lambda value: str(value)[:40].encode("ascii", "replace").decode(),
)
def test_a_bad_value_is_named_and_changes_nothing(
    client: httpx.Client, run: str, fields: dict[str, Any], message: str
) -> None:
    before = run_of(client, run)
    content = json.dumps({"pinned": True} | fields)
    headers = {"content-type": "application/json"}
    response = client.patch(f"/api/runs/{run}", content=content, headers=headers)
    assert message in assert_error(response, 422, "invalid")["fields"][next(iter(fields))]
    assert run_of(client, run) == before


def test_an_unknown_run_cannot_be_edited(client: httpx.Client) -> None:
    assert_error(client.patch("/api/runs/nobody", json={"name": "x"}), 404, "not_found")


def test_an_edit_is_streamed_while_the_run_trains(server: Server, client: httpx.Client) -> None:
    run_id = wait_for(client, start(client, **ENDLESS)["id"], "running")["id"]
    address = server.url.replace("http", "ws", 1)
    with (
        connect(f"{address}/api/runs/{run_id}/stream", max_size=None) as one,
        connect(f"{address}/api/runs/stream", max_size=None) as every,
    ):
        edit(client, run_id, name="renamed")
        for stream in (one, every):
            names = (json.loads(text).get("run", {}).get("name") for text in stream)
            assert "renamed" in names
    act(client, run_id, "stop")
    wait_until_stopped(client, run_id)
    client.delete(f"/api/runs/{run_id}")


def test_runs_are_filtered_by_all_given_tags_and_searched_by_notes(
    client: httpx.Client, runs: list[str]
) -> None:
    for run_id, tags in zip(runs, [["a"], ["a", "b"], ["b"], ["ab"]], strict=False):
        edit(client, run_id, tags=tags)
    assert names(client, tag="a") == ["run 1", "run 0"]
    assert names(client, tag=["a", "b"]) == ["run 1"]
    assert names(client, tag="none") == []
    edit(client, runs[5], notes="the ÖLD one")
    assert names(client, q="öld") == ["run 5"]
    assert names(client, q="öld", tag="a") == []


@pytest.mark.parametrize("sort", ["created", "-created", "name", "-seconds"])
def test_pinned_runs_come_first_in_every_order(
    client: httpx.Client, runs: list[str], sort: str
) -> None:
    for run_id in (runs[1], runs[4]):
        edit(client, run_id, pinned=True)
    found = client.get("/api/runs", params={"sort": sort}).json()["runs"]
    assert {run["id"] for run in found[:2]} == {runs[1], runs[4]}
    assert [run["pinned"] for run in found] == [True, True, False, False, False, False]
    for run_id in (runs[1], runs[4]):
        edit(client, run_id, pinned=False)


@pytest.mark.parametrize("sort", ["name", "-name", "-created"])
def test_pages_hold_each_run_once_whatever_changes_between_them(
    client: httpx.Client, runs: list[str], sort: str
) -> None:
    found: list[str] = []
    cursor: str | None = None
    changes: list[dict[str, Any]] = [
        {"name": "a"}, {"name": "z"}, {"pinned": True}, {"name": "m"}, {"pinned": True},
    ]  # fmt: skip
    while True:
        after = {"cursor": cursor} if cursor else {}
        page = client.get("/api/runs", params={"limit": 1, "sort": sort, **after}).json()
        found += [run["id"] for run in page["runs"]]
        cursor = page["next"]
        if cursor is None:
            break
        edit(client, found[-1], **changes[len(found) - 1])  # seen ones move to other places
        edit(client, next(run for run in runs if run not in found), **changes[-len(found)])
    assert sorted(found) == sorted(runs)
    for number, run_id in enumerate(runs):
        edit(client, run_id, name=f"run {number}", pinned=False)


def test_runs_carry_the_order_of_their_creation(client: httpx.Client, runs: list[str]) -> None:
    numbers = [run_of(client, run_id)["number"] for run_id in runs]
    assert numbers == sorted(set(numbers))
