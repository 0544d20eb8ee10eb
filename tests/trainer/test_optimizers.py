from math import sqrt

import numpy as np
import pytest

from trainer.optimizers import OPTIMIZERS, SGD, Adam, Momentum
from trainer.schedules import SCHEDULES


def updates(optimizer_class: type[SGD], gradients: list[float], rate: float) -> list[float]:
    """Return the values of one weight that begins at 1."""
    w = np.array([1.0])
    optimizer = optimizer_class([w])
    values = []
    for g in gradients:
        optimizer.update([w], [np.array([g])], rate)
        values.append(float(w[0]))
    return values


def test_sgd_worked_by_hand() -> None:
    # 1 - 0.1 · 2 = 0.8; 0.8 - 0.1 · (-1) = 0.9
    assert updates(SGD, [2, -1], 0.1) == pytest.approx([0.8, 0.9])


def test_momentum_worked_by_hand() -> None:
    # v = -0.2, w = 0.8; v = 0.9 · (-0.2) - 0.2 = -0.38, w = 0.42
    assert updates(Momentum, [2, 2], 0.1) == pytest.approx([0.8, 0.42])


def test_adam_follows_its_published_algorithm() -> None:
    gradients = [2.0, -1.0, 0.5]
    expected, w, m, v = [], 1.0, 0.0, 0.0
    for step, g in enumerate(gradients, start=1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**step), v / (1 - 0.999**step)
        w -= 0.01 * m_hat / (sqrt(v_hat) + 1e-8)
        expected.append(w)
    assert updates(Adam, gradients, 0.01) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_big_parameters_are_updated_like_their_parts(name: str) -> None:
    rng = np.random.default_rng(0)
    whole = rng.normal(size=(300, 500))
    halves = [whole[:150].copy(), whole[150:].copy()]
    of_whole, of_halves = OPTIMIZERS[name]([whole]), OPTIMIZERS[name](halves)
    for _ in range(3):
        g = rng.normal(size=whole.shape)
        kept = g.copy()
        of_whole.update([whole], [g], 0.01)
        of_halves.update(halves, [g[:150], g[150:]], 0.01)
        np.testing.assert_array_equal(g, kept)
    np.testing.assert_array_equal(whole, np.concatenate(halves))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_finds_the_bottom_of_a_bowl(name: str) -> None:
    w = np.array([3.0, -2.0], np.float32)
    optimizer = OPTIMIZERS[name]([w])
    for _ in range(500):
        optimizer.update([w], [2 * w], 0.02)
    assert np.abs(w).max() < 0.01
    assert optimizer.steps == 500


def test_cosine_falls_from_1_to_0_and_constant_stays() -> None:
    assert [SCHEDULES["cosine"].factor(p) for p in (0, 0.5, 1)] == pytest.approx([1, 0.5, 0])
    assert [SCHEDULES["constant"].factor(p) for p in (0, 0.5, 1)] == [1, 1, 1]
