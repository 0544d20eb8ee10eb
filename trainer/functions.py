"""Mathematical functions of a network, on plain arrays."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def sigmoid(x: ArrayLike, out: Array | None = None) -> Array:
    """Compute the logistic function 1 / (1 + exp(-x)), elementwise.

    Args:
        x: Numbers of any shape and size.
        out: Result array of the same shape. None: a new array.

    Returns:
        Numbers in 0..1, of the same shape.
    """
    x = floats(x)
    if out is None:
        out = np.empty_like(x)
    # Far below 0 the exponential overflows to infinity; its reciprocal is 0, which is right.
    with np.errstate(over="ignore", under="ignore"):
        np.negative(x, out=out)
        np.exp(out, out=out)
        out += 1
        np.reciprocal(out, out=out)
    return out


def softmax(x: ArrayLike) -> Array:
    """Turn each row of scores into probabilities: exp(x) / sum(exp(x)).

    Args:
        x: (N, C) or (C,) scores.

    Returns:
        Probabilities of the same shape; each row sums to 1.
    """
    columns = _below_maximum(x)
    with np.errstate(under="ignore"):
        np.exp(columns, out=columns)
        columns /= columns.sum(axis=0)
    return columns.T


def log_softmax(x: ArrayLike) -> Array:
    """Compute the logarithm of ``softmax``, finite even where a probability rounds to 0.

    Args:
        x: (N, C) or (C,) scores.

    Returns:
        Logarithms of probabilities, in nats, of the same shape.
    """
    columns = _below_maximum(x)
    with np.errstate(under="ignore"):
        columns -= np.log(np.exp(columns).sum(axis=0))
    return columns.T


def _below_maximum(x: ArrayLike) -> Array:
    """Subtract each row's maximum, which changes no softmax but keeps exp within range.

    Args:
        x: (N, C) or (C,) scores.

    Returns:
        (C, N) or (C,), a new array. Transposed, because NumPy reduces N columns at once but N
        short rows one after another, which takes several times as long.
    """
    columns = np.array(floats(x).T, order="C")
    columns -= columns.max(axis=0)
    return columns


def mean_squared_error(y: ArrayLike, t: ArrayLike) -> float:
    """Compute the mean of (y - t)² over all numbers of batch and classes.

    Args:
        y: (N, C) or (C,) outputs.
        t: Targets of the same shape, or integer labels, (N,) or a single one.

    Returns:
        The mean over all N·C numbers.

    Raises:
        ValueError: If ``t`` has another shape.
    """
    y = floats(y)
    with np.errstate(under="ignore"):
        return float(np.mean((y - targets(y, t)) ** 2))


def cross_entropy_error(y: ArrayLike, t: ArrayLike) -> float:
    """Compute the cross entropy -sum(t · log(y)), mean over the batch, in nats.

    A probability of exactly 0 is replaced by the smallest positive number of its type, so that
    the result is large instead of infinite.

    Args:
        y: (N, C) or (C,) probabilities.
        t: One-hot targets of the same shape, or integer labels, (N,) or a single one.

    Returns:
        Sum over classes, mean over the N rows.

    Raises:
        ValueError: If ``t`` has another shape.
    """
    y = floats(y)
    rows = len(y) if y.ndim == 2 else 1
    with np.errstate(under="ignore"):
        logs = np.log(np.maximum(y, np.finfo(y.dtype).tiny))
        return float(-np.sum(targets(y, t) * logs) / rows)


def one_hot(labels: ArrayLike, classes: int) -> Array:
    """Make a row for each label, 0 except for a 1 in the label's column.

    Args:
        labels: (N,) integers in 0..classes-1, or a single one.
        classes: C, number of columns.

    Returns:
        (N, C) or (C,) zeros and ones, float32.

    Raises:
        ValueError: If a label is not an integer in 0..classes-1.
    """
    integers = _integers(labels)
    if integers.size and not (integers.min() >= 0 and integers.max() < classes):
        raise ValueError(
            f"expected labels from 0 to {classes - 1}; got {integers.min()} to {integers.max()}"
        )
    rows: Array = np.eye(classes, dtype=np.float32)[integers]
    return rows


def class_labels(t: ArrayLike) -> Labels:
    """Convert labels, or one-hot rows, to integers.

    Args:
        t: (N,) integers or (N, C) one-hot rows.

    Returns:
        (N,) integers.

    Raises:
        ValueError: If ``t`` has another shape, or other numbers.
    """
    t = np.asarray(t)
    if t.ndim == 1:
        return _integers(t)
    if t.ndim != 2:
        raise ValueError(f"expected labels of shape (N,) or one-hot (N, C); got {t.shape}")
    labels: Labels = t.argmax(axis=1)
    if not np.array_equal(t, one_hot(labels, t.shape[1])):
        raise ValueError("expected one 1 and otherwise 0 in each one-hot row; got other numbers")
    return labels


def targets(y: Array, t: ArrayLike) -> Array:
    """Convert targets to rows of the shape of ``y``.

    Args:
        y: (N, C) or (C,) outputs.
        t: Rows of the same shape, or labels, (N,) or a single one.

    Returns:
        ``t`` itself if it has the shape of ``y``, else one-hot rows.

    Raises:
        ValueError: If ``t`` has another shape.
    """
    t = np.asarray(t)
    if t.shape == y.shape:
        return t
    if t.shape == y.shape[:-1]:
        return one_hot(t, y.shape[-1])
    raise ValueError(
        f"expected targets of shape {y.shape} or labels of shape {y.shape[:-1]}; got {t.shape}"
    )


def _integers(labels: ArrayLike) -> Labels:
    labels = np.asarray(labels)
    integers: Labels = labels.astype(np.int64)
    if not np.array_equal(integers, labels):
        raise ValueError("expected whole numbers as labels; got fractions")
    return integers


def floats(x: ArrayLike) -> Array:
    """Convert to an array of floats; a float array is returned as it is.

    Args:
        x: Numbers of any shape.
    """
    x = np.asarray(x)
    return x if np.issubdtype(x.dtype, np.floating) else x.astype(np.float64)
