"""The data set ``strokes``: digits drawn by this program, in the size and framing of MNIST."""

from collections.abc import Iterator
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.datasets import glyphs, idx, pen
from trainer.datasets.files import (
    FILES,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    read_sums,
    replacing_folder,
    write_sums,
)
from trainer.datasets.glyphs import SAMPLES, Floats
from trainer.datasets.source import DIGITS, Contents, Setup, Source
from trainer.events import Progress

VERSION = 3
"""Version of the pictures: raise it when they change, so that older prepared files are not used."""

SIZES = {"train": 60_000, "test": 10_000}
BLOCK = 1000

# Parsed on first use: a process that only loads prepared files does not need the glyphs.
_glyphs = cache(glyphs.load)


class Strokes(Source):
    """Digits drawn by this program; one fixed set for each ``VERSION``."""

    name = "strokes"
    label = "Strokes"

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.folder = setup.home / f"strokes-{VERSION}"

    @property
    def help(self) -> str:
        return "70,000 digits drawn by this program"

    def contents(self) -> Contents:
        return Contents(SIZES["train"], SIZES["test"], DIGITS)

    def missing(self) -> str | None:
        return None

    def detail(self, missing: str | None) -> str:
        drawn = self.checksums() is not None
        return "60,000 + 10,000 digits drawn by this program" + (
            "" if drawn else "; the first use draws them, which takes some seconds"
        )

    def checksums(self) -> dict[str, str] | None:
        checksums = read_sums(self.folder)
        if checksums is None:
            return None
        return checksums if self.setup.digests.match(self.folder, checksums) else None

    def prepare(self) -> Iterator[Progress]:
        if self.checksums() is not None:
            return
        done, total = 0, sum(SIZES.values())
        parts: list[tuple[Literal["train", "test"], str, str]] = [
            ("train", TRAIN_IMAGES, TRAIN_LABELS),
            ("test", TEST_IMAGES, TEST_LABELS),
        ]
        with replacing_folder(self.folder) as new:
            for part, images_name, labels_name in parts:
                images, labels = [], []
                for block, block_labels in blocks(part):
                    images.append(block)
                    labels.append(block_labels)
                    done += len(block)
                    yield Progress("drawing strokes", done, total)
                idx.write(new / images_name, np.concatenate(images))
                idx.write(new / labels_name, np.concatenate(labels))
            digests = {name: self.setup.digests.of(new / name) for name in FILES}
            write_sums(new, {name: digest.sha256 for name, digest in digests.items() if digest})


