import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, start, wait_for
from tests.conftest import running_server

RUN_FIELDS = {
    "id", "name", "status", "config", "created_at", "started_at", "ended_at", "step",
    "steps_total", "epoch", "train_accuracy", "test_accuracy", "error", "parent",
}  # fmt: skip
REFERENCE = {
    "hidden": [50],
    "activation": "relu",
    "initializer": "random",
    "loss": "cross_entropy",
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "schedule": "constant",
    "batch_size": 128,
    "epochs": 20,
    "sampling": "random",
    "augment": False,
    "seed": 0,
    "train_limit": None,
    "validation": 0,
}


def test_a_run_left_to_its_defaults_is_the_reference_network(trained: Trained) -> None:
    response = trained.client.post("/api/runs", json={})
    run = response.json()
    try:
        assert response.status_code == 201
        assert set(run) >= RUN_FIELDS
        assert run["config"] == {**REFERENCE, "dataset": run["config"]["dataset"]}
        assert run["config"]["dataset"] in ("mnist", "strokes")
        assert (run["steps_total"], run["epoch"], run["parent"]) == (9380, 0, None)
        assert (run["train_accuracy"], run["test_accuracy"], run["error"]) == (None, None, None)
        assert run["status"] in ("queued", "running")
    finally:
        trained.client.post(f"/api/runs/{run['id']}/stop")
    wait_for(trained.client, run["id"], "stopped")
    assert trained.client.delete(f"/api/runs/{run['id']}").status_code == 204


def test_a_finished_run_tells_how_it_went(trained: Trained) -> None:
    run = trained.client.get(f"/api/runs/{trained.run}").json()
    assert (run["status"], run["epoch"], run["step"], run["steps_total"]) == (
        "finished",
        3,
        120,
        120,
    )
    assert 0 <= run["train_accuracy"] <= 1
    assert 0 <= run["test_accuracy"] <= 1
    times = [datetime.fromisoformat(run[k]) for k in ("created_at", "started_at", "ended_at")]
    assert times == sorted(times)
    assert all(t.tzinfo is not None and t.utcoffset() == UTC.utcoffset(t) for t in times)


def test_the_batch_is_no_larger_than_the_training_set_where_it_is_left_out(
    trained: Trained,
) -> None:
    response = trained.client.post("/api/estimate", json={"train_limit": 40, "epochs": 3})
    assert response.json()["steps_total"] == 3


def test_runs_are_listed_newest_first(trained: Trained) -> None:
    new = start(trained.client, dataset="strokes", train_limit=10, epochs=1, name="newer")
    try:
        listed = [run["id"] for run in trained.client.get("/api/runs").json()["runs"]]
        assert listed[0] == new["id"]
        assert trained.run in listed[1:]
    finally:
        wait_for(trained.client, new["id"], "finished")
        trained.client.delete(f"/api/runs/{new['id']}")


def test_a_deleted_run_is_gone_with_all_it_stored(trained: Trained) -> None:
    run = start(trained.client, dataset="strokes", train_limit=10, epochs=1)["id"]
    wait_for(trained.client, run, "finished")
    assert (trained.home / "runs" / run).is_dir()
    response = trained.client.delete(f"/api/runs/{run}")
    assert (response.status_code, response.content) == (204, b"")
    assert not (trained.home / "runs" / run).exists()
    for what in ("", "/loss", "/epochs", "/confusion", "/failures", "/checkpoint"):
        assert_error(trained.client.get(f"/api/runs/{run}{what}"), 404, "not_found")
    assert_error(trained.client.delete(f"/api/runs/{run}"), 404, "not_found")


