import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.images.decode import decode
from app.images.errors import PictureTooLarge, PictureUnreadable
from app.images.upload_limits import MAX_BYTES
from tests.app.images.drawing import SEVEN, draw, encode

FORMATS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 95},
    "WEBP": {"lossless": True},
    "GIF": {},
    "BMP": {},
    "TIFF": {},
}


def png_header(width: int, height: int) -> bytes:
    """A PNG that has a header with a size, and no pixels."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    empty = b"IDAT" + zlib.compress(b"")
    data = struct.pack(">I", len(empty) - 4) + empty + struct.pack(">I", zlib.crc32(empty))
    return b"\x89PNG\r\n\x1a\n" + chunk + data


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_pixels(kind: str) -> None:
    image = draw(SEVEN, side=60)
    picture = decode(encode(image, kind, **FORMATS[kind]))
    assert picture.size == (60, 60)
    np.testing.assert_allclose(picture.pixels.astype(int), np.asarray(image), atol=12)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("1", "PNG"),
        ("L", "PNG"),
        ("LA", "PNG"),
        ("P", "PNG"),
        ("RGB", "PNG"),
        ("RGBA", "PNG"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "TIFF"),
        ("LAB", "TIFF"),
        ("F", "TIFF"),
        ("I;16", "PNG"),
        ("I;16", "TIFF"),
        ("I;16B", "TIFF"),
        ("I", "TIFF"),
    ],
)
def test_every_mode_gives_grey_pixels_for_a_grey_picture(mode: str, kind: str) -> None:
    grey = draw(SEVEN, side=60)
    if mode == "LAB":
        image = Image.merge("LAB", (grey, Image.new("L", (60, 60)), Image.new("L", (60, 60))))
    elif mode.startswith("I;16"):
        order = ">u2" if mode == "I;16B" else "<u2"
        image = Image.frombytes(
            mode, (60, 60), (np.asarray(grey, order) * 257).astype(order).tobytes()
        )
    else:
        image = grey.convert(mode)
    picture = decode(encode(image, kind))
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (60, 60)
    assert np.mean(np.abs(picture.pixels.astype(int) - np.asarray(grey))) < 5


def test_floats_from_0_to_1_are_brightness_and_nan_is_black() -> None:
    values = np.asarray(draw(SEVEN, side=60), np.float32) / 255
    values[0, :3] = np.nan
    pixels = decode(encode(Image.fromarray(values), "TIFF")).pixels
    assert not pixels[0, :3].any()
    assert pixels[1, 1] == 255


def test_a_camera_of_12_bits_fills_the_range() -> None:
    values = np.asarray(draw(SEVEN, side=60), np.uint16) * 16
    pixels = decode(encode(Image.fromarray(values))).pixels
    assert pixels.max() == 255


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_turned_upright(kind: str, orientation: int) -> None:
    upright = np.full((40, 60), 255, np.uint8)
    upright[:20, :20] = 0
    upright[:10, :40] = 0
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright[::-1, ::-1].T,
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    picture = decode(encode(image, kind, exif=exif, **FORMATS[kind]))
    assert picture.size == (60, 40)
    np.testing.assert_allclose(picture.pixels.astype(int), upright, atol=40)


def test_dark_ink_without_paper_is_laid_on_white_and_light_ink_on_black() -> None:
    ink = Image.eval(draw(SEVEN, side=60), lambda level: 255 - level)
    for level, paper in ((20, 255), (240, 0)):
        image = Image.new("L", (60, 60), level).convert("RGBA")
        image.putalpha(ink)
        pixels = decode(encode(image)).pixels
        assert pixels[0, 0] == paper
        assert pixels[12, 30] == pytest.approx(level, abs=2)


def test_transparent_holes_in_a_page_are_filled_with_its_colour() -> None:
    image = draw(SEVEN, side=60, paper=90, ink=200).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    pixels = decode(encode(image)).pixels
    assert (pixels[:10, :10] == 90).all()


def test_a_picture_without_a_visible_pixel_is_white() -> None:
    assert (decode(encode(Image.new("RGBA", (9, 9)))).pixels == 255).all()


def test_of_several_frames_the_first_is_read() -> None:
    frames = [Image.new("L", (20, 20), level) for level in (10, 200)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (decode(data).pixels == 10).all()


def test_large_pictures_are_reduced_and_keep_their_original_size() -> None:
    for kind in ("PNG", "JPEG"):
        picture = decode(encode(Image.new("L", (5000, 4000), 255), kind))
        assert picture.size == (5000, 4000)
        assert max(picture.pixels.shape) <= 800


@pytest.mark.parametrize("size", [(100_000, 100_000), (5_000, 4_001), (15_000, 10_000)])
def test_too_many_pixels_are_detected_in_the_header(size: tuple[int, int]) -> None:
    with pytest.raises(PictureTooLarge, match=r"expected at most 20,000,000 pixels"):
        decode(png_header(*size))


def test_too_many_bytes_are_an_error_before_decoding() -> None:
    with pytest.raises(PictureTooLarge, match=r"at most 5,000,000 bytes; got more"):
        decode(bytes(MAX_BYTES + 1))


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"<svg/>"])
def test_other_content_than_pictures_is_unreadable(data: bytes) -> None:
    with pytest.raises(
        PictureUnreadable, match=r"expected a picture as PNG, .* got something else"
    ):
        decode(data)


@pytest.mark.parametrize("kind", ["PPM", "ICO", "TGA", "PCX"])
def test_other_formats_are_unreadable(kind: str) -> None:
    with pytest.raises(PictureUnreadable):
        decode(encode(draw(SEVEN, side=60), kind))


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_file_is_damaged(kind: str, rng: np.random.Generator) -> None:
    image = Image.fromarray(rng.integers(0, 256, (60, 60), np.uint8))
    data = encode(image, kind)
    with pytest.raises(PictureUnreadable, match=r"damaged|something else"):
        decode(data[: len(data) // 2])


def test_a_picture_with_damaged_metadata_is_read() -> None:
    data = encode(draw(SEVEN, side=60), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(9))
    assert decode(data).size == (60, 60)