def blocks(
    part: Literal["train", "test"],
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Draw the fixed set, block by block; always the same pictures in the same order.

    Args:
        part: Training or test set; each is drawn from its own stream of random numbers.

    Yields:
        (BLOCK, 28, 28) pictures and their (BLOCK,) labels, equally many of each digit, shuffled.
    """
    rng = np.random.default_rng([VERSION, list(SIZES).index(part)])
    for _ in range(SIZES[part] // BLOCK):
        labels = rng.permutation(np.arange(BLOCK) % 10).astype(np.uint8)
        yield draw(labels, rng), labels


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw handwritten digits, each in the style of another simulated writer.

    Args:
        labels: (N,) digits 0..9.
        rng: Source of each writer's style.

    Returns:
        (N, 28, 28) pictures, white on black, framed as in MNIST.
    """
    # The amounts of variation were tuned until a network trained on these pictures alone reads
    # MNIST's training set well, while people and networks still read nearly all of them.
    n = len(labels)
    way = _ways(labels, rng)
    path = _bend(_write(way, rng), rng)
    drawn = _glyphs().drawn[way]
    widest = _lognormal(rng, 1.6, 0.36, (n, 1)).clip(0.7, _room(path, drawn)[:, None])
    radius = widest * _pressure(n, rng)
    path = pen.fit(path, radius)
    path += _tremor(n, rng)
    softness = rng.uniform(0.7, 1.3, n).astype(np.float32)
    darkness = (1 - 0.08 * rng.random((n, 1, 1)) ** 3).astype(np.float32)
    coverage = pen.ink(path, radius, drawn, softness)
    return pen.centre(np.rint(255 * darkness * coverage).astype(np.uint8))


def _ways(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.intp]:
    """Choose the glyph of each digit: (N,) indices."""
    ends = np.cumsum(_glyphs().chances)
    # The chances of one digit add up to 1 and glyphs are sorted by digit, so digit d has the
    # interval d..d+1. The margin prevents that rounding of the sum selects a neighbouring glyph.
    return np.searchsorted(ends, labels + rng.uniform(1e-9, 1 - 1e-9, len(labels)))


def _write(way: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    """Compute (N, SAMPLES, 2) pen positions, each point of the path shifted slightly at random."""
    n, size = len(way), _glyphs().points.shape[1]
    looseness = _lognormal(rng, 0.085, 0.2, (n, 1, 1))
    # Shifts of neighbouring points are correlated; independent ones make round shapes angular.
    stray = _together(size, 1.6) @ _normal(rng, (n, size, 2))
    points = _glyphs().points[way] + looseness * stray
    haste = rng.random((n, 1, 1), np.float32) ** 2
    weights = _glyphs().cornered[way]
    weights = weights + haste * (_glyphs().rounded[way] - weights)
    return weights @ points


def _together(size: int, reach: float) -> Floats:
    """Compute (size, size) weights that correlate independent numbers over a distance ``reach``."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)) / reach
    weights = np.exp(-(apart**2)).astype(np.float32)
    mixed: Floats = weights / np.sqrt(np.square(weights).sum(1, keepdims=True))
    return mixed


def _bend(path: Floats, rng: np.random.Generator) -> Floats:
    """Apply a writer's proportions, slant and rotation to each (N, SAMPLES, 2) path."""
    n = len(path)
    # Smooth waves over the plane move neighbouring strokes together, which varies proportions.
    for _ in range(2):
        wave = rng.uniform(-4, 4, (n, 2, 1)).astype(np.float32)
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
        swing = 0.04 * _normal(rng, (n, 1, 2))
        path = path + swing * np.sin(path @ wave + phase)
    x, y = path[..., 0] - 0.5, path[..., 1] - 0.5
    x = x * _lognormal(rng, 0.8, 0.22, (n, 1)) * (1 + 0.35 * _normal(rng, (n, 1)) * y)
    x = x - (0.15 + 0.22 * _normal(rng, (n, 1))) * y
    turn = 0.12 * _normal(rng, (n, 1))
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([x * cos - y * sin, x * sin + y * cos], 2)


def _room(path: Floats, drawn: NDArray[np.bool_]) -> Floats:
    """Largest pen radius in pixels, (N,), that keeps loops open; small for a dense path."""
    width, height = np.moveaxis(np.ptp(path, axis=1), -1, 0)
    side = np.maximum(width, height)
    steps = np.sqrt(np.square(np.diff(path, axis=1)).sum(2))
    length = (steps * drawn).sum(1) / side
    room: Floats = 4.2 * (width * height / side**2 + 0.1) / (length - 0.9)
    return room.clip(0.8, 3.5)


def _pressure(n: int, rng: np.random.Generator) -> Floats:
    """Draw (N, SAMPLES) factors of the pen's width along the path."""
    along = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    waves = rng.uniform(2, 9, (n, 1)).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, (n, 1)).astype(np.float32)
    ease = 0.7 * rng.random((n, 1), np.float32)
    factors: Floats = 1 - ease * (1 + np.sin(waves * along + phase)) / 2
    return factors


def _tremor(n: int, rng: np.random.Generator) -> Floats:
    """Draw (N, SAMPLES, 2) small fast movements of an unsteady hand, in pixels."""
    along = np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None]
    waves = rng.uniform(10, 35, (n, 1, 2)).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 2)).astype(np.float32)
    shifts: Floats = 0.22 * _normal(rng, (n, 1, 2)) * np.sin(waves * along + phase)
    return shifts


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    return rng.standard_normal(shape, np.float32)


def _lognormal(
    rng: np.random.Generator, median: float, spread: float, shape: tuple[int, ...]
) -> Floats:
    values: Floats = np.float32(median) * np.exp(np.float32(spread) * _normal(rng, shape))
    return values
