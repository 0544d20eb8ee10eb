"""The ways people write each digit, as pen paths."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLES = 128
"""Pen positions along every glyph, whatever its number of strokes."""

# Each way of writing a digit: how common it is among the ways of that digit, and its path in a
# box of 100 by 100, x to the right, y down. "!" marks a corner, "|" a lift of the pen. Between
# its points the pen follows a smooth curve.
PATHS: dict[int, tuple[tuple[float, str], ...]] = {
    0: (
        (4, "50,0 22,10 6,50 22,90 50,100 78,90 94,50 78,10 50,0"),
        (3, "64,2 30,6 8,45 20,90 50,100 85,75 90,30 65,4 38,8"),
        (2, "70,12 40,0 12,30 12,78 48,100 86,72 88,25 66,2 56,14"),
        (1, "34,10 64,2 94,42 76,90 42,98 8,65 12,25 42,0 70,12"),
        (1, "58,0 24,12 5,55 25,95 60,97 93,62 88,22 70,8"),
    ),
    1: (
        (12, "50,0 50,50 50,100"),
        (2, "52,0 46,35 48,70 56,100"),
        (1.5, "26,24 52,0! 50,50 50,100"),
        (1, "24,22 52,0! 50,50 50,100 | 18,100 50,99 84,100"),
        (0.2, "50,0 50,50 50,100 | 22,100 50,99 80,100"),
    ),
    2: (
        (4, "8,24 32,2 66,4 80,28 58,62 25,90 8,92 14,78 34,80 62,94 100,90"),
        (4, "10,25 35,2 70,6 80,32 50,68 8,98! 50,97 95,98"),
        (2, "10,20 40,0 76,14 70,45 36,80 10,98! 40,88 66,97 98,92"),
        (2, "18,32 22,12 46,0 74,14 70,42 40,78 22,98 6,86 22,72 48,84 70,98 96,86"),
        (1, "8,8 45,2 85,6! 50,50 8,98! 50,96 96,96"),
    ),
    3: (
        (4, "10,15 40,0 76,12 70,38 40,48! 80,60 86,84 45,100 8,88"),
        (2, "12,12 45,0 78,15 62,42 36,50 34,44 48,46 82,62 78,90 40,100 5,86"),
        (2, "10,5 45,3 82,3! 42,42! 80,54 86,82 45,100 8,90"),
        (3, "14,10 48,0 76,18 58,44 48,50 72,60 82,80 52,100 8,94"),
    ),
    4: (
        (4, "18,0 10,30 8,55 40,57 92,52 | 76,5 70,50 64,100"),
        (3, "24,0 5,55! 50,55 96,52 | 76,0 70,50 66,100"),
        (2, "68,0 35,35 4,66! 50,66 96,64 | 70,0 69,50 68,100"),
        (3, "10,0 10,35 32,52 74,42 | 82,0 76,50 70,100"),
        (2, "12,4 4,42 28,56 74,40! 86,2! 78,50 68,100"),
        (1, "66,100 70,50 74,0! 40,34 4,62! 50,64 96,60"),
    ),
    5: (
        (3, "26,5 18,44 55,38 88,62 70,93 35,100 5,88 | 24,5 55,4 94,2"),
        (4, "92,2 60,5 32,4! 20,44! 58,38 88,64 66,96 30,100 5,88"),
        (3, "90,4 48,6 24,26 44,46 76,62 74,88 40,100 6,92"),
        (2, "86,3 30,5! 24,24 20,42! 46,40 74,56 78,82 45,100 10,92"),
    ),
    6: (
        (4, "66,0 35,20 12,60 25,95 60,98 82,74 60,52 32,60 16,80"),
        (3, "82,0 42,35 10,76 34,100 74,92 80,66 50,54 20,72"),
        (2, "40,0 18,30 10,72 34,100 74,94 84,66 56,50 26,62 14,82"),
        (1, "60,0 24,30 8,70 30,98 60,88 66,62 44,56 26,74 34,98"),
    ),
    7: (
        (5, "5,8 50,6 92,3! 62,50 46,100"),
        (2, "6,16 8,6! 50,6 90,4! 58,50 42,100"),
        (2, "5,12 30,4 74,4 88,16 66,50 50,100"),
        (1.2, "5,8 50,6 92,3! 62,50 46,100 | 30,50 58,50 86,46"),
        (1, "10,32 10,6! 50,4 88,6! 80,50 76,100"),
    ),
    8: (
        (4, "82,14 52,0 20,18 45,46 80,74 52,100 16,78 42,50 80,22 82,12"),
        (2, "50,46 22,26 50,0 78,22 50,46 16,74 50,100 84,74 50,46"),
        (2, "50,0 22,22 50,46 78,22 50,0 | 50,46 15,74 50,100 85,74 50,46"),
        (2, "76,16 46,0 20,22 50,50 80,76 50,100 18,78 48,48 86,6"),
        (1, "24,14 52,0 80,18 55,46 20,74 48,100 84,78 58,50 24,22 22,12"),
    ),
    9: (
        (4, "76,14 45,2 14,26 34,48 66,36 80,8! 76,50 70,100"),
        (2, "78,14 45,0 12,25 35,50 70,38 80,10! 82,58 62,96 20,92"),
        (4, "80,16 50,0 15,22 28,48 64,38 80,12 74,56 58,100"),
        (1, "72,40 36,50 14,26 42,0 76,16 78,50 70,100"),
    ),
}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Every way of every digit, padded to common shapes, so that a block is drawn at once.

    Attributes:
        labels: (G,) the digit of each way.
        chances: (G,) how likely a writer of that digit writes it so; sums to 1 for each digit.
        points: (G, K, 2) points of the path, in 0..1, zero where a path has fewer than K.
        cornered: (G, SAMPLES, K) weights that turn points into pen positions, corners kept.
        rounded: (G, SAMPLES, K) the same where the pen rounds its corners.
        drawn: (G, SAMPLES - 1) whether the pen is down from each position to the next.
    """

    labels: NDArray[np.uint8]
    chances: NDArray[np.float64]
    points: Floats
    cornered: Floats
    rounded: Floats
    drawn: NDArray[np.bool_]