NUMBERS: list[Any] = [None, True, "20", "", [], {}, [20], float("nan"), float("inf"), -float("inf")]
INTEGERS: list[Any] = [*NUMBERS, 20.0, 0.5, -1, 10**30, -(10**30)]
WORDS: list[Any] = [None, True, 1, [], {}, "", "Nonsense", "\ud800", "x" * 500]
WRONG: dict[str, list[Any]] = {
    "dataset": [*WORDS, "MNIST"],
    "hidden": [
        None, True, 50, "50", "none", {}, [0], [-1], [2049], [50.0], ["50"], [True], [None],
        [[50]], [10**30], [float("nan")], [1] * 9,
    ],
    "activation": [*WORDS, "tanh"],
    "initializer": [*WORDS, "zeros"],
    "loss": [*WORDS, "hinge"],
    "optimizer": [*WORDS, "rmsprop"],
    "learning_rate": [*NUMBERS, 0, 0.0, -0.1, 10.0001, 10**30, -(10**30)],
    "schedule": [*WORDS, "step"],
    "batch_size": [*INTEGERS, 0, 4097],
    "epochs": [*INTEGERS, 0, 1001],
    "sampling": [*WORDS, "stratified"],
    "augment": [None, 0, 1, "true", "", [], {}, 1.0],
    "seed": [*INTEGERS, 2**32],
    "train_limit": [*(value for value in INTEGERS if value is not None), 0, 60_001],
    "name": [None, True, 1, [], {}, "", "   ", "x" * 81, "tab\t", "line\n", "\x00", "\ud800"],
}  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_a_field_of_a_wrong_kind_is_an_error_by_name(trained: Trained, field: str) -> None:
    for value in WRONG[field]:
        for path in ("/api/runs", f"/api/runs/{trained.run}/fork"):
            body = json.dumps({"epoch": 1, field: value} if "fork" in path else {field: value})
            response = trained.client.post(
                path, content=body, headers={"content-type": "application/json"}
            )
            fields = assert_error(response, 422, "invalid")["fields"]
            assert set(fields) == {field}, (path, value)
            assert "expected" in fields[field], (path, value)


BOUNDS: list[dict[str, Any]] = [
    {"hidden": []},
    {"hidden": [1] * 8},
    {"hidden": [2048]},
    {"learning_rate": 10},
    {"learning_rate": 5e-324},
    {"batch_size": 1, "train_limit": 1},
    {"batch_size": 4096},
    {"epochs": 1},
    {"epochs": 1000},
    {"seed": 2**32 - 1},
    {"train_limit": 60_000},
    {"train_limit": None},
    {"name": "x" * 80},
    {"name": "é 漢 😀"},
]


@pytest.mark.parametrize("fields", BOUNDS, ids=str)
def test_the_bounds_themselves_are_allowed(trained: Trained, fields: dict[str, Any]) -> None:
    response = trained.client.post("/api/estimate", json=fields)
    assert response.status_code == 200, response.text


def test_every_bad_field_is_named(trained: Trained) -> None:
    bad = {"epochs": 0, "seed": -1, "loss": "x", "zzz": 1}
    response = trained.client.post("/api/runs", json=bad)
    assert set(assert_error(response, 422, "invalid")["fields"]) == set(bad)
    bad |= {"name": ""}
    response = trained.client.post("/api/runs", json=bad)
    assert set(assert_error(response, 422, "invalid")["fields"]) == set(bad)
    bad = {"epoch": 0, "learning_rate": 0, "name": "", "zzz": 1}
    response = trained.client.post(f"/api/runs/{trained.run}/fork", json=bad)
    assert set(assert_error(response, 422, "invalid")["fields"]) == set(bad)
    bad = {"hidden": [5], "activation": "sigmoid", "epochs": 0, "zzz": 1}
    response = trained.client.post(f"/api/runs/{trained.run}/fork", json={"epoch": 1, **bad})
    assert set(assert_error(response, 422, "invalid")["fields"]) == set(bad)


def test_a_finished_run_is_not_said_to_be_resumable(trained: Trained) -> None:
    assert trained.client.get(f"/api/runs/{trained.run}").json()["resumable"] is False


@pytest.mark.parametrize("field", ["epoch", "config", "Epochs", "id", "status", "__class__", "é"])
def test_an_unknown_field_is_an_error(trained: Trained, field: str) -> None:
    response = trained.client.post("/api/runs", json={field: 1})
    fields = assert_error(response, 422, "invalid")["fields"]
    assert set(fields) == {field}
    assert "no such setting" in fields[field]


