import base64
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.network_cache import NetworkCache
from app.storage.store import Store
from tests.app.conftest import Trained
from tests.app.http_calls import TINY, assert_error, predict, saved, seven, start, wait_for
from tests.app.images.drawing import encode, sheet_of_digits
from trainer.datasets import Dataset, Library
from trainer.inspection.attribution import occlusion, saliency
from trainer.inspection.trace import take_steps, trace
from trainer.layers.sequential import Sequential
from trainer.optimizers import OPTIMIZERS

CALLS: dict[str, dict[str, Any]] = {
    "": {},
    "/gradient-check": {},
    "/step": {},
    "/unit": {"layer": "Dense 2", "unit": 3},
    "/attribution": {},
    "/change": {"target": 1},
}


@pytest.fixture(scope="module")
def network(trained: Trained) -> Sequential:
    store = Store(trained.home)
    network = NetworkCache(store).load(store.get(trained.run), 3)
    store.close()
    return network


@pytest.fixture(scope="module")
def data(data_home: Path) -> Dataset:
    return Library(data_home, offline=True).load("strokes", 2000)


def inspect(trained: Trained, call: str = "", **body: Any) -> httpx.Response:
    return trained.client.post(f"/api/inspect{call}", json={"run": trained.run, **body})


def inspected(trained: Trained, call: str = "", **body: Any) -> dict[str, Any]:
    response = inspect(trained, call, **body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def decoded(array: dict[str, Any]) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(array["data"]), "<f4").reshape(array["shape"])


@contextmanager
def another_run(trained: Trained, **fields: Any) -> Iterator[str]:
    """Train a network of another config, and delete the run at the end."""
    run = start(trained.client, **{**TINY, "epochs": 1, **fields})["id"]
    try:
        wait_for(trained.client, run, "finished")
        yield run
    finally:
        trained.client.delete(f"/api/runs/{run}")


