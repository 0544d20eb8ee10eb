"""Labels that may be wrong, against cleanlab's own figures."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.lab.label_issues import LabelIssues, label_issues
from app.storage.store import Store
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error, start, wait_for
from trainer.datasets import Library

Probabilities = NDArray[np.float64]


def of_cleanlab(networks: list[Probabilities], t: NDArray[Any]) -> list[tuple[int, int, float]]:
    """Index, other class and score of the pictures that cleanlab finds for all, worst first."""
    # Take a second, in each process that collects tests.
    from cleanlab.count import get_confident_thresholds
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    found = np.all(
        [find_label_issues(t, y, filter_by="confident_learning", n_jobs=1) for y in networks],
        axis=0,
    )
    scores = np.mean(
        [get_label_quality_scores(t, y, method="normalized_margin") for y in networks], axis=0
    )
    order = np.flatnonzero(found)[np.argsort(scores[found], kind="stable")]
    thresholds = [get_confident_thresholds(t, y) for y in networks]
    issues = []
    for i in order.tolist():
        classes = {
            confident_class(y[i], limits) for y, limits in zip(networks, thresholds, strict=True)
        }
        if len(classes) == 1:
            issues.append((i, classes.pop(), float(scores[i])))
    return issues


def confident_class(row: Probabilities, thresholds: Probabilities) -> int:
    """The class that cleanlab counts a picture for: the confident one, or the most probable."""
    confident = np.flatnonzero(row >= thresholds - 1e-6)
    return int(confident[0] if len(confident) == 1 else row.argmax())


def check(found: LabelIssues, expected: list[tuple[int, int, float]]) -> None:
    index, suggested, score = map(list, zip(*expected, strict=True))
    assert found.index.tolist() == index
    assert found.suggested.tolist() == suggested
    assert found.score.tolist() == pytest.approx(score)


def drawn(seed: int, sharpness: float, classes: int = 4) -> tuple[Probabilities, NDArray[np.uint8]]:
    """Predictions that follow labels of which a tenth is then replaced."""
    rng = np.random.default_rng(seed)
    t = np.random.default_rng(0).integers(0, classes, 600, np.uint8)
    scores = rng.normal(size=(600, classes)) + sharpness * np.eye(classes)[t]
    y = np.exp(scores)
    t[::10] = (t[::10] + 1) % classes
    return y / y.sum(axis=1, keepdims=True), t


@pytest.mark.parametrize("sharpness", [0.5, 2, 6])
def test_issues_and_scores_of_one_network_are_those_of_cleanlab(sharpness: float) -> None:
    y, t = drawn(1, sharpness)
    check(label_issues([y], t), of_cleanlab([y], t))


def test_several_networks_must_agree_on_the_other_class() -> None:
    networks = [drawn(seed, 3)[0] for seed in (1, 2, 3)]
    t = drawn(1, 3)[1]
    found = label_issues(networks, t)
    check(found, of_cleanlab(networks, t))
    assert 10 < len(found.index) < len(label_issues(networks[:1], t).index)


def test_a_class_that_no_picture_has_is_never_suggested() -> None:
    y, t = drawn(1, 2)
    t[t == 3] = 2
    found = label_issues([y], t)
    check(found, of_cleanlab([y], t))
    assert 3 not in found.suggested


@pytest.fixture(scope="module")
def other(trained: Trained) -> Iterator[str]:
    """A run with another seed."""
    quick: dict[str, Any] = {"train_limit": 1000, "batch_size": 50, "learning_rate": 0.5}
    run = start(trained.client, dataset="strokes", hidden=[10], epochs=2, seed=1, **quick)["id"]
    wait_for(trained.client, run, "finished")
    yield run
    trained.client.delete(f"/api/runs/{run}")


def test_issues_of_runs_are_those_of_cleanlab(trained: Trained, other: str) -> None:
    store = Store(trained.home)
    runs = [store.get(trained.run), store.get(other)]
    networks = [
        store.files_of(run).load_predictions(run.epoch).probabilities() for run in runs
    ]  # fmt: skip
    store.close()
    t = np.asarray(Library(trained.home, offline=True).load("strokes").test.t)
    expected = of_cleanlab(networks, t)
    asked: dict[str, Any] = {"run": [run.id for run in runs], "limit": 1000}
    response = trained.client.get("/api/label-issues", params=asked)
    assert response.status_code == 200, response.text
    found = response.json()
    assert found["runs"] == [{"run": trained.run, "epoch": 3}, {"run": other, "epoch": 2}]
    assert found["total"] == len(found["items"]) == len(expected) > 10
    for item, (index, suggested, score) in zip(found["items"], expected, strict=True):
        assert (item["index"], item["true"], item["suggested"]) == (index, t[index], suggested)
        assert item["score"] == pytest.approx(score)
    part = trained.client.get("/api/label-issues", params=asked | {"offset": 3, "limit": 4}).json()
    assert part["items"] == found["items"][3:7]


def test_issues_need_known_runs(trained: Trained) -> None:
    assert_error(
        trained.client.get("/api/label-issues", params={"run": "nothing"}), 404, "not_found"
    )
    for runs in ([], [trained.run] * 21):
        fields = assert_error(
            trained.client.get("/api/label-issues", params={"run": runs}), 422, "invalid"
        )["fields"]
        assert set(fields) == {"run"}
