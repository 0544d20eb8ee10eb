import os

import anyio
import numpy as np
import pytest
from PIL import Image

from app.images import PictureBlank, PictureTooCostly, PictureUnreadable, Prepared
from app.images.prepare import prepare
from app.images.reading import PictureReader
from tests.app.images.drawing import SEVEN, draw, encode, jpeg_of_scans

# As few bytes as a drawing has.
SLOW = jpeg_of_scans(4400, 4500)


def read(reader: PictureReader, data: bytes) -> Prepared:
    async def ask() -> Prepared:
        return await reader.read(data, framed=False, stages=True)

    return anyio.run(ask)


def test_a_picture_is_prepared_as_in_this_process(seven: bytes) -> None:
    here, there = prepare(seven, stages=True), read(PictureReader(), seven)
    assert there.digits[0].pixels.tobytes() == here.digits[0].pixels.tobytes()
    assert [s.name for s in there.digits[0].stages] == [s.name for s in here.digits[0].stages]


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"nonsense", PictureUnreadable), (encode(Image.new("L", (99, 99))), PictureBlank)],
)
def test_errors_of_the_preparation_are_passed_on(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match="expected"):
        read(PictureReader(), data)


@pytest.mark.slow
def test_a_picture_that_takes_too_long_is_an_error() -> None:
    with pytest.raises(PictureTooCostly, match="takes too long to read"):
        read(PictureReader(max_seconds=2), SLOW)


def test_a_picture_that_takes_too_much_memory_is_an_error(seven: bytes) -> None:
    large = encode(
        Image.fromarray(np.zeros((4000, 4000), np.float32)), "TIFF", compression="tiff_lzw"
    )
    with pytest.raises(PictureTooCostly, match="50,000,000 bytes of memory"):
        read(PictureReader(max_memory=50_000_000), large)
    assert read(PictureReader(max_memory=50_000_000), seven).digits


@pytest.mark.slow
@pytest.mark.skipif(os.cpu_count() == 1, reason="there is one worker for each core")
def test_others_are_read_while_one_takes_long() -> None:
    reader, small = PictureReader(max_seconds=2), encode(draw(SEVEN))
    assert len(SLOW) < 50_000
    over: list[str] = []

    async def ask(name: str, data: bytes) -> None:
        try:
            await reader.read(data, framed=False, stages=False)
        except PictureTooCostly:
            name += " given up"
        over.append(name)

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask, "slow", SLOW)
            tasks.start_soon(ask, "slow", SLOW)
            await anyio.sleep(0)
            for _ in range(5):
                tasks.start_soon(ask, "small", small)

    anyio.run(both)
    assert over == ["small"] * 5 + ["slow given up"] * 2
