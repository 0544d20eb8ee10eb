"""A run that was paused, stopped or killed ends as one that never was, to the bit."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests.app.http_calls import start, wait_for
from tests.app.live_runs import (
    ENDLESS,
    ENDURING,
    Viewer,
    act,
    assert_as_undisturbed,
    reference,
    run_of,
    until,
    wait_for_step,
    wait_until_stopped,
    workers,
)
from tests.conftest import Server, running_server


def test_paused_stopped_and_killed_on_its_way_a_run_ends_as_one_that_never_was(
    server: Server, client: httpx.Client, shared_home: Path, data_home: Path
) -> None:
    run_id = start(client, **ENDURING)["id"]
    viewer = Viewer()
    watching = viewer.start(server, run_id)
    wait_for_step(client, run_id, 30)
    act(client, run_id, "pause")
    paused = wait_for(client, run_id, "paused")
    assert 30 <= paused["step"] < paused["steps_total"]
    act(client, run_id, "resume")
    wait_for_step(client, run_id, 130)
    act(client, run_id, "stop")
    stopped = wait_until_stopped(client, run_id)
    assert stopped["ended_at"]
    watching.join(10)
    assert viewer.code == 1000
    act(client, run_id, "resume")
    wait_for_step(client, run_id, 230)
    workers(server)[0].kill()
    failed = until(lambda: run_of(client, run_id)["error"] and run_of(client, run_id))
    assert (failed["status"], failed["error"]["type"]) == ("failed", "worker_died")
    act(client, run_id, "resume")
    watching = viewer.start(server, run_id)
    finished = wait_for(client, run_id, "finished")
    watching.join(10)
    assert (finished["epoch"], finished["step"], finished["error"]) == (16, 1600, None)
    expected = reference(data_home, ENDURING)
    assert_as_undisturbed(client, shared_home, run_id, expected)
    assert list(viewer.losses.values()) == expected.losses.tolist()
    rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
    assert [(row["epoch"], row["step"]) for row in rows] == [(k, 100 * k) for k in range(1, 17)]
    statistics = client.get(f"/api/runs/{run_id}/statistics").json()["rows"]
    assert [row["step"] for row in statistics] == [*range(1, 21), *range(30, 1601, 10)]
    assert statistics == [json.loads(json.dumps(asdict(row))) for row in expected.statistics]
    by_step = {row["step"]: row for row in statistics}
    streamed = [row for f in viewer.frames if f["type"] == "statistics" for row in f["rows"]]
    assert {1, 20, 130, 1600} <= {row["step"] for row in streamed}
    assert all(row == by_step[row["step"]] for row in streamed)


def test_a_stopped_run_keeps_its_place_to_the_step(client: httpx.Client, server: Server) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 5)
    act(client, run_id, "pause")
    paused = wait_for(client, run_id, "paused")
    assert not workers(server)
    assert act(client, run_id, "stop")["status"] == "stopped"
    assert run_of(client, run_id)["step"] == paused["step"]
    assert client.delete(f"/api/runs/{run_id}").status_code == 204


def test_only_one_of_many_who_ask_at_once_needs_to_be_heard(client: httpx.Client) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 1)
    responses = [client.post(f"/api/runs/{run_id}/stop") for _ in range(20)]
    assert {response.status_code for response in responses} <= {202, 409}
    wait_until_stopped(client, run_id)


def test_other_data_than_the_run_has_learned_from_is_a_conflict(
    client: httpx.Client, shared_home: Path
) -> None:
    run_id = start(client, **ENDLESS)["id"]
    wait_for_step(client, run_id, 150)
    act(client, run_id, "stop")
    wait_until_stopped(client, run_id)
    with sqlite3.connect(shared_home / "digitscope.db") as database:
        database.execute("UPDATE runs SET dataset_sha256 = ? WHERE id = ?", ("0" * 64, run_id))
    database.close()
    for action, body in (("resume", {}), ("fork", {"epoch": 1})):
        response = client.post(f"/api/runs/{run_id}/{action}", json=body)
        assert response.status_code == 409
        assert "0" * 64 in response.json()["error"]["message"]


@pytest.mark.slow
def test_a_server_that_is_told_to_end_interrupts_its_run_which_then_goes_on(
    home: Path, data_home: Path
) -> None:
    viewer = Viewer()
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDURING)["id"]
        watching = viewer.start(server, run_id)
        wait_for_step(client, run_id, 130)
        server.stop()
        watching.join(10)
        assert viewer.code == 1001
    with running_server(home) as server, server.client() as client:
        interrupted = run_of(client, run_id)
        assert interrupted["status"] == "interrupted"
        assert interrupted["error"]["type"] == "interrupted"
        # Nothing had to be cut: the worker saved where it was.
        assert interrupted["step"] >= viewer.last_step
        act(client, run_id, "resume")
        viewer.watch(server, run_id)
        assert run_of(client, run_id)["status"] == "finished"
        expected = reference(data_home, ENDURING)
        assert_as_undisturbed(client, home, run_id, expected)
        assert list(viewer.losses.values()) == expected.losses.tolist()


def test_a_server_that_is_killed_loses_no_loss_that_a_viewer_has_seen(
    home: Path, data_home: Path
) -> None:
    viewer = Viewer()
    with running_server(home) as server, server.client() as client:
        run_id = start(client, **ENDURING)["id"]
        queued_id = start(client, **ENDURING | {"epochs": 1, "seed": 5})["id"]
        watching = viewer.start(server, run_id)
        until(lambda: viewer.last_step >= 250)
        worker = workers(server)[0]
        server.process.kill()
        worker.wait(5)  # the promise: it ends itself within five seconds
        watching.join(10)
    seen = dict(viewer.losses)
    with running_server(home) as server, server.client() as client:
        interrupted = run_of(client, run_id)
        assert interrupted["status"] == "interrupted"
        assert interrupted["step"] >= 200  # at least the last epoch's end
        wait_for(client, queued_id, "finished")  # the queue went on by itself
        act(client, run_id, "resume")
        viewer.watch(server, run_id)
        again = np.array(client.get(f"/api/runs/{run_id}/loss").json()["values"])
        assert [again[step - 1] for step in seen] == list(seen.values())
        expected = reference(data_home, ENDURING)
        assert_as_undisturbed(client, home, run_id, expected)
        assert list(viewer.losses.values()) == expected.losses.tolist()
