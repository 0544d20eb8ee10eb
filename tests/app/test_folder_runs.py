"""Runs on a data set of the user: six named classes in a folder of IDX files."""

import shutil
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.app.http_calls import assert_error, predict, seven, start, wait_for
from tests.app.live_runs import Viewer, run_of, until
from tests.conftest import Server, running_server
from tests.idx_folders import SHAPES, write_folder

QUICK: dict[str, Any] = {
    "dataset": "shapes", "hidden": [12], "learning_rate": 0.1, "epochs": 3, "seed": 1
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_folder(folder / "shapes")
    write_folder(folder / "faulty", names=["one", "two"], train_size=60, test_size=30)
    write_folder(folder / "tiny", names=None, classes=3, train_size=40, test_size=10, packed=True)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, data: Path) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("folder_runs")
    with running_server(home, DIGITSCOPE_DATA=str(data)) as server:
        yield server


@pytest.fixture(scope="module")
def run(client: httpx.Client) -> str:
    run: str = start(client, **QUICK)["id"]
    assert wait_for(client, run, "finished")["epoch"] == 3
    return run


def listed(client: httpx.Client, name: str) -> dict[str, Any]:
    entries: list[dict[str, Any]] = client.get("/api/datasets").json()["datasets"]
    (found,) = (entry for entry in entries if entry["name"] == name)
    return found


def test_the_folder_is_listed_with_sizes_classes_and_checksum(
    client: httpx.Client, run: str
) -> None:
    entry = listed(client, "shapes")
    assert (entry["label"], entry["available"]) == ("shapes", True)
    assert (entry["train_size"], entry["test_size"]) == (3000, 500)
    assert entry["classes"] == list(SHAPES)
    assert entry["sha256"] == client.get(f"/api/runs/{run}").json()["dataset_sha256"]


def test_its_test_pictures_and_labels_come_in_bulk(client: httpx.Client, run: str) -> None:
    known = {"sha256": client.get(f"/api/runs/{run}").json()["dataset_sha256"]}
    address = "/api/datasets/shapes/test"
    png = client.get(f"{address}/sheets/0.png", params=known).content
    assert Image.open(BytesIO(png)).size == (40 * 28, 13 * 28)
    assert_error(client.get(f"{address}/sheets/1.png", params=known), 404, "not_found")
    labels = client.get(f"{address}/labels", params=known).content
    assert sorted(set(labels)) == list(range(len(SHAPES)))
    assert len(labels) == 500


def test_the_data_of_the_failures_lab_has_its_size_and_its_classes(
    client: httpx.Client, run: str
) -> None:
    address = f"/api/runs/{run}"
    assert len(client.get(f"{address}/learning").content) == 500 * 4
    assert len(client.get(f"{address}/embedding").content) == 500 * 8
    picture = client.get(f"{address}/test/499").json()
    assert len(picture["probabilities"]) == len(SHAPES)
    assert_error(client.get(f"{address}/test/500"), 404, "not_found")
    assert len(client.get(f"{address}/test/0/neighbours").json()["neighbours"]) == 5
    issues = client.get("/api/label-issues", params={"run": run, "limit": 1000}).json()
    assert all(item["suggested"] < len(SHAPES) for item in issues["items"])
    known = {"sha256": issues["dataset_sha256"]}
    mark = {"mark": "label_wrong"}
    client.put("/api/datasets/shapes/test/0/mark", params=known, json=mark)
    lines = client.get("/api/datasets/shapes/test/marks.csv", params=known).text.splitlines()
    assert lines[1].split(",")[2] in SHAPES


def test_runs_on_different_data_have_no_label_issues_together(
    client: httpx.Client, run: str
) -> None:
    other = start(client, dataset="tiny", epochs=1)["id"]
    wait_for(client, other, "finished")
    response = client.get("/api/label-issues", params={"run": [run, other]})
    assert "same data" in assert_error(response, 409, "conflict")["error"]["message"]
    client.delete(f"/api/runs/{other}")


