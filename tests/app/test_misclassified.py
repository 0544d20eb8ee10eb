import base64
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.misclassified import Sort, misclassified
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.datasets import Library
from trainer.datasets.pictures import Pictures
from trainer.events import Predictions


@pytest.fixture(scope="module")
def test_set(data_home: Path) -> Pictures:
    return Library(data_home, offline=True).load("strokes").test


@pytest.fixture(scope="module")
def probabilities(trained: Trained, test_set: Pictures) -> NDArray[np.float64]:
    """(N, 10) probabilities, computed again from the weights of the network."""
    content = trained.client.get(f"/api/runs/{trained.run}/checkpoint").content
    with np.load(BytesIO(content), allow_pickle=False) as weights:
        w1, b1, w2, b2 = (weights[name].astype(np.float64) for name in ("W1", "b1", "W2", "b2"))
    scores = np.maximum(test_set.x / 255 @ w1 + b1, 0) @ w2 + b2
    y = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(y / y.sum(axis=1, keepdims=True))


def failures(trained: Trained, **parameters: Any) -> dict[str, Any]:
    response = trained.client.get(f"/api/runs/{trained.run}/failures", params=parameters)
    assert response.status_code == 200, response.text
    sheet: dict[str, Any] = response.json()
    return sheet


@pytest.fixture(scope="module")
def every(trained: Trained) -> list[dict[str, Any]]:
    """All failures, requested sheet by sheet."""
    items: list[dict[str, Any]] = []
    while True:
        sheet = failures(trained, offset=len(items), limit=1000)
        items += sheet["items"]
        if len(items) >= sheet["total"]:
            return items


def test_failures_are_those_that_the_weights_misclassify_in_the_order_of_the_test_set(
    every: list[dict[str, Any]], test_set: Pictures, probabilities: NDArray[np.float64]
) -> None:
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != test_set.t)
    assert [item["index"] for item in every] == wrong.tolist()
    for item in every:
        index = item["index"]
        assert set(item) == {"index", "true", "predicted", "confidence", "loss", "image"}
        assert item["true"] == test_set.t[index]
        assert item["predicted"] == probabilities[index].argmax()
        assert item["confidence"] == pytest.approx(probabilities[index].max(), rel=2e-3)
        loss = -np.log(probabilities[index, item["true"]])
        assert item["loss"] == pytest.approx(loss, rel=2e-3)


def test_the_pictures_are_those_of_the_test_set(trained: Trained, test_set: Pictures) -> None:
    for item in failures(trained, limit=20)["items"]:
        kind, _, content = item["image"].partition(",")
        assert kind == "data:image/png;base64"
        image = Image.open(BytesIO(base64.b64decode(content)))
        assert (image.format, image.size) == ("PNG", (28, 28))
        assert np.array_equal(np.asarray(image.convert("L")).ravel(), test_set.x[item["index"]])


def test_failures_confusion_and_accuracy_agree_at_every_epoch(trained: Trained) -> None:
    rows = trained.client.get(f"/api/runs/{trained.run}/epochs").json()["epochs"]
    for row in rows:
        at = {"epoch": row["epoch"]}
        response = trained.client.get(f"/api/runs/{trained.run}/confusion", params=at).json()
        matrix = np.array(response["matrix"])
        assert response["epoch"] == row["epoch"]
        assert matrix.shape == (10, 10)
        assert matrix.sum() == 10_000
        assert np.trace(matrix) / 10_000 == row["test_accuracy"]
        sheet = failures(trained, **at, limit=1)
        assert sheet["epoch"] == row["epoch"]
        assert sheet["total"] == 10_000 - np.trace(matrix)


def test_the_confusion_matrix_has_the_true_digits_as_rows(
    trained: Trained, test_set: Pictures, every: list[dict[str, Any]]
) -> None:
    matrix = np.array(trained.client.get(f"/api/runs/{trained.run}/confusion").json()["matrix"])
    assert matrix.sum(axis=1).tolist() == np.bincount(test_set.t, minlength=10).tolist()
    counted = np.zeros((10, 10), int)
    for item in every:
        counted[item["true"], item["predicted"]] += 1
    assert np.array_equal(matrix - np.diag(np.diag(matrix)), counted)


@pytest.mark.parametrize(
    "asked", [{"true": 4}, {"predicted": 9}, {"true": 4, "predicted": 9}, {"true": 0}]
)
def test_a_sheet_may_be_of_one_kind_of_failure(
    trained: Trained, every: list[dict[str, Any]], asked: dict[str, int]
) -> None:
    expected = [item for item in every if all(item[k] == v for k, v in asked.items())]
    sheet = failures(trained, limit=1000, **asked)
    assert sheet["items"] == expected
    assert sheet["total"] == len(expected)


