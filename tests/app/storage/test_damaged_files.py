"""Trouble with a run's own files in a real server: it is that run's, and nobody else's."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.app.http_calls import TINY, assert_error, predict, seven, start, wait_for
from tests.app.live_runs import Viewer, run_of
from tests.conftest import Server, running_server


@pytest.fixture(scope="module")
def healthy(client: httpx.Client) -> str:
    return str(wait_for(client, start(client, **TINY)["id"], "finished")["id"])


@pytest.fixture
def run(client: httpx.Client, healthy: str) -> str:
    return str(wait_for(client, start(client, **TINY)["id"], "finished")["id"])


def make_folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()
    (path / "something").touch()


def make_unreadable(path: Path) -> None:
    # A link to itself: also the superuser, for whom every mode is readable, cannot open it.
    path.unlink(missing_ok=True)
    path.symlink_to(path)


def check_all_calls(server: Server, client: httpx.Client, run_id: str, healthy: str) -> list[int]:
    """Make every call on a run; return the statuses of those that read its files."""
    assert {healthy, run_id} <= {run["id"] for run in client.get("/api/runs").json()["runs"]}
    for page in ("/", "/runs", f"/runs/{run_id}", f"/api/runs/{run_id}", "/failures", "/draw"):
        assert client.get(page).status_code == 200
    assert client.get(f"/api/runs/{run_id}/epochs").status_code == 200
    responses = [
        *(
            client.get(f"/api/runs/{run_id}/{what}")
            for what in (
                "loss",
                "loss?max_points=10",
                "statistics",
                "diagnosis",
                "failures",
                "confusion",
                "predictions",
                "checkpoint",
            )
        ),
        predict(client, seven(), run=run_id),
        predict(client, seven(), run=run_id, history=True),
        client.post(f"/api/runs/{run_id}/fork", json={"epoch": 2, "epochs": 3}),
        client.patch(f"/api/runs/{run_id}", json={"notes": "strange"}),
    ]
    for response in responses:
        if response.status_code not in (200, 201):
            assert_error(response, 409, "conflict")
    viewer = Viewer()
    viewer.watch(server, run_id)
    assert viewer.statuses == ["finished"]
    assert viewer.code in (1000, 1011)
    for what in ("loss", "failures", "confusion", "checkpoint"):
        assert client.get(f"/api/runs/{healthy}/{what}").status_code == 200
    assert predict(client, seven(), run=healthy).status_code == 200
    return [response.status_code for response in responses]


@pytest.mark.parametrize(
    "damage", [make_folder, pytest.param(make_unreadable, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("losses.f64", 0),
        ("epoch-0002.npz", 6),
        pytest.param("epoch-0001.npz", 0, marks=pytest.mark.slow),
        pytest.param("worker.log", 0, marks=pytest.mark.slow),
        pytest.param("resume-20.npz", 0, marks=pytest.mark.slow),
    ],
)
def test_a_file_that_is_a_folder_or_unreadable_is_its_runs_trouble_alone(
    server: Server,
    client: httpx.Client,
    shared_home: Path,
    run: str,
    healthy: str,
    name: str,
    bad: int,
    damage: Callable[[Path], None],
) -> None:
    folder = shared_home / "runs" / run
    damage(folder / name)
    statuses = check_all_calls(server, client, run, healthy)
    assert statuses.count(409) >= bad
    assert client.delete(f"/api/runs/{run}").status_code == 204
    assert not folder.exists()
    assert not list((shared_home / "runs").glob(".*"))


def test_a_loss_file_that_is_a_folder_is_a_conflict_in_words(
    client: httpx.Client, shared_home: Path, run: str
) -> None:
    make_folder(shared_home / "runs" / run / "losses.f64")
    response = client.get(f"/api/runs/{run}/loss")
    message = assert_error(response, 409, "conflict")["error"]["message"]
    assert "The file losses.f64 cannot be read: Is a directory." in message
    assert run_of(client, run)["step"] == 0


def test_a_run_whose_folder_is_a_file_is_listed_and_can_be_deleted(
    server: Server, client: httpx.Client, shared_home: Path, run: str, healthy: str
) -> None:
    folder = shared_home / "runs" / run
    folder.rename(shared_home / "elsewhere")
    folder.write_text("no folder")
    check_all_calls(server, client, run, healthy)
    assert_error(client.get(f"/api/runs/{run}/loss"), 409, "conflict")
    assert client.delete(f"/api/runs/{run}").status_code == 204
    assert not list((shared_home / "runs").glob(f"*{run}"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "losses.f64",
        pytest.param("worker.log", marks=pytest.mark.slow),
        pytest.param("", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_cannot_write_its_files_fails_and_the_next_one_trains(
    home: Path, name: str
) -> None:
    with running_server(home, DIGITSCOPE_ACTIVE_RUNS="1") as server, server.client() as client:
        busy = start(client, **TINY | {"epochs": 1000, "train_limit": 5000})["id"]
        waiting, after = (start(client, **TINY)["id"] for _ in range(2))
        folder = home / "runs" / waiting
        if name:
            make_folder(folder / name)
        else:
            for path in folder.iterdir():
                path.unlink()
            folder.rmdir()
            folder.write_text("no folder")
        client.post(f"/api/runs/{busy}/stop")
        failed = wait_for(client, waiting, "failed")
        assert failed["error"]["type"] == "storage"
        wait_for(client, after, "finished")
    with running_server(home) as server, server.client() as client:
        assert run_of(client, waiting)["status"] == "failed"
