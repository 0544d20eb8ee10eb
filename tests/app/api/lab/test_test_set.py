from io import BytesIO
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.datasets import Library


def get(trained: Trained, what: str, **parameters: Any) -> httpx.Response:
    run = trained.client.get(f"/api/runs/{trained.run}").json()
    known = {"sha256": run["dataset_sha256"]} | parameters
    return trained.client.get(f"/api/datasets/strokes/test/{what}", params=known)


def test_the_sheets_hold_every_test_picture_once_in_order(trained: Trained) -> None:
    test = Library(trained.home, offline=True).load("strokes").test
    for number in range(10):
        response = get(trained, f"sheets/{number}.png")
        assert response.status_code == 200
        assert response.headers["content-type"] == "image/png"
        image = Image.open(BytesIO(response.content))
        assert (image.format, image.mode, image.size) == ("PNG", "L", (40 * 28, 25 * 28))
        pixels = np.asarray(image)
        for k in (0, 1, 39, 40, 777, 999):
            top, left = k // 40 * 28, k % 40 * 28
            tile = pixels[top : top + 28, left : left + 28]
            assert np.array_equal(tile.ravel(), test.x[number * 1000 + k])


def test_labels_are_one_byte_each(trained: Trained) -> None:
    response = get(trained, "labels")
    assert response.headers["content-type"] == "application/octet-stream"
    labels = np.frombuffer(response.content, np.uint8)
    test = Library(trained.home, offline=True).load("strokes").test
    assert np.array_equal(labels, test.t)


@pytest.mark.parametrize("what", ["sheets/3.png", "labels"])
def test_what_a_checksum_names_is_kept_for_good(trained: Trained, what: str) -> None:
    assert "immutable" in get(trained, what).headers["cache-control"]


@pytest.mark.parametrize("what", ["sheets/0.png", "labels"])
def test_other_data_than_the_expected_is_a_conflict(trained: Trained, what: str) -> None:
    response = get(trained, what, sha256="0" * 64)
    assert "cache-control" not in response.headers
    assert "0" * 64 in assert_error(response, 409, "conflict")["error"]["message"]


@pytest.mark.parametrize("sha256", ["", "0", "z" * 64, "0" * 65])
def test_a_checksum_has_64_hexadecimal_digits(trained: Trained, sha256: str) -> None:
    fields = assert_error(get(trained, "labels", sha256=sha256), 422, "invalid")["fields"]
    assert fields["sha256"].startswith("expected ")


@pytest.mark.parametrize("number", ["10", "-1", str(10**30)])
def test_a_sheet_that_is_not_there_is_404(trained: Trained, number: str) -> None:
    assert_error(get(trained, f"sheets/{number}.png"), 404, "not_found")


def test_an_unknown_data_set_is_404(trained: Trained) -> None:
    response = trained.client.get("/api/datasets/nothing/test/labels", params={"sha256": "0" * 64})
    assert_error(response, 404, "not_found")
