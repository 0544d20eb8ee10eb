"""Sweeps in a real server: their trials are runs, and outlive the server."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.app.http_calls import TINY, assert_error, wait_for
from tests.app.live_runs import run_of, until, workers
from tests.conftest import Server, running_server

FIXED: dict[str, Any] = {k: v for k, v in TINY.items() if k != "hidden"} | {"train_limit": 300}
SPACE: dict[str, Any] = {
    "learning_rate": {"low": 0.01, "high": 1, "log": True},
    "hidden": {"choices": [[], [8], [8, 8]]},
}
RATES: dict[str, Any] = {"learning_rate": SPACE["learning_rate"]}
# Its trials would fill any disk.
HUGE: dict[str, Any] = {"hidden": [2048] * 8, "epochs": 1000, "dataset": "strokes"}
# Its trials are slow enough to be caught in the middle.
SLOW: dict[str, Any] = FIXED | {"train_limit": 1500, "batch_size": 5, "epochs": 3, "augment": True}


@pytest.fixture(scope="module")
def server(shared_home: Path) -> Iterator[Server]:
    with running_server(shared_home, DIGITSCOPE_ACTIVE_RUNS="2") as server:
        yield server


def sweep(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """Start a sweep."""
    response = client.post("/api/sweeps", json={"fixed": FIXED, "space": SPACE, **body})
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


def state_of(client: httpx.Client, sweep_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/sweeps/{sweep_id}").json()
    return found


def wait_until(client: httpx.Client, sweep_id: str, status: str) -> dict[str, Any]:
    """Wait until a sweep has a status."""

    def found() -> dict[str, Any] | None:
        state = state_of(client, sweep_id)
        return state if state["status"] == status else None

    return until(found, 60)


def test_a_sweep_trains_its_trials_as_runs_and_names_the_best(client: httpx.Client) -> None:
    begun = sweep(client, name="quick", trials=9, at_once=2, pruner="none", seed=3)
    assert begun["fixed"]["validation"] == 0.1
    done = wait_until(client, begun["id"], "finished")
    trials = done["trials"]
    assert [trial["number"] for trial in trials] == list(range(9))
    assert {trial["state"] for trial in trials} == {"complete"}
    for trial in trials:
        run = run_of(client, trial["run"])
        assert run["sweep"] == {"id": begun["id"], "number": trial["number"]}
        assert {name: run["config"][name] for name in SPACE} == trial["parameters"]
        rows = client.get(f"/api/runs/{run['id']}/epochs").json()["epochs"]
        assert trial["values"] == [row["validation_accuracy"] for row in rows]
        assert (trial["value"], trial["epochs"]) == (trial["values"][-1], 2)
    best = max(trials, key=lambda trial: (trial["value"], -trial["number"]))
    assert (done["best"], done["best_value"]) == (best["number"], best["value"])
    assert done["importances"].keys() == SPACE.keys()
    assert len({str(trial["parameters"]) for trial in trials}) > 5
    listed = client.get("/api/sweeps").json()["sweeps"][0]
    assert (listed["id"], listed["counts"]["complete"]) == (begun["id"], 9)


@pytest.mark.slow
def test_a_grid_has_every_combination_once(client: httpx.Client) -> None:
    space = {"batch_size": {"low": 20, "high": 45, "step": 10}, "hidden": {"choices": [[4], [8]]}}
    fixed = {k: v for k, v in FIXED.items() if k != "batch_size"} | {"epochs": 1}
    body = {"space": space, "fixed": fixed, "sampler": "grid", "trials": 100, "at_once": 2}
    begun = sweep(client, **body, objective="train_loss")
    assert begun["trials_total"] == 6
    done = wait_until(client, begun["id"], "finished")
    assert [list(trial["parameters"].values()) for trial in done["trials"]] == [
        [size, hidden] for size in (20, 30, 40) for hidden in ([4], [8])
    ]
    assert done["best_value"] == min(trial["value"] for trial in done["trials"])


def test_pruned_trials_end_early_and_may_be_resumed_without_changing_the_sweep(
    client: httpx.Client,
) -> None:
    rates = {"learning_rate": {"choices": [0.5, 1e-6, 1e-7, 1e-8, 1e-9]}}
    body = {"space": rates, "sampler": "grid", "pruner": "asha", "at_once": 1}
    begun = sweep(client, **body, fixed=SLOW | {"hidden": [8], "train_limit": 1000})
    done = wait_until(client, begun["id"], "finished")
    first, *others = done["trials"]
    assert (first["state"], done["best"]) == ("complete", 0)
    pruned = [trial for trial in others if trial["state"] == "pruned"]
    assert pruned
    assert all(trial["epochs"] == 1 for trial in pruned)
    run = pruned[0]["run"]
    wait_for(client, run, "stopped")
    assert client.post(f"/api/runs/{run}/resume").status_code == 202
    wait_for(client, run, "finished")
    assert state_of(client, begun["id"])["trials"] == done["trials"]


def test_a_diverged_trial_counts_as_pruned(client: httpx.Client) -> None:
    rates = {"learning_rate": {"choices": [10.0, 9.0]}}
    fixed = FIXED | {"hidden": [50] * 8, "initializer": "he", "loss": "cross_entropy"}
    begun = sweep(client, space=rates, fixed=fixed, sampler="grid")
    done = wait_until(client, begun["id"], "finished")
    runs = [run_of(client, trial["run"]) for trial in done["trials"]]
    diverged = [bool(run["error"]) for run in runs]
    assert any(diverged)
    states = [trial["state"] == "pruned" for trial in done["trials"]]
    assert states == diverged


def test_a_paused_sweep_holds_its_trials_until_it_is_resumed_and_ends_when_stopped(
    client: httpx.Client,
) -> None:
    begun = sweep(client, fixed=SLOW | {"epochs": 500}, trials=6, at_once=2, pruner="none")
    address = f"/api/sweeps/{begun['id']}"

    def statuses() -> list[str]:
        trials = state_of(client, begun["id"])["trials"]
        return [run_of(client, trial["run"])["status"] for trial in trials]

    until(lambda: statuses() == ["running", "running"])
    assert client.delete(address).status_code == 409
    assert client.post(f"{address}/resume").status_code == 409
    paused = client.post(f"{address}/pause").json()
    assert (paused["status"], paused["actions"]) == ("paused", ["resume", "stop", "delete"])
    until(lambda: statuses() == ["paused", "paused"])
    assert client.post(f"{address}/pause").status_code == 409
    assert client.post(f"{address}/resume").json()["status"] == "running"
    until(lambda: statuses() == ["running", "running"])
    stopped = client.post(f"{address}/stop").json()
    assert stopped["status"] == "stopped"
    assert [trial["state"] for trial in stopped["trials"]] == ["pruned", "pruned"]
    until(lambda: statuses() == ["stopped", "stopped"])
    kept = stopped["trials"][0]["run"]
    assert client.delete(address).status_code == 204
    assert run_of(client, kept)["sweep"] is None
    assert_error(client.get(address), 404, "not_found")


def test_a_trial_whose_worker_dies_is_repeated_once(client: httpx.Client, server: Server) -> None:
    begun = sweep(client, fixed=SLOW, trials=1)
    for worker in until(lambda: workers(server)):
        worker.kill()
    done = wait_until(client, begun["id"], "finished")
    first, again = done["trials"]
    assert (first["state"], again["state"]) == ("failed", "complete")
    assert (again["parameters"], again["repeats"]) == (first["parameters"], 0)


def test_a_run_that_a_person_stops_ends_its_trial_alone(client: httpx.Client) -> None:
    rates = {"learning_rate": {"choices": [0.1, 0.2]}}
    begun = sweep(client, fixed=SLOW, space=rates, sampler="grid", at_once=1, pruner="none")
    client.post(f"/api/runs/{begun['trials'][0]['run']}/stop")
    done = wait_until(client, begun["id"], "finished")
    assert [trial["state"] for trial in done["trials"]] == ["pruned", "complete"]


def test_a_sweep_is_deleted_with_its_runs_if_asked(client: httpx.Client) -> None:
    begun = sweep(client, trials=1)
    done = wait_until(client, begun["id"], "finished")
    assert client.delete(f"/api/sweeps/{begun['id']}?runs=1").status_code == 204
    assert client.get(f"/api/runs/{done['trials'][0]['run']}").status_code == 404


def test_a_sweep_ends_when_its_time_is_over(client: httpx.Client) -> None:
    begun = sweep(client, fixed=SLOW | {"epochs": 500}, time_limit_s=0.5)
    done = wait_until(client, begun["id"], "finished")
    assert [trial["state"] for trial in done["trials"]] == ["pruned"]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("fixed.validation", {"fixed": {"validation": 0}}),
        ("fixed.epochs", {"fixed": {"epochs": 0}}),
        ("fixed.nothing", {"fixed": {"nothing": 0}}),
        ("space", {"space": {}}),
        ("space.epochs", {"space": {"epochs": {"choices": [1, 2]}}}),
        ("space.hidden", {"space": {"hidden": {"low": 1, "high": 2}}}),
        ("space.hidden", {"space": {"hidden": {"choices": [[8], [8]]}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"low": 0, "high": 1}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"low": 1, "high": 0.1}}}),
        ("space.learning_rate", {"sampler": "grid"}),
        ("space.learning_rate", {"space": {"learning_rate": {}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"low": "a", "high": 1}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"low": 0.1, "high": 1, "log": 1}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"low": 0.1, "high": 1, "step": "1"}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"choices": []}}}),
        ("space.learning_rate", {"space": {"learning_rate": {"choices": [1], "low": 0.1}}}),
        ("space.batch_size", {"space": {"batch_size": {"low": 20, "high": 400}}, "fixed": {}}),
        ("space.batch_size", {"space": {"batch_size": {"low": 20, "high": 40}}}),
        ("trials", {"trials": 1001}),
        ("trials", {"trials": 1000, "fixed": HUGE, "space": RATES}),
        ("at_once", {"at_once": 65}),
        ("sampler", {"sampler": "best"}),
        ("objective", {"objective": "test_accuracy"}),
        ("time_limit_s", {"time_limit_s": 0}),
    ],
)
def test_an_invalid_plan_is_rejected_with_the_field(
    client: httpx.Client, field: str, body: dict[str, Any]
) -> None:
    fixed = {"dataset": "strokes", "train_limit": 300} if body.get("fixed") == {} else None
    request = {"fixed": fixed or FIXED, "space": SPACE, **({} if fixed else body)}
    if fixed:
        request["space"] = body["space"]
    response = client.post("/api/sweeps", json=request)
    assert field in assert_error(response, 422, "invalid")["fields"]


def test_a_server_killed_in_the_middle_goes_on_with_the_sweep(home: Path) -> None:
    environment = {"DIGITSCOPE_ACTIVE_RUNS": "2"}
    with running_server(home, **environment) as server, server.client() as client:
        begun = sweep(client, fixed=SLOW, trials=5, at_once=2, pruner="median")

        def is_amid() -> dict[str, Any] | None:
            state = state_of(client, begun["id"])
            done = [trial for trial in state["trials"] if trial["state"] == "complete"]
            return state if done and len(state["trials"]) > 2 else None

        before = until(is_amid, 60)
        server.stop(signal.SIGKILL)
    with running_server(home, **environment) as server, server.client() as client:
        done = wait_until(client, begun["id"], "finished")
        runs = client.get("/api/runs").json()["runs"]
    trials = done["trials"]
    assert [trial["number"] for trial in trials] == list(range(5))
    assert sorted(run["sweep"]["number"] for run in runs) == list(range(5))
    assert {trial["run"] for trial in trials} == {run["id"] for run in runs}
    for trial in before["trials"]:
        same = trials[trial["number"]]
        assert same["parameters"] == trial["parameters"]
        assert trial["run"] in (same["run"], None)  # its run may not have been recorded yet
        assert same["values"][: trial["epochs"]] == trial["values"]
        if trial["state"] == "complete":
            assert same == trial
    assert {trial["state"] for trial in trials} <= {"complete", "pruned"}
    assert len({str(trial["parameters"]) for trial in trials}) == 5