def test_a_faulty_folder_is_listed_with_the_reason_and_cannot_be_trained_on(
    client: httpx.Client,
) -> None:
    entry = listed(client, "faulty")
    assert not entry["available"]
    assert "expected labels from 0 to 1" in entry["detail"]
    assert (entry["train_size"], entry["test_size"], entry["sha256"]) == (None, None, None)
    assert entry["classes"] == []
    body = assert_error(client.post("/api/runs", json={"dataset": "faulty"}), 422, "invalid")
    assert "expected labels from 0 to 1" in body["fields"]["dataset"]
    assert client.get("/").status_code == 200


def test_a_run_counts_its_iterations_and_classes_by_the_files(
    client: httpx.Client, run: str
) -> None:
    told = client.get(f"/api/runs/{run}").json()
    assert told["name"].startswith("784-12-6, ")
    assert (told["step"], told["steps_total"]) == (72, 72)
    assert told["test_accuracy"] > 0.5
    estimate = client.post("/api/estimate", json=QUICK).json()
    assert (estimate["weights"], estimate["steps_total"]) == (785 * 12 + 13 * 6, 72)


def test_its_losses_are_streamed(server: Server, client: httpx.Client) -> None:
    run = start(client, **QUICK)["id"]
    viewer = Viewer()
    viewer.watch(server, run)
    assert sorted(viewer.losses) == list(range(1, 73))
    assert viewer.statuses[-1] == "finished"


def test_its_confusion_matrix_has_a_row_and_a_column_for_each_class(
    client: httpx.Client, run: str
) -> None:
    matrix = client.get(f"/api/runs/{run}/confusion").json()["matrix"]
    assert [len(row) for row in matrix] == [6] * 6
    assert sum(map(sum, matrix)) == 500


def test_its_misclassified_pictures_are_filtered_by_its_classes(
    client: httpx.Client, run: str
) -> None:
    matrix = client.get(f"/api/runs/{run}/confusion").json()["matrix"]
    found = client.get(f"/api/runs/{run}/failures", params={"true": 5, "limit": 1000}).json()
    assert found["total"] == sum(matrix[5]) - matrix[5][5]
    assert all(item["true"] == 5 and item["predicted"] < 6 for item in found["items"])
    everything = client.get(f"/api/runs/{run}/failures").json()
    assert everything["total"] == 500 - sum(matrix[k][k] for k in range(6)) > 0
    for name in ("true", "predicted"):
        response = client.get(f"/api/runs/{run}/failures", params={name: 6})
        fields = assert_error(response, 422, "invalid")["fields"]
        assert fields == {name: "expected a class from 0 to 5; got 6"}


def test_its_network_predicts_one_of_its_classes(client: httpx.Client, run: str) -> None:
    told = predict(client, seven(), run=run, history=True).json()
    assert len(told["probabilities"]) == 6
    assert sum(told["probabilities"]) == pytest.approx(1)
    assert told["digit"] < 6
    assert all(len(row["probabilities"]) == 6 for row in told["history"])


def test_sizes_are_limited_by_the_files(client: httpx.Client) -> None:
    for field, value in (("train_limit", 3001), ("batch_size", 3001)):
        response = client.post("/api/runs", json={"dataset": "shapes", field: value})
        message = assert_error(response, 422, "invalid")["fields"][field]
        assert message == "expected at most the 3,000 training pictures; got 3,001"
    tiny = start(client, dataset="tiny", epochs=2)
    assert (tiny["config"]["batch_size"], tiny["steps_total"]) == (40, 2)
    assert tiny["name"].startswith("784-50-3, ")
    wait_for(client, tiny["id"], "finished")


def test_an_unknown_data_set_is_an_error_beside_other_bad_fields(client: httpx.Client) -> None:
    response = client.post("/api/runs", json={"dataset": "letters", "epochs": 0})
    fields = assert_error(response, 422, "invalid")["fields"]
    assert fields.keys() == {"dataset", "epochs"}
    expected = "expected one of mnist, strokes, faulty, shapes, tiny; got 'letters'"
    assert fields["dataset"] == expected


