from io import BytesIO
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.loss_series import decimate
from tests.app.conftest import Trained
from tests.app.http_calls import TINY, assert_error, start, wait_for
from tests.app.live_runs import Viewer
from trainer import loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch, Step
from trainer.state import State

RESULTS = ("failures", "confusion", "checkpoint", "predictions")
"""Results of a complete epoch."""


def get(trained: Trained, what: str, **parameters: Any) -> Any:
    response = trained.client.get(f"/api/runs/{trained.run}/{what}", params=parameters)
    assert response.status_code == 200, response.text
    return response.json()


def test_every_loss_is_there_in_order(trained: Trained) -> None:
    loss = get(trained, "loss")
    assert set(loss) == {"first_step", "values"}
    assert loss["first_step"] == 1
    assert len(loss["values"]) == 120
    assert all(isfinite(value) for value in loss["values"])


@pytest.mark.parametrize("after", [0, 1, 40, 119, 120, 121, 10**6, 2**63 - 1, 2**63, 10**30])
def test_losses_start_after_the_requested_step(trained: Trained, after: int) -> None:
    loss = get(trained, "loss", after_step=after)
    assert loss["first_step"] == after + 1
    assert loss["values"] == get(trained, "loss")["values"][after:]


@pytest.mark.parametrize(("after", "until"), [(0, 10), (40, 41), (119, 10**30), (40, 40), (40, 7)])
def test_losses_end_with_the_requested_step(trained: Trained, after: int, until: int) -> None:
    loss = get(trained, "loss", after_step=after, until_step=until)
    assert loss["first_step"] == after + 1
    assert loss["values"] == get(trained, "loss")["values"][after : max(after, until)]
    points = get(trained, "loss", after_step=after, until_step=until, max_points=1000)
    assert points["values"] == loss["values"]


def test_a_chart_can_request_fewer_points(trained: Trained) -> None:
    values = get(trained, "loss")["values"]
    points = get(trained, "loss", max_points=8)
    assert set(points) == {"steps", "values"}
    assert len(points["steps"]) <= 8
    assert points["steps"] == sorted(set(points["steps"]))
    assert points["values"] == [values[step - 1] for step in points["steps"]]
    for bucket in np.split(np.array(values), 4):
        assert bucket.min() in points["values"]
        assert bucket.max() in points["values"]
    with_means = get(trained, "loss", max_points=8, means=1)
    ends, means = with_means.pop("means").values()
    assert with_means == points
    assert ends == [30, 60, 90, 120]
    assert means == pytest.approx(np.array(values).reshape(4, 30).mean(axis=1).tolist())
    assert get(trained, "loss", max_points=1000) == {"steps": list(range(1, 121)), "values": values}
    later = get(trained, "loss", max_points=4, after_step=112)
    assert set(later["steps"]) <= set(range(113, 121))
    assert get(trained, "loss", max_points=4, after_step=120) == {"steps": [], "values": []}


def test_no_hole_in_a_series_is_lost_in_fewer_points() -> None:
    values = np.random.default_rng(0).normal(size=1000)
    values[[0, 500, 501, 999]] = [np.nan, np.inf, -np.inf, np.nan]
    assert {0, 500, 501, 999} <= set(decimate(values, 10))


@pytest.mark.parametrize(
    ("what", "parameter", "value"),
    [
        *(("loss", "after_step", value) for value in ("-1", "x", "1.5", "", "1" * 5000)),
        *(("loss", "until_step", value) for value in ("-1", "x", "1.5")),
        *(("loss", "max_points", value) for value in ("1", "0", "-1", "x", "1000001")),
        *(("failures", "limit", value) for value in ("0", "-1", "1001", "x", "")),
        *(("failures", "offset", value) for value in ("-1", "x", "1e3")),
        *(("failures", "true", value) for value in ("-1", "10", "x", "")),
        *(("failures", "predicted", value) for value in ("-1", "10", "x")),
        *(("failures", "sort", value) for value in ("", "INDEX", "true")),
        *((what, "epoch", "x") for what in RESULTS),
        *((what, "epoch", "1.5") for what in RESULTS),
    ],
)
def test_an_invalid_parameter_is_named(
    trained: Trained, what: str, parameter: str, value: str
) -> None:
    response = trained.client.get(f"/api/runs/{trained.run}/{what}", params={parameter: value})
    fields = assert_error(response, 422, "invalid")["fields"]
    assert set(fields) == {parameter}
    assert fields[parameter].startswith("expected ")


@pytest.mark.parametrize("what", RESULTS)
@pytest.mark.parametrize("epoch", [0, -1, 4, 10**30, -(10**30)])
def test_an_epoch_that_is_not_complete_is_404(trained: Trained, what: str, epoch: int) -> None:
    response = trained.client.get(f"/api/runs/{trained.run}/{what}", params={"epoch": epoch})
    assert_error(response, 404, "not_found")


@pytest.mark.parametrize("what", RESULTS)
def test_results_of_a_run_without_a_complete_epoch_are_a_conflict(
    trained: Trained, what: str
) -> None:
    run = start(trained.client, dataset="strokes", batch_size=1, epochs=300)["id"]
    try:
        assert_error(trained.client.get(f"/api/runs/{run}/{what}"), 409, "conflict")
        response = trained.client.get(f"/api/runs/{run}/{what}", params={"epoch": 1})
        assert_error(response, 404, "not_found")
    finally:
        trained.client.post(f"/api/runs/{run}/stop")
        wait_for(trained.client, run, "stopped")
        trained.client.delete(f"/api/runs/{run}")


