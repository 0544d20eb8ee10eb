"""The data set ``strokes``: digits written by the program itself, in MNIST's shape and framing."""

from collections.abc import Iterator
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trainer.datasets import glyphs, pen
from trainer.datasets.glyphs import SAMPLES, Floats

VERSION = 3
"""Of the pictures: raise it when they change, so that no kept set passes for the new one."""

SIZES = {"train": 60_000, "test": 10_000}
BLOCK = 1000

# Parsed on the first use: who reads a set that is drawn already need not wait for it.
_glyphs = cache(glyphs.load)


def blocks(
    part: Literal["train", "test"],
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Draw the fixed set, block by block; always the same pictures in the same order.

    Args:
        part: Which half; they come from different streams of random numbers.

    Yields:
        (BLOCK, 28, 28) pictures and their (BLOCK,) labels, every digit as often, shuffled.
    """
    rng = np.random.default_rng([VERSION, list(SIZES).index(part)])
    for _ in range(SIZES[part] // BLOCK):
        labels = rng.permutation(np.arange(BLOCK) % 10).astype(np.uint8)
        yield draw(labels, rng), labels


def draw(labels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Write digits by hand, each by another writer.

    Args:
        labels: (N,) digits 0..9.
        rng: Decides how each is written.

    Returns:
        (N, 28, 28) pictures, white on black, framed as MNIST's.
    """
    # How much everything varies was chosen so that a network trained on these pictures alone
    # reads MNIST's training set well, while people and networks still read nearly all of these.
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
    """(N,) index of the glyph by which each digit is written."""
    ends = np.cumsum(_glyphs().chances)
    # Chances of one digit add up to 1, and glyphs are sorted by digit: digit d owns d..d+1. The
    # margin keeps a rounding of the sum from handing out a neighbour's glyph.
    return np.searchsorted(ends, labels + rng.uniform(1e-9, 1 - 1e-9, len(labels)))


def _write(way: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    """(N, SAMPLES, 2) pen positions with each point of the path off by a little."""
    n, size = len(way), _glyphs().points.shape[1]
    looseness = _lognormal(rng, 0.085, 0.2, (n, 1, 1))
    # Neighbouring points stray together, or round shapes would come out angular.
    stray = _together(size, 1.6) @ _normal(rng, (n, size, 2))
    points = _glyphs().points[way] + looseness * stray
    haste = rng.random((n, 1, 1), np.float32) ** 2
    weights = _glyphs().cornered[way]
    weights = weights + haste * (_glyphs().rounded[way] - weights)
    return weights @ points


def _together(size: int, reach: float) -> Floats:
    """(size, size) weights that turn independent numbers into ones alike over a reach."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)) / reach
    weights = np.exp(-(apart**2)).astype(np.float32)
    mixed: Floats = weights / np.sqrt(np.square(weights).sum(1, keepdims=True))
    return mixed


def _bend(path: Floats, rng: np.random.Generator) -> Floats:
    """Give each path its writer's proportions, slant and turn, keeping (N, SAMPLES, 2)."""
    n = len(path)
    # Slow waves over the plane move neighbouring strokes together: a wide belly, a high waist.
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
    """(N,) radius of the pen, in pixels, up to which loops stay open: small in a dense path."""
    width, height = np.moveaxis(np.ptp(path, axis=1), -1, 0)
    side = np.maximum(width, height)
    steps = np.sqrt(np.square(np.diff(path, axis=1)).sum(2))
    length = (steps * drawn).sum(1) / side
    room: Floats = 4.2 * (width * height / side**2 + 0.1) / (length - 0.9)
    return room.clip(0.8, 3.5)


def _pressure(n: int, rng: np.random.Generator) -> Floats:
    """(N, SAMPLES) factors of the pen's width along the path."""
    along = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    waves = rng.uniform(2, 9, (n, 1)).astype(np.float32)
    phase = rng.uniform(0, 2 * np.pi, (n, 1)).astype(np.float32)
    ease = 0.7 * rng.random((n, 1), np.float32)
    factors: Floats = 1 - ease * (1 + np.sin(waves * along + phase)) / 2
    return factors


def _tremor(n: int, rng: np.random.Generator) -> Floats:
    """(N, SAMPLES, 2) small quick movements of an unsteady hand, in pixels."""
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