def test_a_fork_needs_a_data_set_of_as_many_classes(client: httpx.Client, run: str) -> None:
    body = {"epoch": 1, "dataset": "tiny", "batch_size": 10}
    fields = assert_error(client.post(f"/api/runs/{run}/fork", json=body), 422, "invalid")["fields"]
    assert fields == {
        "dataset": "expected a data set of 6 classes, as in the run that is forked; got 3"
    }
    fork = start_fork(client, run, epochs=4)
    assert wait_for(client, fork, "finished")["step"] == 96


def start_fork(client: httpx.Client, run: str, **changes: Any) -> str:
    response = client.post(f"/api/runs/{run}/fork", json={"epoch": 3, **changes})
    assert response.status_code == 201, response.text
    fork: str = response.json()["id"]
    return fork


def stopped_run(client: httpx.Client) -> str:
    """Train until an epoch is complete, and stop."""
    run: str = start(client, **{**QUICK, "epochs": 1000})["id"]
    until(lambda: run_of(client, run)["epoch"])
    client.post(f"/api/runs/{run}/stop")
    wait_for(client, run, "stopped")
    return run


@pytest.mark.slow
def test_a_run_on_files_that_have_changed_does_not_go_on(tmp_path: Path) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    write_folder(data / "shapes")
    with running_server(home, DIGITSCOPE_DATA=str(data)) as server, server.client() as client:
        run = stopped_run(client)
        write_folder(data / "shapes", seed=1)
        assert client.get(f"/api/runs/{run}/failures").status_code == 200
        body = assert_error(client.post(f"/api/runs/{run}/resume"), 409, "conflict")
        assert "is not the one this run has learned from" in body["error"]["message"]
        new = start(client, **QUICK)["id"]
        assert (
            wait_for(client, new, "finished")["dataset_sha256"]
            == (client.get("/api/datasets").json()["datasets"][2]["sha256"])
        )
        # The new run's pictures have replaced those of the old one.
        for result in ("failures", "confusion"):
            body = assert_error(client.get(f"/api/runs/{run}/{result}"), 409, "conflict")
            assert "is not the one" in body["error"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("copy_too", [False, True], ids=["folder", "folder and copy"])
def test_a_run_outlives_its_folder(tmp_path: Path, copy_too: bool) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    write_folder(data / "shapes")
    with running_server(home, DIGITSCOPE_DATA=str(data)) as server, server.client() as client:
        run = stopped_run(client)
    shutil.rmtree(data)
    if copy_too:
        shutil.rmtree(home / "datasets" / "shapes")
    with running_server(home, DIGITSCOPE_DATA="") as server, server.client() as client:
        (told,) = client.get("/api/runs").json()["runs"]
        assert (told["id"], told["status"], told["config"]["dataset"]) == (run, "stopped", "shapes")
        for page in ("/", f"/runs/{run}", "/failures", "/draw", "/openapi.json"):
            assert client.get(page).status_code == 200
        assert len(predict(client, seven(), run=run).json()["probabilities"]) == 6
        assert client.get(f"/api/runs/{run}/epochs").json()["epochs"]
        failures = client.get(f"/api/runs/{run}/failures")
        resume = client.post(f"/api/runs/{run}/resume")
        if copy_too:
            assert_error(failures, 409, "conflict")
            message = assert_error(resume, 409, "conflict")["error"]["message"]
            assert "data set shapes is not available: expected one of mnist" in message
            fork = client.post(f"/api/runs/{run}/fork", json={"epoch": 1})
            assert "expected one of" in assert_error(fork, 422, "invalid")["fields"]["dataset"]
        else:
            assert failures.json()["total"] > 0
            assert resume.status_code == 202
            client.post(f"/api/runs/{run}/stop")
            wait_for(client, run, "stopped")