def picture(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("which", ["test_index", "train_index"])
def test_the_arrays_are_those_of_the_trainer(
    trained: Trained, network: Sequential, data: Dataset, which: str
) -> None:
    pictures = data.test if which == "test_index" else data.training
    found = inspected(trained, **dict[str, Any]({which: 1234}))
    expected = trace(network, pictures.x[1234:1235], pictures.t[1234:1235])
    assert set(found) == {
        "run", "epoch", "label", "loss", "probabilities", "layers", "truncated",
    }  # fmt: skip
    assert (found["run"], found["epoch"], found["truncated"]) == (trained.run, 3, False)
    assert found["label"] == pictures.t[1234]
    assert found["loss"] == expected.loss
    np.testing.assert_array_equal(found["probabilities"], expected.probabilities[0].tolist())
    names = [(layer["name"], layer["kind"]) for layer in found["layers"]]
    assert names == [
        ("Dense 1", "dense"),
        ("ReLU 1", "relu"),
        ("Dense 2", "dense"),
        ("Softmax with loss", "softmax_with_loss"),
    ]
    for layer, arrays in zip(found["layers"], expected.layers, strict=True):
        for name in ("input", "output", "d_output", "d_input"):
            np.testing.assert_array_equal(decoded(layer[name]), getattr(arrays, name))
        assert set(layer["parameters"]) == (
            {"W", "b", "dW", "db"} if layer["kind"] == "dense" else set()
        )
        for name, parameter in arrays.layer.parameters().items():
            np.testing.assert_array_equal(decoded(layer["parameters"][name]), parameter)
        for name, gradient in arrays.layer.gradients().items():
            np.testing.assert_array_equal(decoded(layer["parameters"][f"d{name}"]), gradient)


def test_the_gradients_agree_with_a_computation_in_double_precision(trained: Trained) -> None:
    found = inspected(trained, test_index=7)
    first, relu, second, last = found["layers"]
    w2 = decoded(second["parameters"]["W"]).astype(np.float64)
    x, z, a = (decoded(layer["input"]).astype(np.float64) for layer in (first, relu, second))
    scores = decoded(last["input"])[0].astype(np.float64)
    y = np.exp(scores - scores.max())
    y /= y.sum()
    np.testing.assert_allclose(found["probabilities"], y, rtol=1e-4)
    assert found["loss"] == pytest.approx(-np.log(y[found["label"]]), rel=1e-4)
    d_scores = y - np.eye(10)[found["label"]]
    d_z = (d_scores @ w2.T) * (z > 0)
    for layer, gradient in (
        (second["parameters"]["dW"], np.outer(a, d_scores)),
        (second["parameters"]["db"], d_scores),
        (first["parameters"]["dW"], np.outer(x, d_z)),
        (first["parameters"]["db"], d_z[0]),
    ):
        np.testing.assert_allclose(decoded(layer), gradient, rtol=1e-4, atol=1e-7)


def test_an_uploaded_picture_is_prepared_as_for_predicting(trained: Trained) -> None:
    found = inspected(trained, image=picture(seven()), label=7, epoch=2)
    read = predict(trained.client, seven(), run=trained.run, epoch=2).json()
    assert (found["epoch"], found["label"]) == (2, 7)
    np.testing.assert_allclose(found["probabilities"], read["probabilities"], rtol=1e-4)
    shown = Image.open(BytesIO(base64.b64decode(read["input"].partition(",")[2])))
    pixels = decoded(found["layers"][0]["input"]).reshape(28, 28)
    np.testing.assert_allclose(pixels, np.asarray(shown) / 255, atol=0.005)


def test_every_network_can_be_inspected(trained: Trained) -> None:
    fields = {"hidden": [5, 4], "activation": "sigmoid", "loss": "mean_squared_error"}
    with another_run(trained, **fields) as run:
        found = inspected(trained, run=run, train_index=0)
        names = [layer["name"] for layer in found["layers"]]
        assert names[:4] == ["Dense 1", "Sigmoid 1", "Dense 2", "Sigmoid 2"]
        assert inspected(trained, "/gradient-check", run=run, train_index=0)["largest"] < 1e-6
        body = assert_error(inspect(trained, run=run, train_index=500), 422, "invalid")
        assert "from 0 to 499; got 500" in body["fields"]["train_index"]


def test_the_gradients_of_a_trained_network_pass_the_check(trained: Trained) -> None:
    found = inspected(trained, "/gradient-check", test_index=3, count=200)
    assert set(found) == {"rows", "largest"}
    assert len(found["rows"]) == 200
    assert {row["parameter"] for row in found["rows"]} == {"W1", "b1", "W2", "b2"}
    for row in found["rows"]:
        a, n = row["analytic"], row["numerical"]
        expected = abs(a - n) / max(abs(a), abs(n), 1e-8)
        assert row["relative_difference"] == pytest.approx(expected)
    assert found["largest"] == max(row["relative_difference"] for row in found["rows"]) < 1e-6


def test_the_checked_weights_are_chosen_by_the_seed_or_by_their_indices(trained: Trained) -> None:
    first = inspected(trained, "/gradient-check", test_index=3)
    assert len(first["rows"]) == 20
    assert inspected(trained, "/gradient-check", test_index=3, seed=0) == first
    assert inspected(trained, "/gradient-check", test_index=3, seed=1) != first
    one = inspected(trained, "/gradient-check", test_index=3, parameter="b2", count=50)
    assert [row["index"] for row in one["rows"]] == list(range(10))
    chosen = inspected(
        trained, "/gradient-check", test_index=3, parameter="W2", indices=[199, 0, 7]
    )
    assert [row["index"] for row in chosen["rows"]] == [199, 0, 7]
    gradient = decoded(inspected(trained, test_index=3)["layers"][2]["parameters"]["dW"]).ravel()
    for row in chosen["rows"]:
        assert row["analytic"] == pytest.approx(gradient[row["index"]], rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_are_those_of_the_trainer(
    trained: Trained, network: Sequential, data: Dataset, optimizer: str
) -> None:
    found = inspected(
        trained, "/step", test_index=5, optimizer=optimizer, learning_rate=0.02, steps=3
    )
    copy = network.copied(np.float32)
    rule = OPTIMIZERS[optimizer](list(copy.parameters().values()))
    expected = list(take_steps(copy, rule, data.test.x[5:6], data.test.t[5:6], 0.02, 3))
    assert [step["loss"] for step in found["steps"]] == [step.loss for step in expected]
    assert len(found["steps"]) == 4
    for step, state in zip(found["steps"], expected, strict=True):
        assert step["probabilities"] == state.probabilities[0].tolist()
    assert found["steps"][-1]["loss"] < found["steps"][0]["loss"]
    before, after = network.parameters(), copy.parameters()
    moves = np.concatenate([np.abs(after[k] - before[k]).ravel() for k in before])
    shown = [abs(weight["after"] - weight["before"]) for weight in found["moved"]]
    np.testing.assert_allclose(shown, np.sort(moves)[::-1][:20], rtol=1e-5)
    for weight in found["moved"]:
        name, index = weight["parameter"], weight["index"]
        assert weight["before"] == before[name].ravel()[index]
        assert weight["after"] == after[name].ravel()[index]


def test_a_batch_goes_on_from_its_picture_and_shows_the_pictures_own_probabilities(
    trained: Trained, network: Sequential, data: Dataset
) -> None:
    places = [1998, 1999, 0, 1]
    copy = network.copied(network.dtype)
    rule = OPTIMIZERS["sgd"](list(copy.parameters().values()))
    pictures = data.training
    states = list(take_steps(copy, rule, pictures.x[places], pictures.t[places], 0.5, 2))
    found = inspected(trained, "/step", train_index=1998, steps=2, batch=4)["steps"]
    assert [step["loss"] for step in found] == [state.loss for state in states]
    assert found[2]["probabilities"] == states[2].probabilities[0].tolist()
    drawn = {"image": picture(seven()), "label": 7, "batch": 2}
    assert "batch" in assert_error(inspect(trained, "/step", **drawn), 422, "invalid")["fields"]


def test_a_framed_image_is_the_picture_itself(trained: Trained, data: Dataset) -> None:
    content = saved(Image.fromarray(data.test.x[5].reshape(28, 28)))
    label = int(data.test.t[5])
    found = inspected(trained, image=picture(content), label=label, framed=True)
    assert found["probabilities"] == inspected(trained, test_index=5)["probabilities"]


def test_a_step_without_settings_has_those_of_the_run(trained: Trained) -> None:
    default = inspected(trained, "/step", train_index=0)
    assert len(default["steps"]) == 2
    assert default == inspected(
        trained, "/step", train_index=0, optimizer="sgd", learning_rate=0.5, steps=1
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_largest_steps_have_a_response(trained: Trained, optimizer: str) -> None:
    body = {"image": picture(seven()), "label": 2, "learning_rate": 10, "steps": 100}
    found = inspected(trained, "/step", optimizer=optimizer, **body)
    assert len(found["steps"]) == 101
    for step in found["steps"]:
        assert len(step["probabilities"]) == 10


def test_an_inspection_changes_nothing_of_the_run(trained: Trained) -> None:
    def state() -> tuple[Any, bytes]:
        run = trained.client.get(f"/api/runs/{trained.run}").json()
        return run, trained.client.get(f"/api/runs/{trained.run}/checkpoint").content

    before = state()
    read = inspected(trained, test_index=5)
    for call in CALLS:
        inspected(trained, call, test_index=5, **CALLS[call])
    assert inspected(trained, test_index=5) == read
    assert state() == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "test_index"),
        ({"test_index": 0, "train_index": 0}, "train_index"),
        ({"test_index": 0, "image": "AAAA"}, "image"),
        ({"test_index": 10_000}, "test_index"),
        ({"test_index": -1}, "test_index"),
        ({"test_index": "0"}, "test_index"),
        ({"test_index": True}, "test_index"),
        ({"train_index": 2000}, "train_index"),
        ({"test_index": 0, "label": 1}, "label"),
        ({"test_index": 0, "framed": True}, "framed"),
        ({"image": picture(seven())}, "label"),
        ({"image": picture(seven()), "label": 10}, "label"),
        ({"image": picture(seven()), "label": -1}, "label"),
        ({"image": "no base64!", "label": 7}, "image"),
        ({"image": picture(encode(sheet_of_digits(1, 3, 80))), "label": 7}, "image"),
        ({"test_index": 0, "epoch": "last"}, "epoch"),
        ({"test_index": 0, "picture": 0}, "picture"),
        ({"test_index": 0, "run": None}, "run"),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_an_invalid_subject_is_an_error(
    trained: Trained, call: str, body: dict[str, Any], field: str
) -> None:
    found = assert_error(inspect(trained, call, **CALLS[call], **body), 422, "invalid")
    assert field in found["fields"]
    assert "expected" in found["fields"][field].lower()


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("/gradient-check", {"parameter": "W3"}, "parameter"),
        ("/gradient-check", {"parameter": "W3", "indices": [0]}, "parameter"),
        ("/gradient-check", {"indices": [0]}, "parameter"),
        ("/gradient-check", {"parameter": "b2", "indices": [10]}, "indices"),
        ("/gradient-check", {"parameter": "b2", "indices": [-1]}, "indices"),
        ("/gradient-check", {"parameter": "b2", "indices": []}, "indices"),
        ("/gradient-check", {"parameter": "W1", "indices": list(range(201))}, "indices"),
        ("/gradient-check", {"parameter": "b2", "indices": [0], "count": 3}, "indices"),
        ("/gradient-check", {"count": 0}, "count"),
        ("/gradient-check", {"count": 201}, "count"),
        ("/gradient-check", {"seed": -1}, "seed"),
        ("/gradient-check", {"steps": 1}, "steps"),
        ("/step", {"steps": 0}, "steps"),
        ("/step", {"steps": 101}, "steps"),
        ("/step", {"learning_rate": 0}, "learning_rate"),
        ("/step", {"learning_rate": 11}, "learning_rate"),
        ("/step", {"learning_rate": "0.1"}, "learning_rate"),
        ("/step", {"optimizer": "newton"}, "optimizer"),
        ("/step", {"batch": 0}, "batch"),
        ("/step", {"batch": 33}, "batch"),
        ("", {"parameter": "W1"}, "parameter"),
        ("/unit", {"layer": "ReLU 1", "unit": 0}, "layer"),
        ("/unit", {"layer": "Dense 1", "unit": 20}, "unit"),
        ("/unit", {"layer": "Dense 1", "unit": -1}, "unit"),
        ("/attribution", {"target": 10}, "target"),
        ("/change", {"target": 10}, "target"),
        ("/change", {"target": 1, "steps": 101}, "steps"),
    ],
)
def test_an_invalid_setting_is_an_error(
    trained: Trained, call: str, body: dict[str, Any], field: str
) -> None:
    found = assert_error(inspect(trained, call, test_index=0, **body), 422, "invalid")
    assert list(found["fields"]) == [field]
    assert found["fields"][field].count("expected") == found["fields"][field].count("got") == 1


