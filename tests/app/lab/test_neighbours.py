import base64
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from app.lab.neighbours import nearest
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.datasets import Library


def test_the_five_nearest_pictures_are_exact_even_where_the_squares_differ_by_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (1500, 784), np.uint8)
    picture = np.zeros(784, np.uint8)
    # Squares of 50 million, far above the integers that single precision keeps apart.
    x[100:105] = 255
    x[100, 0], x[102, 0] = 254, 253
    x[[7, 800]] = 0
    x[[800, 7], 0] = 1, 2
    far = nearest(x[98:105], picture)
    squares = ((x[98:105].astype(np.int64) - picture) ** 2).sum(axis=1)
    assert [found.index for found in far] == np.argsort(squares, kind="stable")[:5].tolist()
    near = nearest(x, picture)
    assert [(found.index, found.distance) for found in near[:2]] == [(800, 1 / 255), (7, 2 / 255)]


def test_pictures_at_the_same_distance_keep_the_order_of_the_training_set() -> None:
    found = nearest(np.ones((700, 784), np.uint8), np.zeros(784, np.uint8))
    assert [neighbour.index for neighbour in found] == [0, 1, 2, 3, 4]


def test_fewer_training_pictures_than_five_are_all_neighbours() -> None:
    assert len(nearest(np.ones((2, 784), np.uint8), np.zeros(784, np.uint8))) == 2


def test_neighbours_are_of_the_pictures_that_the_run_has_learned_from(trained: Trained) -> None:
    data = Library(trained.home, offline=True).load("strokes", 2000)
    index = 4321
    response = trained.client.get(f"/api/runs/{trained.run}/test/{index}/neighbours")
    assert response.status_code == 200, response.text
    found = response.json()
    squares = ((data.training.x.astype(np.int32) - data.test.x[index]) ** 2).sum(axis=1)
    assert found["index"] == index
    nearest_five = np.argsort(squares, kind="stable")[:5]
    assert [item["index"] for item in found["neighbours"]] == nearest_five.tolist()
    for item in found["neighbours"]:
        assert item["true"] == data.training.t[item["index"]]
        assert item["distance"] == pytest.approx(np.sqrt(squares[item["index"]]) / 255)
        image = Image.open(BytesIO(base64.b64decode(item["image"].partition(",")[2])))
        assert np.array_equal(np.asarray(image).ravel(), data.training.x[item["index"]])


def test_a_picture_that_is_not_there_has_no_neighbours(trained: Trained) -> None:
    response = trained.client.get(f"/api/runs/{trained.run}/test/10000/neighbours")
    assert_error(response, 404, "not_found")
