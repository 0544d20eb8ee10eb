"""Learned and forgotten pictures, against a plain count over the predictions of each epoch."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.lab.evaluations import Evaluation
from app.lab.learning import learning
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, start, wait_for
from trainer.datasets import Library


def evaluation(predicted: NDArray[np.uint8]) -> Evaluation:
    half = np.full(len(predicted), 0.5, np.float32)
    return Evaluation(predicted, half, half)


def plainly(
    history: list[tuple[int, list[int]]], t: list[int]
) -> tuple[list[int], list[int], list[tuple[int, int, int]]]:
    """First right epoch, number of times forgotten, and both counts of each epoch."""
    first, forgotten = [0] * len(t), [0] * len(t)
    changes = []
    for place, (epoch, predicted) in enumerate(history):
        learned_now = forgotten_now = 0
        for i, label in enumerate(t):
            was_right = place > 0 and history[place - 1][1][i] == label
            is_right = predicted[i] == label
            if is_right and not first[i]:
                first[i] = epoch
            learned_now += is_right and not was_right
            if was_right and not is_right:
                forgotten[i] += 1
                forgotten_now += 1
        changes.append((epoch, learned_now, forgotten_now))
    return first, forgotten, changes


def test_pictures_are_learned_and_forgotten_as_a_plain_count_says() -> None:
    rng = np.random.default_rng(0)
    t = rng.integers(0, 3, 200, np.uint8)
    epochs = [3, *range(5, 16)]
    history = [(epoch, rng.integers(0, 3, 200, np.uint8)) for epoch in epochs]
    found = learning([(epoch, evaluation(predicted)) for epoch, predicted in history], t)
    first, forgotten, changes = plainly(
        [(epoch, predicted.tolist()) for epoch, predicted in history], t.tolist()
    )
    assert found.first_right.tolist() == first
    assert found.forgotten.tolist() == forgotten
    assert [(row.epoch, row.learned, row.forgotten) for row in found.changes] == changes
    assert max(forgotten) > 1


def predicted(trained: Trained, run: str, epoch: int) -> list[int]:
    content = trained.client.get(f"/api/runs/{run}/predictions", params={"epoch": epoch}).content
    return list(content[: len(content) // 9])


def told(trained: Trained, run: str, **at: Any) -> tuple[list[int], list[int], list[Any]]:
    response = trained.client.get(f"/api/runs/{run}/learning", params=at)
    assert response.status_code == 200, response.text
    first, forgotten = np.frombuffer(response.content, "<u2").reshape(2, -1)
    rows = trained.client.get(f"/api/runs/{run}/learning/epochs", params=at).json()["epochs"]
    assert response.headers["x-epoch"] == str(rows[-1]["epoch"])
    changes = [(row["epoch"], row["learned"], row["forgotten"]) for row in rows]
    return first.tolist(), forgotten.tolist(), changes


@pytest.fixture(scope="module")
def labels(trained: Trained) -> list[int]:
    t: list[int] = Library(trained.home, offline=True).load("strokes").test.t.tolist()
    return t


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_run_tells_what_it_has_learned_and_forgotten_up_to_an_epoch(
    trained: Trained, labels: list[int], last: int
) -> None:
    history = [(epoch, predicted(trained, trained.run, epoch)) for epoch in range(1, last + 1)]
    assert told(trained, trained.run, epoch=last) == plainly(history, labels)
    if last == 3:
        assert told(trained, trained.run) == plainly(history, labels)


def test_learning_is_not_sent_twice(trained: Trained) -> None:
    address = f"/api/runs/{trained.run}/learning"
    tag = trained.client.get(address).headers["etag"]
    again = trained.client.get(address, headers={"if-none-match": tag})
    assert (again.status_code, again.content, again.headers["x-epoch"]) == (304, b"", "3")


def test_a_fork_has_learned_what_its_start_predicts(trained: Trained, labels: list[int]) -> None:
    body = {"epoch": 2, "epochs": 4, "learning_rate": 0.1}
    fork = trained.client.post(f"/api/runs/{trained.run}/fork", json=body).json()["id"]
    wait_for(trained.client, fork, "finished")
    history = [(epoch, predicted(trained, fork, epoch)) for epoch in (2, 3, 4)]
    assert told(trained, fork) == plainly(history, labels)
    trained.client.delete(f"/api/runs/{fork}")


def test_one_picture_has_its_prediction_at_every_epoch(trained: Trained, labels: list[int]) -> None:
    sheet = trained.client.get(f"/api/runs/{trained.run}/failures", params={"limit": 1}).json()
    (failure,) = sheet["items"]
    index = failure["index"]
    address = f"/api/runs/{trained.run}/test/{index}"
    history = trained.client.get(f"{address}/history").json()
    assert (history["index"], history["true"]) == (index, labels[index])
    assert history["epochs"] == [1, 2, 3]
    for place, epoch in enumerate(history["epochs"]):
        picture = trained.client.get(address, params={"epoch": epoch}).json()
        probabilities = picture.pop("probabilities")
        assert sum(probabilities) == pytest.approx(1, abs=1e-12)
        assert history["predicted"][place] == picture["predicted"]
        assert picture["predicted"] == np.argmax(probabilities)
        assert history["label_probability"][place] == pytest.approx(probabilities[labels[index]])
    assert picture == {name: failure[name] for name in ("index", "true", "predicted", "image")} | {
        "epoch": 3,
        "loss": pytest.approx(failure["loss"]),
    }


@pytest.mark.parametrize("index", ["10000", "-1", str(10**30)])
@pytest.mark.parametrize("what", ["", "/history"])
def test_a_test_picture_that_is_not_there_is_404(trained: Trained, index: str, what: str) -> None:
    address = f"/api/runs/{trained.run}/test/{index}{what}"
    assert_error(trained.client.get(address), 404, "not_found")


def test_a_damaged_epoch_is_named(trained: Trained) -> None:
    path = trained.home / "runs" / trained.run / "epoch-0002.npz"
    whole = path.read_bytes()
    try:
        path.write_bytes(bytes(len(whole)))
        for what in ("learning", "learning/epochs", "test/0/history"):
            response = trained.client.get(f"/api/runs/{trained.run}/{what}")
            message = assert_error(response, 409, "conflict")["error"]["message"]
            assert message.startswith(f"Epoch 2 of run {trained.run}: ")
    finally:
        path.write_bytes(whole)


def test_learning_needs_a_complete_epoch(trained: Trained) -> None:
    run = start(trained.client, dataset="strokes", batch_size=1, epochs=300)["id"]
    try:
        assert_error(trained.client.get(f"/api/runs/{run}/learning"), 409, "conflict")
    finally:
        trained.client.post(f"/api/runs/{run}/stop")
        wait_for(trained.client, run, "stopped")
        trained.client.delete(f"/api/runs/{run}")
