from dataclasses import asdict
from io import BytesIO

import httpx
import numpy as np
import pytest

from app.units import excited, survey
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.checkpoint import load_network
from trainer.config import Config
from trainer.datasets import Library


def ask(trained: Trained, path: str, **parameters: int) -> httpx.Response:
    return trained.client.get(f"/api/runs/{trained.run}/{path}", params=parameters)


def test_units_are_those_of_the_epochs_network(trained: Trained) -> None:
    content = ask(trained, "checkpoint", epoch=2).content
    network = load_network(BytesIO(content), Config(hidden=(20,)))
    expected = survey(network, np.asarray(Library(trained.home).load("strokes").test.x))
    found = ask(trained, "units", epoch=2).json()
    assert (found["epoch"], found["layer"]) == (2, "Dense 1")
    assert found["norm"] == expected.norm.tolist()
    assert found["mean"] == expected.mean.tolist()
    assert found["silent_share"] == expected.silent_share.tolist()
    assert sorted(found["by_similarity"]) == list(range(20))
    one = ask(trained, "units/4", epoch=2).json()
    assert (one["epoch"], one["unit"], one["norm"]) == (2, 4, found["norm"][4])
    assert [row["index"] for row in one["strongest"]] == expected.strongest[4].tolist()
    assert one["strongest"][0]["activation"] == one["high"]
    assert sum(one["counts"]) == 10_000


def test_a_picture_has_the_units_that_it_excites_most(trained: Trained) -> None:
    network = load_network(
        BytesIO(ask(trained, "checkpoint", epoch=2).content), Config(hidden=(20,))
    )
    expected = excited(network, Library(trained.home).load("strokes").test.x[17:18])
    found = ask(trained, "test/17/units", epoch=2).json()
    assert found == {"epoch": 2, "index": 17, "units": [asdict(unit) for unit in expected]}
    for path in ("test/10000/units", "test/-1/units"):
        assert_error(ask(trained, path), 404, "not_found")


def test_weights_are_the_columns_of_the_first_layer(trained: Trained) -> None:
    response = ask(trained, "units/weights")
    assert response.headers["x-epoch"] == "3"
    pictures = np.frombuffer(response.content, "<f4").reshape(20, 784)
    with np.load(BytesIO(ask(trained, "checkpoint").content)) as weights:
        np.testing.assert_array_equal(pictures, weights["W1"].T)


def test_histograms_cover_each_layer(trained: Trained) -> None:
    found = ask(trained, "histograms").json()
    assert found["epoch"] == 3
    sizes = {row["layer"]: sum(row["counts"]) for row in found["weights"]}
    assert sizes == {"Dense 1": 784 * 20, "Dense 2": 20 * 10}
    assert [row["layer"] for row in found["activations"]] == ["ReLU 1"]


@pytest.mark.parametrize("path", ["units", "units/weights", "units/0", "histograms"])
def test_an_unknown_epoch_or_unit_is_not_found(trained: Trained, path: str) -> None:
    assert_error(ask(trained, path, epoch=4), 404, "not_found")
    assert_error(ask(trained, "units/20"), 404, "not_found")
    assert_error(ask(trained, "units/-1"), 404, "not_found")