def load() -> Glyphs:
    """Parse ``PATHS``."""
    ways = [(digit, chance, path) for digit, all_ in PATHS.items() for chance, path in all_]
    size = max(len(path.replace("|", "").split()) for _, _, path in ways)
    points = np.zeros((len(ways), size, 2), np.float32)
    cornered = np.zeros((len(ways), SAMPLES, size), np.float32)
    rounded = np.zeros_like(cornered)
    drawn = np.ones((len(ways), SAMPLES - 1), np.bool_)
    for g, (_, _, path) in enumerate(ways):
        strokes = [_Stroke.parse(stroke) for stroke in path.split("|")]
        lengths = np.array([stroke.knots[-1] for stroke in strokes])
        ends = np.rint(SAMPLES * np.cumsum(lengths) / lengths.sum()).astype(int)
        first = row = 0
        for stroke, end in zip(strokes, ends, strict=True):
            last = first + len(stroke.points)
            points[g, first:last] = stroke.points
            cornered[g, row:end, first:last] = stroke.weights(end - row, stroke.corners)
            rounded[g, row:end, first:last] = stroke.weights(end - row, [])
            drawn[g, end - 1 : end] = False
            first, row = last, end
    labels = np.array([digit for digit, _, _ in ways], np.uint8)
    chances = np.array([chance for _, chance, _ in ways])
    chances /= np.bincount(labels, weights=chances)[labels]
    return Glyphs(labels, chances, points, cornered, rounded, drawn)


@dataclass(frozen=True, slots=True)
class _Stroke:
    """What the pen draws without being lifted.

    Attributes:
        points: (K, 2) in 0..1.
        knots: (K,) length of the path up to each point, along straight lines.
        corners: Indices of the points where the pen turns sharply.
    """

    points: NDArray[np.float64]
    knots: NDArray[np.float64]
    corners: list[int]

    @classmethod
    def parse(cls, text: str) -> "_Stroke":
        words = text.split()
        points = np.array([word.rstrip("!").split(",") for word in words], float) / 100
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        corners = [k for k, word in enumerate(words) if word.endswith("!")]
        return cls(points, np.concatenate([[0], np.cumsum(steps)]), corners)

    def weights(self, samples: int, corners: list[int]) -> NDArray[np.float64]:
        """(samples, K) weights of the points in positions spread evenly over the path."""
        at = np.linspace(0, self.knots[-1], samples)
        weights = np.zeros((samples, len(self.knots)))
        bounds = [0, *corners, len(self.knots) - 1]
        for first, last in pairwise(bounds):
            inside = (at >= self.knots[first]) & (at <= self.knots[last])
            piece = slice(first, last + 1)
            weights[inside, piece] = spline_weights(self.knots[piece], at[inside])
        return weights


def spline_weights(knots: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of a natural cubic spline, which is linear in the values it passes through.

    With M the second derivatives at the knots and h the gap between two of them, the spline is
    ``a y0 + b y1 + ((a³ - a) M0 + (b³ - b) M1) h² / 6`` at the fractions a + b = 1 of a gap, and
    M solves a tridiagonal system (de Boor, A Practical Guide to Splines, chapter IV).

    Args:
        knots: (K,) rising parameters of the values, K at least 2.
        at: (P,) parameters to evaluate at, within the knots.

    Returns:
        (P, K) weights W, so that ``W @ values`` is the spline.
    """
    size = len(knots)
    gaps = np.diff(knots)
    left, right = np.eye(size), np.zeros((size, size))
    for k in range(1, size - 1):
        before, after = gaps[k - 1], gaps[k]
        left[k, k - 1 : k + 2] = before / 6, (before + after) / 3, after / 6
        right[k, k - 1 : k + 2] = 1 / before, -1 / before - 1 / after, 1 / after
    seconds = np.linalg.solve(left, right)
    gap = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, size - 2)
    b = ((at - knots[gap]) / gaps[gap])[:, None]
    a = 1 - b
    bend = (a**3 - a) * seconds[gap] + (b**3 - b) * seconds[gap + 1]
    values = np.eye(size)
    weights: NDArray[np.float64] = (
        a * values[gap] + b * values[gap + 1] + bend * gaps[gap, None] ** 2 / 6
    )
    return weights
