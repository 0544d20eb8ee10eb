"""Projection of the last hidden layer's activations to two dimensions by PCA."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trainer.functions import Array
from trainer.layers.sequential import Sequential
from trainer.parallel import one_blas_thread

# Pictures projected at once, so that the memory does not grow with the test set.
_BLOCK = 1000


def project(network: Sequential, x: NDArray[np.generic]) -> NDArray[np.float64]:
    """Project activations onto their two principal components, exactly.

    Args:
        network: Not changed.
        x: (N, D) pictures.

    Returns:
        (N, 2) centred coordinates, the direction of the largest variance first. A component's
        largest loading is positive. The second coordinate of a layer with one unit is 0.

    Raises:
        ValueError: If an activation is not finite.
    """
    with one_blas_thread(), np.errstate(all="ignore"):
        mean, components = _principal_components(network, x)
        points = np.zeros((len(x), 2))
        for rows, activations in _blocks(network, x):
            points[rows, : components.shape[1]] = (activations - mean) @ components
    return points


def align(points: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn or mirror centred points about the origin so that they are nearest to a reference.

    Args:
        points: (N, 2) centred coordinates.
        reference: (N, 2) centred coordinates of the same pictures.

    Returns:
        (N, 2) coordinates with the same distances: the solution of the orthogonal Procrustes
        problem (Schönemann 1966).
    """
    u, _, vt = np.linalg.svd(points.T @ reference)
    turned: NDArray[np.float64] = points @ (u @ vt)
    return turned


def _principal_components(
    network: Sequential, x: NDArray[np.generic]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the (H,) mean and up to two components as columns."""
    total: NDArray[np.float64] | float = 0.0
    products: NDArray[np.float64] | float = 0.0
    for _, activations in _blocks(network, x):
        total = total + activations.sum(axis=0)
        products = products + activations.T @ activations
    mean = np.asarray(total / len(x))
    covariance = products / len(x) - np.outer(mean, mean)
    if not np.isfinite(covariance).all():
        raise ValueError("expected finite activations of the last hidden layer; got others")
    _, vectors = np.linalg.eigh(covariance)
    components = vectors[:, ::-1][:, :2]
    largest = np.abs(components).argmax(axis=0)
    signs = np.where(components[largest, range(components.shape[1])] < 0, -1, 1)
    return mean, components * signs


def _blocks(
    network: Sequential, x: NDArray[np.generic]
) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    for start in range(0, len(x), _BLOCK):
        rows = slice(start, start + _BLOCK)
        activations: Array = network.features(x[rows])
        yield rows, activations.astype(np.float64)
