from typing import Any

import httpx
import pytest

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from tests.hand_worked import LOSS, STEPPED, STEPPED_LOSS, WEIGHT_GRADIENTS
from trainer.layers.explanation import Source
from trainer.teaching.chapters import CHAPTERS


def network(trained: Trained, **change: Any) -> httpx.Response:
    return trained.client.get("/api/learn/network", params=change)


def test_the_small_network_has_the_numbers_that_were_worked_by_hand(trained: Trained) -> None:
    found = network(trained).json()
    assert found["loss"] == pytest.approx(LOSS)
    b1 = [row["analytic"] for row in found["checked"] if row["parameter"] == "b1"]
    assert b1 == pytest.approx(WEIGHT_GRADIENTS["b1"])
    assert max(row["relative_difference"] for row in found["checked"]) < 1e-6


def test_another_number_in_a_weight_gives_another_loss(trained: Trained) -> None:
    found = network(trained, parameter="W2", index=3, value=STEPPED).json()
    assert found["loss"] == pytest.approx(STEPPED_LOSS)
    assert network(trained).json()["loss"] == pytest.approx(LOSS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parameter": "W3"}, "parameter"),
        ({"parameter": "b2", "index": 2}, "index"),
        ({"parameter": "b2", "index": -1}, "index"),
        ({"parameter": "b2", "value": "nan"}, "value"),
        ({"parameter": "b2", "value": 1e9}, "value"),
    ],
)
def test_a_change_that_cannot_be_made_is_an_error(
    trained: Trained, change: dict[str, Any], field: str
) -> None:
    found = assert_error(network(trained, **change), 422, "invalid")
    assert list(found["fields"]) == [field]


def test_the_digit_is_a_picture_of_bytes(trained: Trained) -> None:
    found = trained.client.get("/api/learn/digit").json()
    assert len(found["pixels"]) == 784
    assert 200 < max(found["pixels"]) < 256


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_shows_the_source_lines_that_it_speaks_of(trained: Trained, name: str) -> None:
    text = trained.client.get(f"/learn/{name}").text
    assert "<math" in text
    for function in CHAPTERS[name].functions:
        source = Source.of(function)
        assert f"{source.file}, line {source.line}" in text


def test_there_is_no_other_chapter(trained: Trained) -> None:
    assert_error(trained.client.get("/learn/nope"), 404, "not_found")
