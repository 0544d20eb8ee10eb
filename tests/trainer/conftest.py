import numpy as np
import pytest

from trainer.datasets.pictures import Pictures


def digits(n: int, seed: int) -> Pictures:
    """Make pictures of a bright bar in noise, at a place for each class; learned in a few steps."""
    rng = np.random.default_rng(seed)
    t = rng.integers(10, size=n)
    x = rng.integers(0, 80, size=(n, 28, 28), dtype=np.uint8)
    for picture, label in zip(x, t, strict=True):
        picture[2 * label + 3 : 2 * label + 6, 6:22] += 150
    return Pictures(x.reshape(n, 784), t)


@pytest.fixture(scope="session")
def training() -> Pictures:
    return digits(100, seed=1)


@pytest.fixture(scope="session")
def unseen() -> Pictures:
    return digits(40, seed=2)
