from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from tests.trainer.numerics import assert_gradient
from trainer.functions import Array, cross_entropy_error, mean_squared_error, softmax
from trainer.layers import Dense, Layer, Relu, Sigmoid, SoftmaxWithLoss

SHAPES = [(1, 1), (1, 7), (5, 3), (4, 10)]
MAKERS: list[Callable[[int], Layer]] = [
    lambda width: Dense(width, 4, rng=np.random.default_rng(1), dtype=np.float64),
    lambda width: Relu(),
    lambda width: Sigmoid(),
]
NAMES = ["dense", "relu", "sigmoid"]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_backward_agrees_with_central_differences(
    make: Callable[[int], Layer], shape: tuple[int, int], rng: np.random.Generator
) -> None:
    layer, x = make(shape[1]), rng.normal(size=shape)
    weights = rng.normal(size=layer.forward(x).shape)

    def f() -> float:
        return float(np.sum(layer.apply(x) * weights))

    assert_gradient("dx", layer.backward(weights), f, x)
    for name, parameter in layer.parameters().items():
        assert_gradient(f"d{name}", layer.gradients()[name], f, parameter)


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("shape", [(1, 2), (3, 10), (6, 4)], ids=str)
@pytest.mark.parametrize("one_hot", [False, True])
def test_loss_gradient_agrees_with_central_differences(
    loss: str, shape: tuple[int, int], one_hot: bool, rng: np.random.Generator
) -> None:
    layer, x = SoftmaxWithLoss(loss), 3 * rng.normal(size=shape)
    t = rng.integers(shape[1], size=shape[0])
    if one_hot:
        t = np.eye(shape[1], dtype=int)[t]

    def f() -> float:
        layer.forward(x)
        return layer.loss(t)

    f()
    assert_gradient("dx", layer.backward(), f, x)
    np.testing.assert_allclose(layer.backward(2.5), 2.5 * layer.backward(), rtol=1e-12)


def test_dense_worked_by_hand() -> None:
    layer = Dense(2, 2, dtype=np.float64)
    layer.W[...] = [[1, 2], [3, 4]]
    layer.b[...] = [10, 20]
    # [1 2] @ W = [1·1 + 2·3, 1·2 + 2·4] = [7 10], plus b; [0 -1] @ W = [-3 -4], plus b
    y = layer.forward(np.array([[1.0, 2.0], [0.0, -1.0]]))
    np.testing.assert_array_equal(y, [[17, 30], [7, 16]])
    dx = layer.backward(np.array([[1.0, 0.0], [2.0, 1.0]]))
    # xᵀ @ dy = [[1·1 + 0·2, 1·0 + 0·1], [2·1 - 1·2, 2·0 - 1·1]]
    np.testing.assert_array_equal(layer.dW, [[1, 0], [0, -1]])
    # the sum over the batch: [1 + 2, 0 + 1]
    np.testing.assert_array_equal(layer.db, [3, 1])
    # dy @ Wᵀ = [[1·1 + 0·2, 1·3 + 0·4], [2·1 + 1·2, 2·3 + 1·4]]
    np.testing.assert_array_equal(dx, [[1, 3], [4, 10]])


def test_relu_worked_by_hand() -> None:
    layer = Relu()
    np.testing.assert_array_equal(layer.forward(np.array([[-1.0, 0.0, 2.0]])), [[0, 0, 2]])
    np.testing.assert_array_equal(layer.backward(np.array([[5.0, 6.0, 7.0]])), [[0, 0, 7]])


def test_sigmoid_worked_by_hand() -> None:
    layer = Sigmoid()
    np.testing.assert_array_equal(layer.forward(np.array([[0.0]])), [[0.5]])
    # 8 · 0.5 · (1 - 0.5)
    np.testing.assert_array_equal(layer.backward(np.array([[8.0]])), [[2]])


def test_softmax_with_loss_worked_by_hand() -> None:
    layer = SoftmaxWithLoss()
    y = layer.forward(np.log([[1.0, 3.0], [1.0, 1.0]]))
    np.testing.assert_allclose(y, [[0.25, 0.75], [0.5, 0.5]], rtol=1e-15)
    # -(log 0.75 + log 0.5) / 2
    assert layer.loss([1, 0]) == pytest.approx(-np.log(0.75 * 0.5) / 2, rel=1e-15)
    # (y - t) / 2
    np.testing.assert_allclose(layer.backward(), [[0.125, -0.125], [-0.25, 0.25]], rtol=1e-15)


