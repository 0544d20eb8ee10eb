"""A fork counts on from an epoch of its parent, and lives on its own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.app.http_calls import assert_error, predict, seven, start, wait_for
from tests.app.live_runs import (
    ENDLESS,
    ENDURING,
    act,
    assert_as_undisturbed,
    losses_of,
    reference,
    run_of,
    until,
    wait_for_step,
    wait_until_stopped,
)
from tests.conftest import running_server
from trainer import checkpoint, loop
from trainer.config import Config
from trainer.datasets import Library
from trainer.events import Epoch, Step
from trainer.state import State

PARENT: dict[str, Any] = ENDURING | {"epochs": 4, "augment": False}
STEPS = 100  # of one of its epochs


@pytest.fixture(scope="module")
def client(shared_home: Path) -> Iterator[httpx.Client]:
    environment = {"DIGITSCOPE_ACTIVE_RUNS": "2"}
    with running_server(shared_home, **environment) as server, server.client() as client:
        yield client


@pytest.fixture(scope="module")
def parent(client: httpx.Client) -> str:
    run_id = str(start(client, name="parent", **PARENT)["id"])
    wait_for(client, run_id, "finished")
    return run_id


def fork(client: httpx.Client, parent: str, epoch: int, **changes: Any) -> dict[str, Any]:
    run = act(client, parent, "fork", epoch=epoch, **changes)
    return wait_for(client, run["id"], "finished")


def epochs_of(client: httpx.Client, run_id: str) -> list[tuple[int, int]]:
    rows = client.get(f"/api/runs/{run_id}/epochs").json()["epochs"]
    return [(row["epoch"], row["step"]) for row in rows]


@pytest.mark.parametrize("epoch", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_an_unchanged_fork_reproduces_its_parents_later_epochs(
    client: httpx.Client, parent: str, shared_home: Path, data_home: Path, epoch: int
) -> None:
    run = fork(client, parent, epoch)
    assert run["parent"] == {"run": parent, "epoch": epoch}
    assert (run["epoch"], run["step"], run["steps_total"]) == (4, 4 * STEPS, 4 * STEPS)
    assert run["config"] == run_of(client, parent)["config"]
    assert epochs_of(client, run["id"]) == [(k, STEPS * k) for k in range(epoch + 1, 5)]
    loss = client.get(f"/api/runs/{run['id']}/loss").json()
    assert loss["first_step"] == STEPS * epoch + 1
    expected = reference(data_home, PARENT)
    assert_as_undisturbed(client, shared_home, run["id"], expected, first_epoch=epoch + 1)


@pytest.mark.slow
def test_a_fork_of_a_fork_counts_on_as_well(
    client: httpx.Client, parent: str, shared_home: Path, data_home: Path
) -> None:
    first = fork(client, parent, 1)
    second = fork(client, first["id"], 3)
    assert second["parent"] == {"run": first["id"], "epoch": 3}
    assert epochs_of(client, second["id"]) == [(4, 4 * STEPS)]
    expected = reference(data_home, PARENT)
    assert_as_undisturbed(client, shared_home, second["id"], expected, first_epoch=4)
    # The grandparent's first epoch is not one of the fork's.
    assert_error(client.post(f"/api/runs/{second['id']}/fork", json={"epoch": 1}), 404, "not_found")


def test_a_fork_that_has_no_epoch_of_its_own_is_what_its_start_is(
    client: httpx.Client, parent: str, shared_home: Path, data_home: Path
) -> None:
    busy = [start(client, **ENDLESS)["id"] for _ in range(2)]
    start_row = client.get(f"/api/runs/{parent}/epochs").json()["epochs"][1]
    waiting = act(client, parent, "fork", epoch=2)
    assert (waiting["status"], waiting["epoch"], waiting["step"]) == ("queued", 2, 2 * STEPS)
    assert waiting["train_accuracy"] == start_row["train_accuracy"]
    assert waiting["test_accuracy"] == waiting["best_test_accuracy"] == start_row["test_accuracy"]
    assert (waiting["best_epoch"], waiting["actions"]) == (2, ["stop", "fork"])
    assert epochs_of(client, waiting["id"]) == []
    # It has its own copy of its start: all that is asked of an epoch may be asked of that.
    for what in ("failures", "confusion", "checkpoint"):
        own, parents = (
            client.get(f"/api/runs/{run_id}/{what}", params=parameters)
            for run_id, parameters in ((waiting["id"], {}), (parent, {"epoch": 2}))
        )
        assert own.status_code == 200
        assert own.content == parents.content
    assert predict(client, seven(), run=waiting["id"]).json()["epoch"] == 2
    assert_error(client.get(f"/api/runs/{waiting['id']}/failures?epoch=1"), 404, "not_found")
    child = act(client, waiting["id"], "fork", epoch=2)
    assert child["parent"] == {"run": waiting["id"], "epoch": 2}
    for run_id in busy:
        act(client, run_id, "stop")
    for run_id in (waiting["id"], child["id"]):
        assert wait_for(client, run_id, "finished")["epoch"] == 4
        expected = reference(data_home, PARENT)
        assert_as_undisturbed(client, shared_home, run_id, expected, first_epoch=3)
        assert predict(client, seven(), run=run_id, epoch=2).status_code == 200


@pytest.mark.slow
def test_a_fork_is_named_by_its_own_config_and_its_start(client: httpx.Client, parent: str) -> None:
    first = fork(client, parent, 3)
    other = fork(client, parent, 3, learning_rate=0.01)
    named = fork(client, parent, 3, name="my own")
    assert first["name"].endswith(", epoch 3 of parent")
    assert "Adam 0.002" in first["name"]
    assert "Adam 0.01" in other["name"]
    assert named["name"] == "my own"


def continued(data_home: Path, home: Path, parent: str, epoch: int, **changes: Any) -> list[float]:
    """The losses of a fork, by the trainer alone."""
    old, new = Config.from_dict(PARENT), Config.from_dict(PARENT | changes)
    with (home / "runs" / parent / f"epoch-{epoch:04}.npz").open("rb") as file:
        state = checkpoint.load(file, new, with_optimizer=old.optimizer == new.optimizer)
    data = Library(data_home, offline=True).load(new.dataset, new.train_limit)
    events = loop.train(state, data.training, **new.training_options())
    return [event.loss for event in events if isinstance(event, Step)]


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 6},
        {"optimizer": "sgd", "learning_rate": 0.1},
        {"batch_size": 48, "epochs": 3},
        *[
            pytest.param(changes, marks=pytest.mark.slow)
            for changes in (
                {"seed": 7},
                {"sampling": "random", "schedule": "constant"},
                {"train_limit": 1000, "epochs": 3},
                {"loss": "mean_squared_error", "epochs": 3},
                {"augment": True, "epochs": 3},
            )
        ],
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_changed_fork_goes_on_from_its_parents_weights(
    client: httpx.Client, parent: str, shared_home: Path, data_home: Path, changes: dict[str, Any]
) -> None:
    run = fork(client, parent, 2, **changes)
    config = Config.from_dict(PARENT | changes)
    assert run["config"] == config.to_dict()
    per_epoch = config.steps_per_epoch(60_000)
    done, to_do = 2 * STEPS, (config.epochs - 2) * per_epoch
    assert run["step"] == run["steps_total"] == done + to_do
    assert epochs_of(client, run["id"]) == [
        (k, done + (k - 2) * per_epoch) for k in range(3, config.epochs + 1)
    ]
    losses = losses_of(client, run["id"])
    expected = np.array(continued(data_home, shared_home, parent, 2, **changes))
    assert losses.tobytes() == expected.tobytes()
    assert losses[:STEPS].tolist() != losses_of(client, parent, done)[:STEPS].tolist() or (
        changes == {"epochs": 6}
    )


def test_a_fork_outlives_its_parent_even_before_it_has_begun(
    client: httpx.Client, shared_home: Path, data_home: Path
) -> None:
    run_id = start(client, **PARENT)["id"]
    wait_for(client, run_id, "finished")
    child = act(client, run_id, "fork", epoch=2, epochs=1000)["id"]
    wait_for_step(client, child, 2 * STEPS + 5)
    act(client, child, "stop")
    wait_until_stopped(client, child)
    assert client.delete(f"/api/runs/{run_id}").status_code == 204
    assert not (shared_home / "runs" / run_id).exists()
    act(client, child, "resume")
    wait_for_step(client, child, 3 * STEPS + 5)
    act(client, child, "stop")
    assert wait_until_stopped(client, child)["parent"] == {"run": run_id, "epoch": 2}
    assert_error(client.post(f"/api/runs/{run_id}/fork", json={"epoch": 2}), 404, "not_found")
    expected = continued_from_reference(data_home)
    assert losses_of(client, child)[:STEPS].tolist() == expected


def continued_from_reference(data_home: Path) -> list[float]:
    """The losses of epoch 3 where there are 1000 to come, by a run that was never forked."""
    config = Config.from_dict(PARENT | {"epochs": 1000})
    data = Library(data_home, offline=True).load(config.dataset, config.train_limit)
    state = State.begin(Config.from_dict(PARENT))
    for event in loop.train(state, data.training, **Config.from_dict(PARENT).training_options()):
        if isinstance(event, Epoch) and event.epoch == 2:
            break
    losses = []
    for event in loop.train(state, data.training, **config.training_options()):
        if not isinstance(event, Step):
            break
        losses.append(event.loss)
    return losses


@pytest.mark.slow
def test_a_fork_may_begin_from_a_run_that_still_trains(client: httpx.Client) -> None:
    run_id = start(client, **ENDURING | {"epochs": 1000})["id"]
    wait_for_step(client, run_id, STEPS + 1)
    child = fork(client, run_id, 1, epochs=2)
    assert (child["epoch"], child["step"]) == (2, 2 * STEPS)
    assert run_of(client, run_id)["status"] == "running"
    act(client, run_id, "stop")
    wait_until_stopped(client, run_id)


def test_a_fork_from_a_checkpoint_that_is_damaged_or_gone_is_a_conflict(
    client: httpx.Client, parent: str, shared_home: Path
) -> None:
    run_id = fork(client, parent, 2)["id"]
    before = len(client.get("/api/runs").json()["runs"])
    folder = shared_home / "runs" / run_id
    (folder / "epoch-0003.npz").write_bytes((folder / "epoch-0003.npz").read_bytes()[:1000])
    shutil.move(folder / "epoch-0004.npz", folder / "elsewhere.npz")
    for epoch, word in ((3, "damaged"), (4, "gone")):
        response = client.post(f"/api/runs/{run_id}/fork", json={"epoch": epoch, "epochs": 9})
        assert word in assert_error(response, 409, "conflict")["error"]["message"]
    assert len(client.get("/api/runs").json()["runs"]) == before
    assert len(list((shared_home / "runs").iterdir())) == before  # nothing half-made stays


def test_a_run_carries_the_actions_that_its_status_allows(client: httpx.Client) -> None:
    run = wait_for(client, start(client, **ENDLESS)["id"], "running")
    assert run["active"]
    assert run["actions"][:2] == ["pause", "stop"]
    with_epoch = until(lambda: run_of(client, run["id"])["epoch"] and run_of(client, run["id"]))
    assert with_epoch["actions"] == ["pause", "stop", "fork"]
    act(client, run["id"], "stop")
    stopped = wait_until_stopped(client, run["id"])
    assert (stopped["active"], stopped["actions"]) == (False, ["resume", "fork", "delete"])