def test_fields_that_contradict_each_other_are_errors(trained: Trained) -> None:
    for body, field in (
        ({"train_limit": 100, "batch_size": 101}, "batch_size"),
        ({"batch_size": 1, "epochs": 334}, "epochs"),
    ):
        response = trained.client.post("/api/runs", json=body)
        assert set(assert_error(response, 422, "invalid")["fields"]) == {field}
    assert (
        trained.client.post("/api/estimate", json={"batch_size": 1, "epochs": 333}).status_code
        == 200
    )


BODIES = [
    b"",
    b"nonsense",
    b"\xff\xfe",
    b"{",
    b"null",
    b"[]",
    b'"name"',
    b"1",
    b'{"epochs": ' + b"9" * 5000 + b"}",
    b'{"epochs": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[:14].decode("latin-1"))
def test_a_body_that_is_no_json_object_is_an_error(trained: Trained, body: bytes) -> None:
    for path in ("/api/runs", "/api/estimate", f"/api/runs/{trained.run}/fork"):
        headers = {"content-type": "application/json"}
        response = trained.client.post(path, content=body, headers=headers)
        assert set(assert_error(response, 422, "invalid")["fields"]) == {"body"}


def test_nesting_of_any_depth_is_an_error(trained: Trained) -> None:
    headers = {"content-type": "application/json"}
    for depth in (*range(100, 1000, 50), 2000, 20_000):
        for field in ("hidden", "name", "epoch"):
            body = f'{{"{field}": {"[" * depth}{"]" * depth}}}'
            path = f"/api/runs/{trained.run}/fork" if field == "epoch" else "/api/runs"
            assert_error(trained.client.post(path, content=body, headers=headers), 422, "invalid")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_a_foreign_page_could_send_unasked_is_an_error(
    trained: Trained, kind: str
) -> None:
    response = trained.client.post("/api/runs", content=b"{}", headers={"content-type": kind})
    fields = assert_error(response, 422, "invalid")["fields"]
    assert "application/json" in fields["body"]


def test_a_body_that_is_too_large_is_an_error_and_the_next_request_gets_its_response(
    trained: Trained,
) -> None:
    response = trained.client.post("/api/runs", content=b"x" * 3_000_000)
    assert_error(response, 413, "too_large")
    assert trained.client.get("/healthz").json() == {"status": "ok"}


def test_messages_are_short_whatever_came(trained: Trained) -> None:
    for fields in ({"hidden": list(range(100_000))}, {"loss": "x" * 500_000}, {"name": "y" * 9999}):
        response = trained.client.post("/api/runs", json=fields)
        assert len(assert_error(response, 422, "invalid")["error"]["message"]) < 300


@pytest.mark.parametrize(
    "run_id",
    ["nope", "%00", "%2e%2e", "..%2f..", "%F0%9F%98%80", "x" * 3000, "'; drop table runs; --", "%"],
)
def test_an_unknown_run_is_404_whatever_its_id(trained: Trained, run_id: str) -> None:
    for method, what in (
        ("GET", ""),
        ("GET", "/loss"),
        ("GET", "/epochs"),
        ("GET", "/confusion"),
        ("GET", "/failures"),
        ("GET", "/checkpoint"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/stop"),
        ("DELETE", ""),
    ):
        assert_error(trained.client.request(method, f"/api/runs/{run_id}{what}"), 404, "not_found")
    response = trained.client.post(f"/api/runs/{run_id}/fork", json={"epoch": 1})
    assert_error(response, 404, "not_found")


@pytest.mark.parametrize("action", ["pause", "resume", "stop"])
def test_what_does_not_apply_to_a_finished_run_is_a_conflict(trained: Trained, action: str) -> None:
    body = assert_error(trained.client.post(f"/api/runs/{trained.run}/{action}"), 409, "conflict")
    assert "this one is finished" in body["error"]["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, "epoch"),
        ({"epoch": 0}, "epoch"),
        ({"epoch": -1}, "epoch"),
        ({"epoch": "1"}, "epoch"),
        ({"epoch": True}, "epoch"),
        ({"epoch": 1.0}, "epoch"),
        ({"epoch": None}, "epoch"),
        ({"epoch": 1, "hidden": [21]}, "hidden"),
        ({"epoch": 1, "activation": "sigmoid"}, "activation"),
        ({"epoch": 1, "initializer": "he"}, "initializer"),
        ({"epoch": 2, "epochs": 2}, "epochs"),
        ({"epoch": 1, "parent": "x"}, "parent"),
    ],
    ids=str,
)
def test_a_fork_that_cannot_be_is_an_error_by_field(
    trained: Trained, change: dict[str, Any], field: str
) -> None:
    response = trained.client.post(f"/api/runs/{trained.run}/fork", json=change)
    assert set(assert_error(response, 422, "invalid")["fields"]) == {field}


@pytest.mark.parametrize("epoch", [4, 10**30])
def test_a_fork_from_an_epoch_that_is_not_complete_is_404(trained: Trained, epoch: int) -> None:
    response = trained.client.post(f"/api/runs/{trained.run}/fork", json={"epoch": epoch})
    assert_error(response, 404, "not_found")


def test_a_fork_counts_on_from_its_parent(trained: Trained) -> None:
    change = {"epoch": 2, "epochs": 4, "learning_rate": 0.05, "hidden": [20], "name": "on"}
    response = trained.client.post(f"/api/runs/{trained.run}/fork", json=change)
    assert response.status_code == 201, response.text
    fork = wait_for(trained.client, response.json()["id"], "finished")
    try:
        assert fork["parent"] == {"run": trained.run, "epoch": 2}
        assert (fork["name"], fork["step"], fork["steps_total"]) == ("on", 160, 160)
        rows = trained.client.get(f"/api/runs/{fork['id']}/epochs").json()["epochs"]
        assert [(row["epoch"], row["step"]) for row in rows] == [(3, 120), (4, 160)]
        loss = trained.client.get(f"/api/runs/{fork['id']}/loss").json()
        assert (loss["first_step"], len(loss["values"])) == (81, 80)
        response = trained.client.get(f"/api/runs/{fork['id']}/confusion", params={"epoch": 1})
        assert_error(response, 404, "not_found")
    finally:
        trained.client.delete(f"/api/runs/{fork['id']}")


def test_mnist_by_name_where_it_cannot_be_had_says_how_to_get_it(tmp_path: Path) -> None:
    with running_server(tmp_path, DIGITSCOPE_DATA="") as server, server.client() as client:
        fields = assert_error(client.post("/api/runs", json={"dataset": "mnist"}), 422, "invalid")
    assert re.search(r"not here.*four files.*--data.*strokes", fields["fields"]["dataset"])


def test_the_data_sets_are_listed_with_their_sizes(trained: Trained) -> None:
    told = trained.client.get("/api/datasets").json()["datasets"]
    assert [data["name"] for data in told] == ["mnist", "strokes"]
    for data in told:
        assert set(data) == {
            "name", "label", "available", "detail", "train_size", "test_size", "classes", "sha256"
        }  # fmt: skip
        assert data["classes"] == list("0123456789")
        assert (data["train_size"], data["test_size"]) == (60_000, 10_000)
        assert data["detail"]
    assert told[1]["available"]
    assert (
        told[1]["sha256"] == trained.client.get(f"/api/runs/{trained.run}").json()["dataset_sha256"]
    )


def test_a_run_without_a_name_is_named_after_its_config(trained: Trained) -> None:
    run = start(trained.client, dataset="strokes", train_limit=10, epochs=1, hidden=[5, 6])
    try:
        assert "784-5-6-10" in run["name"]
        assert len(run["name"]) <= 80
    finally:
        wait_for(trained.client, run["id"], "finished")
        trained.client.delete(f"/api/runs/{run['id']}")


def test_a_run_tells_the_losses_after_its_last_epoch_and_its_parameters(
    trained: Trained,
) -> None:
    client = trained.client
    run = start(client, dataset="strokes", hidden=[7], train_limit=300, batch_size=100, epochs=2)
    assert (run["train_loss"], run["test_loss"]) == (None, None)
    assert run["weights"] == 784 * 7 + 7 + 7 * 10 + 10
    run = wait_for(client, run["id"], "finished")
    last = client.get(f"/api/runs/{run['id']}/epochs").json()["epochs"][-1]
    assert (run["train_loss"], run["test_loss"]) == (last["train_loss"], last["test_loss"])