@pytest.mark.parametrize("call", CALLS)
def test_errors_are_as_for_predicting(trained: Trained, call: str) -> None:
    def error(status: int, kind: str, **body: Any) -> None:
        assert_error(inspect(trained, call, **CALLS[call], **body), status, kind)

    error(404, "not_found", run="nobody", test_index=0)
    error(404, "not_found", epoch=4, test_index=0)
    error(415, "unreadable", image=picture(b"this is no picture"), label=7)
    error(422, "blank", image=picture(saved(Image.new("L", (50, 50), 255))), label=7)
    error(413, "too_large", image=picture(saved(Image.new("L", (20_001, 1000)))), label=7)


def test_a_picture_of_five_megabytes_is_read_and_a_larger_one_is_not(trained: Trained) -> None:
    padded = seven() + bytes(5_000_000 - len(seven()))
    assert inspected(trained, image=picture(padded), label=7)["label"] == 7
    assert_error(inspect(trained, image=picture(padded + b"\0"), label=7), 413, "too_large")
    assert_error(inspect(trained, image=picture(bytes(6_000_000)), label=7), 413, "too_large")


def test_a_run_without_a_complete_epoch_is_a_conflict(trained: Trained) -> None:
    run = start(trained.client, dataset="strokes", hidden=[2000], epochs=1)["id"]
    assert_error(inspect(trained, run=run, test_index=0), 409, "conflict")
    trained.client.post(f"/api/runs/{run}/stop")
    wait_for(trained.client, run, "stopped")
    trained.client.delete(f"/api/runs/{run}")