def test_no_correct_prediction_is_a_failure(trained: Trained) -> None:
    assert failures(trained, true=3, predicted=3) == {"epoch": 3, "total": 0, "items": []}


@pytest.mark.parametrize("sort", ["confidence", "loss"])
def test_pictures_can_be_sorted_by_confidence_or_loss(
    trained: Trained, every: list[dict[str, Any]], sort: str
) -> None:
    items = failures(trained, sort=sort, limit=300)["items"]
    highest = sorted((item[sort] for item in every), reverse=True)
    assert [item[sort] for item in items] == highest[:300]


def test_by_default_a_sheet_is_of_the_last_epoch_and_has_60_pictures(trained: Trained) -> None:
    sheet = failures(trained)
    assert sheet["epoch"] == 3
    assert len(sheet["items"]) == 60 < sheet["total"]
    assert sheet == failures(trained, epoch=3, offset=0, limit=60, sort="index")


def test_sheets_follow_each_other_without_gap_or_overlap(trained: Trained) -> None:
    first, second = failures(trained, limit=7), failures(trained, offset=7, limit=5)
    assert first["items"] + second["items"] == failures(trained, limit=12)["items"]
    beyond = failures(trained, offset=first["total"])
    assert (beyond["items"], beyond["total"]) == ([], first["total"])
    assert failures(trained, offset=10**30)["items"] == []


def test_predictions_are_the_class_and_two_probabilities_for_each_test_picture(
    trained: Trained, test_set: Pictures, probabilities: NDArray[np.float64]
) -> None:
    response = trained.client.get(f"/api/runs/{trained.run}/predictions")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-epoch"] == "3"
    count = len(test_set.t)
    assert len(response.content) == 9 * count
    predicted = np.frombuffer(response.content, np.uint8, count)
    confidence, of_label = np.frombuffer(response.content, "<f4", offset=count).reshape(2, count)
    rows = np.arange(count)
    assert np.array_equal(predicted, probabilities.argmax(axis=1))
    assert confidence == pytest.approx(probabilities[rows, predicted], rel=2e-3)
    assert of_label == pytest.approx(probabilities[rows, test_set.t], rel=2e-3, abs=1e-9)


def test_predictions_of_an_epoch_are_not_sent_twice(trained: Trained) -> None:
    path = f"/api/runs/{trained.run}/predictions"
    first = trained.client.get(path, params={"epoch": 2})
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = trained.client.get(path, params={"epoch": 2}, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["x-epoch"]) == (tag, "2")
    later = trained.client.get(path, headers={"if-none-match": tag})
    assert later.status_code == 200
    assert later.headers["etag"] != tag
    assert later.content != first.content


def test_a_damaged_checkpoint_is_a_conflict(trained: Trained) -> None:
    path = trained.home / "runs" / trained.run / "epoch-0002.npz"
    whole = path.read_bytes()
    try:
        for content in (b"", whole[:1000], bytes(len(whole))):
            path.write_bytes(content)
            for what in ("failures", "confusion", "checkpoint", "predictions"):
                response = trained.client.get(
                    f"/api/runs/{trained.run}/{what}", params={"epoch": 2}
                )
                message = assert_error(response, 409, "conflict")["error"]["message"]
                assert message.startswith(f"Epoch 2 of run {trained.run}: ")
    finally:
        path.write_bytes(whole)


def test_ties_keep_the_order_of_the_test_set_and_extremes_come_first() -> None:
    lowest = np.finfo(np.float32).min
    log_y = np.full((4, 10), lowest, np.float32)
    log_y[:, 1] = 0
    log_y[3, 0] = -np.inf
    found = misclassified(
        Predictions(np.ones(4, np.uint8), log_y),
        np.zeros(4, np.uint8),
        "cross_entropy",
        sort=Sort.LOSS,
    )
    assert found.index.tolist() == [3, 0, 1, 2]
    assert found.confidence.tolist() == [1, 1, 1, 1]


def test_the_squared_error_of_a_picture_is_the_mean_over_its_ten_numbers() -> None:
    # Half for 1, half for 2, where 0 is true: (1 + 1/4 + 1/4) / 10.
    log_y = np.full((1, 10), -1000, np.float32)
    log_y[0, 1:3] = np.log(0.5)
    found = misclassified(
        Predictions(np.array([1], np.uint8), log_y), np.zeros(1, np.uint8), "mean_squared_error"
    )
    assert found.loss[0] == pytest.approx(0.15, rel=1e-3)
