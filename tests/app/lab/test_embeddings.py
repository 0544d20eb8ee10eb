"""Projections against scikit-learn's PCA, and their alignment over the epochs of a run."""

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.lab.projection import align, project
from tests.app.conftest import Trained
from tests.app.http_calls import assert_error
from trainer.config import Config
from trainer.datasets import Library
from trainer.layers.sequential import Sequential
from trainer.parallel import one_blas_thread

Points = NDArray[np.float64]


def pca(activations: NDArray[Any]) -> Points:
    from sklearn.decomposition import PCA  # takes a second, in each process that collects tests

    # Without BLAS's own threads, which wait in busy loops.
    with one_blas_thread():
        points: Points = PCA(2, svd_solver="covariance_eigh").fit_transform(
            activations.astype(np.float64)
        )
    return points


def same_up_to_signs(points: Points, expected: Points) -> None:
    signs = np.sign((points * expected).sum(axis=0))
    assert points == pytest.approx(expected * signs, abs=1e-4 * np.abs(expected).max())


def pictures(count: int = 1100) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (count, 784), np.uint8)


@pytest.mark.parametrize("hidden", [(30,), (40, 3), ()])
def test_a_projection_is_the_pca_of_the_last_hidden_layer_or_of_the_pixels(
    hidden: tuple[int, ...],
) -> None:
    network = Sequential.from_config(Config(hidden=hidden, initializer="he"))
    x = pictures()
    y = (x / 255).astype(np.float32)
    for layer in network.layers[: 2 * len(hidden)]:
        y = layer.apply(y)
    points = project(network, x)
    same_up_to_signs(points, pca(y))
    assert points.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)


def test_a_layer_with_one_unit_lies_on_a_line() -> None:
    points = project(Sequential.from_config(Config(hidden=(1,), initializer="he")), pictures(50))
    assert points[:, 0].std() > 0
    assert not points[:, 1].any()


def test_activations_that_are_not_finite_are_an_error() -> None:
    network = Sequential.from_config(Config(hidden=(5,)))
    network.parameters()["b1"][:] = np.inf
    with pytest.raises(ValueError, match="finite"):
        project(network, pictures(50))


@pytest.mark.parametrize("mirrored", [False, True])
def test_turned_and_mirrored_points_are_turned_back(mirrored: bool) -> None:
    rng = np.random.default_rng(0)
    reference = rng.normal(size=(100, 2)) * [3, 1]
    cos, sin = np.cos(2.5), np.sin(2.5)
    points = reference @ np.array([[cos, -sin], [sin, cos]])
    if mirrored:
        points = points * [1, -1]
    assert align(points, reference) == pytest.approx(reference)


def embedding(trained: Trained, **at: int) -> Points:
    response = trained.client.get(f"/api/runs/{trained.run}/embedding", params=at)
    assert response.status_code == 200, response.text
    assert response.headers["x-epoch"] == str(at.get("epoch", 3))
    return np.frombuffer(response.content, "<f4").reshape(-1, 2).astype(np.float64)


def test_the_embedding_of_a_run_is_a_pca_that_does_not_turn_from_epoch_to_epoch(
    trained: Trained,
) -> None:
    test = Library(trained.home, offline=True).load("strokes").test
    before = None
    for epoch in (1, 2, 3):
        points = embedding(trained, epoch=epoch)
        content = trained.client.get(
            f"/api/runs/{trained.run}/checkpoint", params={"epoch": epoch}
        ).content
        with np.load(BytesIO(content), allow_pickle=False) as weights:
            y = np.maximum(test.x / 255 @ weights["W1"] + weights["b1"], 0)
        # Turning and mirroring keeps the distances from the centre.
        expected = pca(y)
        distances = np.linalg.norm(expected, axis=1)
        assert np.linalg.norm(points, axis=1) == pytest.approx(distances, abs=1e-3)
        if before is not None:
            u, _, vt = np.linalg.svd(points.T @ before)
            turn = u @ vt
            assert np.linalg.det(turn) == pytest.approx(1)
            assert np.trace(turn) / 2 > np.cos(np.radians(10))
        before = points
    assert np.array_equal(embedding(trained), embedding(trained, epoch=3))


def test_an_embedding_is_not_sent_twice(trained: Trained) -> None:
    address = f"/api/runs/{trained.run}/embedding"
    tag = trained.client.get(address).headers["etag"]
    assert trained.client.get(address, headers={"if-none-match": tag}).status_code == 304
    assert_error(trained.client.get(address, params={"epoch": 4}), 404, "not_found")