@pytest.mark.parametrize(
    ("name", "function"),
    [("cross_entropy", cross_entropy_error), ("mean_squared_error", mean_squared_error)],
)
def test_the_layers_loss_is_the_functions(
    name: str, function: Callable[[ArrayLike, ArrayLike], float], rng: np.random.Generator
) -> None:
    layer, x, t = SoftmaxWithLoss(name), rng.normal(size=(5, 10)), rng.integers(10, size=5)
    layer.forward(x)
    assert layer.loss(t) == pytest.approx(function(softmax(x), t), rel=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loss_and_gradient_are_finite_and_silent_at_extremes(loss: str, dtype: type) -> None:
    layer = SoftmaxWithLoss(loss)
    x: Array = np.array([[1000, -1000], [-1000, 1000]], dtype)
    with np.errstate(all="raise"):
        layer.forward(x)
        value, dx = layer.loss([1, 1]), layer.backward()
    # One row is right for certain and costs 0, one is wrong for certain: 2000 nats, or 1² + 1².
    assert value == pytest.approx({"cross_entropy": 1000, "mean_squared_error": 0.5}[loss])
    assert dx.dtype == dtype
    assert np.isfinite(dx).all()


def test_sigmoid_is_silent_at_extremes() -> None:
    layer = Sigmoid()
    with np.errstate(all="raise"):
        layer.forward(np.array([[-1000, 1000]], np.float32))
        np.testing.assert_array_equal(layer.backward(np.ones((1, 2), np.float32)), [[0, 0]])


@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
@pytest.mark.parametrize("keep", [False, True])
def test_backward_neither_writes_into_nor_shares_what_it_was_lent(
    make: Callable[[int], Layer], keep: bool, rng: np.random.Generator
) -> None:
    layer, x = make(3), rng.normal(size=(5, 3))
    layer.keep_buffers = keep
    x_before = x.copy()
    dy = rng.normal(size=layer.forward(x).shape)
    dy_before = dy.copy()
    dx = layer.backward(dy)
    assert not np.shares_memory(dx, dy)
    dx[...] = 0
    np.testing.assert_array_equal(dy, dy_before)
    np.testing.assert_array_equal(x, x_before)


@pytest.mark.parametrize("make", [*MAKERS, lambda width: SoftmaxWithLoss()])
def test_layers_called_directly_return_fresh_arrays(
    make: Callable[[int], Layer], rng: np.random.Generator
) -> None:
    layer, x = make(4), rng.normal(size=(5, 4))
    for function in (layer.apply, layer.forward):
        first, second = function(x), function(x)
        assert not np.shares_memory(first, second)
        assert not np.shares_memory(first, x)
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
def test_kept_buffers_serve_batches_of_any_size_with_the_same_numbers(
    make: Callable[[int], Layer], rng: np.random.Generator
) -> None:
    fresh, kept = make(3), make(3)
    kept.keep_buffers = True
    results = []
    for n in (5, 2, 8, 5):
        x, dy = rng.normal(size=(n, 3)), rng.normal(size=fresh.apply(np.ones((n, 3))).shape)
        results.append(kept.forward(x))
        np.testing.assert_array_equal(results[-1], fresh.forward(x))
        np.testing.assert_array_equal(kept.backward(dy), fresh.backward(dy))
        for name, gradient in fresh.gradients().items():
            np.testing.assert_array_equal(kept.gradients()[name], gradient)
    assert np.shares_memory(results[-1], results[-2])


@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
def test_apply_disturbs_nothing_that_backward_needs(
    make: Callable[[int], Layer], rng: np.random.Generator
) -> None:
    layer, x = make(3), rng.normal(size=(5, 3))
    dy = np.ones_like(layer.forward(x))
    expected = layer.backward(dy)
    layer.forward(x)
    layer.apply(rng.normal(size=(9, 3)))
    np.testing.assert_array_equal(layer.backward(dy), expected)


@pytest.mark.parametrize("make", [*MAKERS, lambda width: SoftmaxWithLoss()])
def test_backward_before_forward_is_an_error(make: Callable[[int], Layer]) -> None:
    with pytest.raises(RuntimeError, match="called before"):
        make(4).backward(np.ones((1, 4)))


def test_loss_before_forward_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="loss called before forward"):
        SoftmaxWithLoss().loss([1])


def test_an_unknown_loss_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected a loss of cross_entropy"):
        SoftmaxWithLoss("hinge")


def test_weights_are_float32_unless_asked_otherwise() -> None:
    layer = Dense(3, 2)
    assert layer.W.dtype == layer.b.dtype == np.float32
    assert layer.forward(np.ones((1, 3), np.float32)).dtype == np.float32
    assert layer.forward(np.ones((1, 3), np.float64)).dtype == np.float64


def test_same_rng_seed_same_layer_and_none_is_unseeded() -> None:
    first, second = (Dense(3, 2, rng=np.random.default_rng(7)).W for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(Dense(3, 2).W, Dense(3, 2).W)


@pytest.mark.parametrize("make", MAKERS, ids=NAMES)
def test_integers_are_taken_as_numbers(make: Callable[[int], Layer]) -> None:
    layer, x = make(2), np.array([[0, 1], [-2, 3]])
    y = layer.forward(x)
    np.testing.assert_allclose(y, layer.forward(x.astype(np.float64)))
    np.testing.assert_allclose(layer.apply(x), y)
    assert layer.backward(np.ones_like(y)).shape == x.shape