@pytest.mark.slow
def test_parameters_are_left_out_of_a_response_over_8_mb(trained: Trained) -> None:
    with another_run(trained, hidden=[900]) as run:
        response = inspect(trained, run=run, test_index=0)
        assert 7_500_000 < len(response.content) < 8_000_000
        assert response.json()["truncated"] is False
    with another_run(trained, hidden=[960]) as run:
        response = inspect(trained, run=run, test_index=0)
        assert len(response.content) < 100_000
        found = response.json()
        assert found["truncated"] is True
        first, relu, second, last = found["layers"]
        for layer in (first, second):
            assert layer["parameters"] == {"W": None, "b": None, "dW": None, "db": None}
        assert relu["parameters"] == last["parameters"] == {}
        assert decoded(first["input"]).shape == (1, 784)
        for array in (first["output"], relu["d_output"], second["d_input"]):
            assert decoded(array).shape == (1, 960)


def test_a_units_parameters_are_its_columns(trained: Trained) -> None:
    layer = inspected(trained, test_index=5)["layers"][2]
    found = inspected(trained, "/unit", test_index=5, layer="Dense 2", unit=3)
    assert (found["layer"], found["unit"]) == ("Dense 2", 3)
    assert set(found["parameters"]) == {"W", "b", "dW", "db"}
    for name, array in found["parameters"].items():
        np.testing.assert_array_equal(decoded(array), decoded(layer["parameters"][name])[..., 3])