def test_statistics_have_a_number_for_each_layer_at_the_first_steps_and_tenths_of_epochs(
    trained: Trained,
) -> None:
    statistics = get(trained, "statistics")
    assert statistics["layers"] == ["Dense 1", "Dense 2"]
    rows = statistics["rows"]
    assert [row["step"] for row in rows] == [*range(1, 21), *range(24, 121, 4)]
    for row in rows:
        assert row["learning_rate"] == 0.5
        for name in ("weight_norm", "gradient_norm", "update_norm", "update_ratio"):
            assert len(row[name]) == 2
            assert all(number > 0 for number in row[name])
        assert 0 <= row["silent_share"][0] <= 1
        assert row["silent_share"][1] is None
    assert get(trained, "statistics", after_step=100)["rows"] == rows[-5:]
    assert get(trained, "statistics", after_step=10**30)["rows"] == []


def test_epochs_have_their_numbers(trained: Trained) -> None:
    rows = get(trained, "epochs")["epochs"]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["step"] for row in rows] == [40, 80, 120]
    for row in rows:
        assert set(row) == {
            "epoch", "step", "train_accuracy", "test_accuracy", "train_loss", "test_loss",
            "seconds",
        }  # fmt: skip
        assert row["seconds"] > 0
    run = trained.client.get(f"/api/runs/{trained.run}").json()
    assert run["train_accuracy"] == rows[-1]["train_accuracy"]
    assert run["test_accuracy"] == rows[-1]["test_accuracy"]


def test_a_validation_set_adds_its_numbers_to_stored_and_streamed_epochs(trained: Trained) -> None:
    client = trained.client
    assert "validation_accuracy" not in get(trained, "epochs")["epochs"][0]
    run = start(client, **TINY, validation=0.2)["id"]
    viewer = Viewer()
    viewer.watch(trained.server, run)
    assert wait_for(client, run, "finished")["steps_total"] == 16  # of 400 pictures, 50 at a time
    rows = client.get(f"/api/runs/{run}/epochs").json()["epochs"]
    streamed = [frame for frame in viewer.frames if frame["type"] == "epoch"]
    assert [
        *viewer.frames[0]["epochs"],
        *({k: row[k] for k in rows[0]} for row in streamed),
    ] == rows
    for row in rows:
        right = row["validation_accuracy"] * 100  # of 100 pictures
        assert right == pytest.approx(round(right))
        assert row["validation_loss"] > 0
    changed = client.post(f"/api/runs/{run}/fork", json={"epoch": 1, "validation": 0.3})
    assert "validation" in assert_error(changed, 422, "invalid")["fields"]
    neighbours = client.get(f"/api/runs/{run}/test/0/neighbours").json()["neighbours"]
    assert all(neighbour["index"] < 400 for neighbour in neighbours)


def test_the_server_trains_to_the_same_bits_as_the_trainer_alone(
    trained: Trained, data_home: Path
) -> None:
    config = Config.from_dict(trained.client.get(f"/api/runs/{trained.run}").json()["config"])
    data = Library(data_home, offline=True).load("strokes", config.train_limit)
    state, losses, rows = State.begin(config), [], []
    for event in loop.train(state, data.training, data.test, **config.training_options()):
        match event:
            case Step(loss=loss):
                losses.append(loss)
            case Epoch():
                rows.append((event.train_accuracy, event.test_accuracy, event.train_loss))
    assert get(trained, "loss")["values"] == losses
    told = get(trained, "epochs")["epochs"]
    assert [(r["train_accuracy"], r["test_accuracy"], r["train_loss"]) for r in told] == rows
    response = trained.client.get(f"/api/runs/{trained.run}/checkpoint")
    with np.load(BytesIO(response.content), allow_pickle=False) as weights:
        parameters = state.network.parameters()
        assert set(weights.files) == set(parameters)
        for name, parameter in parameters.items():
            assert weights[name].tobytes() == parameter.tobytes()


def test_a_checkpoint_is_a_file_to_keep(trained: Trained) -> None:
    response = trained.client.get(f"/api/runs/{trained.run}/checkpoint", params={"epoch": 2})
    name = f"{trained.run}-epoch-2.npz"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    with np.load(BytesIO(response.content), allow_pickle=False) as weights:
        shapes = {name: weights[name].shape for name in weights.files}
    assert shapes == {"W1": (784, 20), "b1": (20,), "W2": (20, 10), "b2": (10,)}


def test_a_loss_that_is_no_number_is_null_and_ends_the_run(trained: Trained) -> None:
    wild = {"hidden": [128] * 4, "learning_rate": 10, "train_limit": 1000}
    run = start(trained.client, dataset="strokes", **wild)["id"]
    failed = wait_for(trained.client, run, "failed")
    try:
        assert failed["error"]["type"] == "diverged"
        assert "learning rate" in failed["error"]["message"]
        loss = trained.client.get(f"/api/runs/{run}/loss").json()
        assert loss["values"][-1] is None
        assert None not in loss["values"][:-1]
        assert len(loss["values"]) == failed["step"]
        points = trained.client.get(f"/api/runs/{run}/loss", params={"max_points": 2}).json()
        assert points["values"][-1] is None
        assert_error(trained.client.post(f"/api/runs/{run}/resume"), 409, "conflict")
        assert_error(trained.client.get(f"/api/runs/{run}/checkpoint"), 409, "conflict")
    finally:
        trained.client.delete(f"/api/runs/{run}")
