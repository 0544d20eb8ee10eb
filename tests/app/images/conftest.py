import numpy as np
import pytest

from tests.app.images.drawing import SEVEN, draw, encode


@pytest.fixture
def seven() -> bytes:
    """A seven in black on white, 280×280, as PNG."""
    return encode(draw(SEVEN))


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
