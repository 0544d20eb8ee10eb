import pytest

from tests.app.images.drawing import SEVEN, draw, encode


@pytest.fixture
def seven() -> bytes:
    """A seven in black on white, 280×280, as PNG."""
    return encode(draw(SEVEN))
