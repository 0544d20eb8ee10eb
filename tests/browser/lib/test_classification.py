"""Measures that the pages compute from predictions, against scikit-learn's on a real run."""

import base64
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page

from tests.browser.servers import Server

MEASURES = """async ([labels, predictions, classes]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const { readPredictions } = await import("/static/lib/test-set/predictions.js");
    const { accuracy, calibration, classScores, confusionMatrix } =
        await import("/static/lib/test-set/classification.js");
    const t = bytes(labels);
    const read = readPredictions(bytes(predictions).buffer);
    const matrix = confusionMatrix(t, read.predicted, classes);
    return {
        matrix,
        accuracy: accuracy(matrix),
        classes: classScores(matrix),
        calibration: calibration(t, read),
        labelProbability: Array.from(read.labelProbability),
    };
}"""


def measured(blank: Page, labels: bytes, predictions: bytes, classes: int) -> Any:
    texts = [base64.b64encode(content).decode() for content in (labels, predictions)]
    return blank.evaluate(MEASURES, [*texts, classes])


def packed(
    predicted: NDArray[Any], confidence: NDArray[Any], label_probability: NDArray[Any]
) -> bytes:
    return predicted.astype(np.uint8).tobytes() + b"".join(
        p.astype("<f4").tobytes() for p in (confidence, label_probability)
    )


def check(found: Any, labels: bytes, predictions: bytes, classes: int) -> None:
    """Compare with scikit-learn; a measure that is not defined is null in the page."""
    # Take a second, in each process that collects tests.
    from sklearn.calibration import calibration_curve
    from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

    t, count = np.frombuffer(labels, np.uint8), len(labels)
    predicted = np.frombuffer(predictions, np.uint8, count)
    confidence, of_label = np.frombuffer(predictions, "<f4", offset=count).reshape(2, count)
    names = list(range(classes))
    assert found["matrix"] == confusion_matrix(t, predicted, labels=names).tolist()
    assert found["accuracy"] == pytest.approx(accuracy_score(t, predicted))
    scores = precision_recall_fscore_support(t, predicted, labels=names, zero_division=np.nan)
    for name, expected in zip(("precision", "recall", "f1", "count"), scores, strict=True):
        got = [np.nan if row[name] is None else row[name] for row in found["classes"]]
        assert got == pytest.approx(expected.tolist(), nan_ok=True), name
    bins = [row for row in found["calibration"]["bins"] if row["count"]]
    accuracies, confidences = calibration_curve(
        predicted == t, confidence.astype(np.float64), n_bins=10, strategy="uniform"
    )
    assert [row["accuracy"] for row in bins] == pytest.approx(accuracies.tolist())
    assert [row["confidence"] for row in bins] == pytest.approx(confidences.tolist())
    assert sum(row["count"] for row in bins) == count
    weights = np.array([row["count"] for row in bins]) / count
    error = float((weights * np.abs(accuracies - confidences)).sum())
    assert found["calibration"]["error"] == pytest.approx(error)
    assert found["labelProbability"] == of_label.tolist()


@pytest.mark.slow
@pytest.mark.parametrize("epoch", [1, 3])
def test_measures_of_a_run_agree_with_scikit_learn(
    blank: Page, shared_server: Server, finished_run: Any, epoch: int
) -> None:
    name, sha256 = finished_run["config"]["dataset"], finished_run["dataset_sha256"]
    labels = shared_server.content(f"/api/datasets/{name}/test/labels?sha256={sha256}")
    predictions = shared_server.content(f"/api/runs/{finished_run['id']}/predictions?epoch={epoch}")
    check(measured(blank, labels, predictions, 10), labels, predictions, 10)


def test_measures_of_missing_classes_and_of_confidences_at_an_edge_agree_too(blank: Page) -> None:
    t = np.array([0, 0, 1, 1, 3, 3, 3], np.uint8)
    predicted = np.array([0, 1, 1, 1, 3, 3, 2])
    confidence = np.array([0.5, 1, 0.25, 0, 0.75, 0.50001, 0.49999])
    content = packed(predicted, confidence, np.linspace(0, 1, 7))
    check(measured(blank, t.tobytes(), content, 5), t.tobytes(), content, 5)


def test_without_pictures_no_measure_is_defined(blank: Page) -> None:
    found = measured(blank, b"", b"", 2)
    assert found["accuracy"] is found["calibration"]["error"] is None
    assert {row["count"] for row in found["calibration"]["bins"]} == {0}
    assert all(row["f1"] is None for row in found["classes"])
