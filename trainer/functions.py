"""The functions a network is made of, on plain arrays."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def sigmoid(x: ArrayLike) -> Array:
    """The logistic function 1 / (1 + exp(-x)), elementwise.

    Only exp(-|x|) is ever taken, so that nothing overflows however large ``x`` is.

    Args:
        x: Numbers of any shape.

    Returns:
        Numbers in 0..1, of the same shape.
    """
    x = _floats(x)
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(x))
        return np.asarray(np.where(x >= 0, 1 / (1 + e), e / (1 + e)))


def softmax(x: ArrayLike) -> Array:
    """Turn each row of scores into probabilities: exp(x) / sum(exp(x)).

    Args:
        x: (N, C) or (C,) scores.

    Returns:
        Probabilities of the same shape; each row sums to 1.
    """
    x = _floats(x)
    # Subtracting the maximum changes nothing but keeps exp within range.
    with np.errstate(under="ignore"):
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return np.asarray(e / e.sum(axis=-1, keepdims=True))


def log_softmax(x: ArrayLike) -> Array:
    """The logarithm of ``softmax``, finite even where a probability rounds to 0.

    Args:
        x: (N, C) or (C,) scores.

    Returns:
        Logarithms of probabilities, in nats, of the same shape.
    """
    x = _floats(x)
    with np.errstate(under="ignore"):
        shifted = x - x.max(axis=-1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def mean_squared_error(y: ArrayLike, t: ArrayLike) -> float:
    """Mean of (y - t)² over all numbers, batch and classes alike.

    Args:
        y: (N, C) or (C,) outputs.
        t: Targets of the same shape, or integer labels, (N,) or a single one.

    Returns:
        The mean over all N·C numbers.

    Raises:
        ValueError: If ``t`` fits neither form.
    """
    y = _floats(y)
    return float(np.mean((y - targets(y, t)) ** 2))


def cross_entropy_error(y: ArrayLike, t: ArrayLike) -> float:
    """Cross entropy -sum(t · log(y)), mean over the batch, in nats.

    A probability of exactly 0 is taken as the smallest positive number of its type, so that the
    answer is large rather than infinite.

    Args:
        y: (N, C) or (C,) probabilities.
        t: One-hot targets of the same shape, or integer labels, (N,) or a single one.

    Returns:
        Sum over classes, mean over the N rows.

    Raises:
        ValueError: If ``t`` fits neither form.
    """
    y = _floats(y)
    logs = np.log(np.maximum(y, np.finfo(y.dtype).tiny))
    rows = len(y) if y.ndim == 2 else 1
    return float(-np.sum(targets(y, t) * logs) / rows)


def one_hot(labels: ArrayLike, classes: int) -> Array:
    """Rows with a single 1, at the label's place.

    Args:
        labels: (N,) integers in 0..classes-1.
        classes: C, number of columns.

    Returns:
        (N, C) zeros and ones.

    Raises:
        ValueError: If a label is negative or not below ``classes``.
    """
    labels = np.asarray(labels)
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise ValueError(
            f"expected labels from 0 to {classes - 1}; got {labels.min()} to {labels.max()}"
        )
    return np.eye(classes, dtype=np.float32)[labels]


def class_labels(t: ArrayLike) -> Labels:
    """Labels as integers, whether they came so or one-hot.

    Args:
        t: (N,) integers or (N, C) one-hot rows.

    Returns:
        (N,) integers.

    Raises:
        ValueError: If ``t`` has another number of dimensions or holds fractions.
    """
    t = np.asarray(t)
    if t.ndim == 2:
        return np.asarray(t.argmax(axis=1))
    if t.ndim != 1:
        raise ValueError(f"expected labels of shape (N,) or one-hot (N, C); got {t.shape}")
    integers: Labels = t.astype(np.int64)
    if not np.array_equal(integers, t):
        raise ValueError("expected whole numbers as labels; got fractions")
    return integers


def targets(y: Array, t: ArrayLike) -> Array:
    """``t`` as rows to hold against ``y``.

    Args:
        y: (N, C) or (C,) outputs.
        t: Rows of the same shape, or integer labels, (N,) or a single one.

    Returns:
        ``t`` itself where it has the shape of ``y``, else one-hot rows.

    Raises:
        ValueError: If ``t`` has neither shape.
    """
    t = np.asarray(t)
    if t.shape == y.shape:
        return t
    if t.shape == y.shape[:-1]:
        return one_hot(t, y.shape[-1])
    raise ValueError(
        f"expected targets of shape {y.shape} or labels of shape {y.shape[:-1]}; got {t.shape}"
    )


def _floats(x: ArrayLike) -> Array:
    """``x`` as an array of floats; float arrays keep their type and are not copied."""
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