def test_a_prediction_is_attributed_to_pixels(
    trained: Trained, network: Sequential, data: Dataset
) -> None:
    found = inspected(trained, "/attribution", test_index=5)
    x = data.test.x[5:6]
    assert found["target"] == network.predict(x).argmax()
    assert found["probability"] == pytest.approx(network.predict(x).max())
    _, gradient = saliency(network, x, found["target"])
    np.testing.assert_array_equal(decoded(found["saliency"]), gradient)
    np.testing.assert_allclose(
        decoded(found["gradient_times_input"]), gradient * x / 255, rtol=1e-5, atol=1e-9
    )
    covered = occlusion(network, x.reshape(28, 28), found["target"])
    assert found["patch"] == 4
    np.testing.assert_allclose(decoded(found["occlusion"]), covered, rtol=1e-5)
    assert inspected(trained, "/attribution", test_index=5, target=0)["target"] == 0


def test_a_picture_is_changed_until_it_is_another_digit(
    trained: Trained, network: Sequential, data: Dataset
) -> None:
    target = (int(network.predict(data.test.x[5:6]).argmax()) + 1) % 10
    found = inspected(trained, "/change", test_index=5, target=target, steps=100)
    assert (found["target"], found["reached"]) == (target, True)
    last = network.predict(decoded(found["picture"]))[0]
    assert last.argmax() == target
    np.testing.assert_allclose(found["steps"][-1]["probabilities"], last, rtol=1e-4, atol=1e-7)
    assert found["steps"][0]["probabilities"] == inspected(trained, test_index=5)["probabilities"]
