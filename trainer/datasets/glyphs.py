"""Glyphs: the shapes in which people write each digit, as pen paths."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SAMPLES = 128
"""Number of pen positions along each glyph, independent of its number of strokes."""

# Glyphs of each digit: relative frequency among the glyphs of that digit, and path in a box of
# 100 by 100, x to the right, y down. "!" marks a corner, "|" a lift of the pen. Between the
# points, the pen follows a smooth curve.
PATHS: dict[int, tuple[tuple[float, str], ...]] = {
    0: (
        (4, "54,0 22,10 0,55 20,94 46,100 80,86 100,45 84,8 54,0"),
        (3, "66,2 30,6 2,50 18,92 50,100 88,75 98,30 72,4 40,8"),
        (2, "72,12 40,0 8,30 8,78 46,100 90,72 94,25 68,2 56,14"),
        (1, "34,10 66,2 100,42 78,92 40,98 2,65 8,25 42,0 74,12"),
        (1, "58,0 22,12 0,55 22,95 60,97 98,62 92,22 70,8"),
        (1, "44,14 28,10 2,45 14,92 56,98 98,62 94,20 62,0 36,12"),
        (0.6, "60,10 22,22 2,60 20,96 64,94 98,60 88,22 60,0 32,8 48,26"),
        (0.5, "18,8 4,50 22,94 60,98 96,70 98,30 78,4"),
    ),
    1: (
        (12, "50,0 50,50 50,100"),
        (2, "52,0 46,35 48,70 56,100"),
        (1.5, "26,24 52,0! 50,50 50,100"),
        (1, "38,14 52,0! 50,50 50,100"),
        (2, "24,22 52,0! 50,50 50,100 | 18,100 50,99 84,100"),
        (0.7, "50,0 50,50 50,100 | 22,100 50,99 80,100"),
    ),
    2: (
        (4, "8,24 32,2 68,4 84,28 58,62 22,92 4,92 10,76 34,80 66,92 108,88"),
        (3, "10,25 35,2 72,6 82,32 50,68 2,98! 50,97 102,98"),
        (2, "10,20 40,0 78,14 72,45 34,80 4,98! 40,88 70,97 106,92"),
        (3, "18,32 20,12 46,0 78,14 72,42 38,78 18,98 2,86 20,72 52,84 78,98 106,86"),
        (2, "8,8 45,2 88,6! 50,50 4,98! 50,96 102,96"),
        (3, "6,22 28,2 60,8 64,36 38,76 12,98 -4,86 14,74 56,86 110,80"),
        (2, "4,30 34,4 64,10 62,38 32,74 -2,96! 40,86 74,86 110,80"),
        (1, "30,26 18,14 42,0 74,12 70,46 44,84 12,98 2,84 28,76 64,88 102,92"),
        (2, "14,20 40,0 66,16 52,56 24,92 0,94 4,76 36,80 64,98 98,90"),
        (1, "2,36 20,10 48,2 66,22 50,60 20,98! 44,80 80,72 112,74"),
        (1.5, "10,44 14,14 44,0 72,16 70,50 46,84 16,100 0,86 20,70 56,84 100,80"),
        (1.5, "4,20 20,4 46,4 56,30 46,70 24,98 4,90 10,74 40,78 96,70"),
        (0.7, "0,34 30,4 56,10 40,50 4,96! 50,70 84,62 124,60"),
        (1, "6,30 14,6 50,0 76,22 66,56 34,90 6,96 8,78 40,72 60,92 90,98"),
        (3, "10,22 36,0 72,10 74,40 50,74 20,98 0,88 8,70 34,68 66,86 104,96"),
        (2, "20,26 34,2 70,2 88,24 70,56 36,90 12,100 4,84 24,76 56,90 90,100"),
    ),
    3: (
        (4, "10,15 40,0 76,12 70,36 40,46! 80,58 86,84 45,100 4,88"),
        (2, "12,12 45,0 78,15 62,42 36,50 34,44 48,46 82,62 78,90 40,100 0,86"),
        (2, "6,5 45,3 84,3! 42,42! 82,54 88,82 45,100 4,90"),
        (3, "14,10 48,0 76,18 58,44 48,50 72,60 82,80 52,100 2,94"),
        (3, "20,16 52,0 80,10 72,30 44,44! 72,52 74,78 44,100 -6,92"),
        (2, "8,10 40,2 70,4 80,14 56,34 30,46! 66,48 84,66 66,92 30,100 -2,96"),
        (1, "14,24 30,2 64,6 62,34 30,46! 74,48 88,78 50,100 2,92"),
        (2, "10,14 36,0 62,8 60,28 34,40! 70,48 80,74 50,98 0,100"),
        (1, "22,10 56,0 82,12 56,40 28,52 60,52 70,70 48,94 -8,98"),
    ),
    4: (
        (4, "18,0 10,30 8,55 40,57 92,52 | 76,5 70,50 64,100"),
        (3, "24,0 5,55! 50,55 96,52 | 76,0 70,50 66,100"),
        (2, "68,0 35,35 4,66! 50,66 96,64 | 70,0 69,50 68,100"),
        (3, "10,0 10,35 32,52 74,42 | 82,0 76,50 70,100"),
        (2, "12,4 4,42 28,56 74,40! 86,2! 78,50 68,100"),
        (1.5, "66,100 70,50 74,0! 40,34 4,62! 50,64 96,60"),
        (2, "20,6 6,40 30,48 66,42 | 72,4 64,50 58,100"),
        (1, "30,0 14,34 4,60! 40,60 100,56 | 62,30 58,62 52,100"),
    ),
    5: (
        (3, "26,5 18,44 55,38 90,62 72,93 35,100 0,88 | 24,5 55,4 100,2"),
        (3, "98,2 60,5 32,4! 20,44! 58,38 90,64 66,96 30,100 0,88"),
        (2, "92,4 48,6 24,26 44,46 76,62 74,88 40,100 0,92"),
        (2, "90,3 30,5! 24,24 20,42! 46,40 76,56 80,82 45,100 4,92"),
        (4, "108,2 68,6 38,10! 26,44! 50,42 66,62 54,90 28,100 -4,94"),
        (3, "36,10 26,42 48,42 66,66 48,94 22,100 -2,92 | 38,10 68,8 108,0"),
        (1, "98,6 50,10 22,12! 18,40! 40,34 80,40 98,64 76,90 30,100 0,90"),
        (2, "104,0 70,8 46,8! 24,42! 52,46 58,72 40,96 12,98 -6,84"),
        (1, "30,14 22,46 56,44 78,70 54,98 18,98 2,80 | 30,10 60,4 92,-2"),
        (1.5, "40,6 34,42 58,46 64,72 44,96 6,96 | 40,8 62,6 92,0"),
    ),
    6: (
        (4, "70,0 38,20 10,60 22,95 58,98 82,78 62,56 34,64 14,84"),
        (4, "84,0 42,38 8,78 32,100 74,94 82,70 52,58 18,78"),
        (2, "40,0 18,34 6,76 34,100 76,94 86,70 58,54 26,66 12,84"),
        (1, "60,0 24,34 6,72 30,98 62,90 68,68 46,60 26,76 34,98"),
        (3, "42,0 18,38 0,76 20,98 66,98 98,80 80,62 44,68 24,90"),
        (3, "54,0 28,36 12,74 28,98 62,94 74,78 56,68 30,80 22,96"),
        (1, "72,4 40,4 8,36 4,76 36,100 80,92 92,70 62,54 22,66 8,80"),
        (1, "30,0 12,46 6,86 44,100 86,84 82,62 48,64 12,88"),
        (2, "76,0 48,24 22,60 14,88 38,100 66,84 60,66 36,70 18,88"),
    ),
    7: (
        (5, "5,8 50,6 92,3! 62,50 46,100"),
        (2, "6,16 8,6! 50,6 90,4! 58,50 42,100"),
        (2, "5,12 30,4 74,4 88,16 66,50 50,100"),
        (2, "5,8 50,6 92,3! 62,50 46,100 | 26,52 58,50 90,48"),
        (1.5, "8,18 12,6! 50,8 88,4! 60,50 50,100 | 20,50 54,52 96,44"),
        (1, "5,10 40,4 84,6! 50,50 30,100 | 30,46 54,50 84,56"),
        (1.5, "10,32 10,6! 50,4 88,6! 80,50 76,100"),
        (1, "14,40 22,8! 54,10 86,4! 72,50 62,100"),
        (1, "4,20 20,4 50,14 84,2! 60,50 40,100"),
        (1.5, "10,38 14,10 34,8 74,6 82,14 62,56 46,100"),
        (1, "8,30 20,8! 60,10 84,6 76,30 52,66 40,100"),
        (1.5, "16,46 14,16 22,6 50,10 88,2! 70,50 56,100"),
        (0.5, "2,8 14,34 52,30 96,0! 70,50 52,100"),
    ),
    8: (
        (2, "84,14 52,0 18,18 45,46 84,74 52,100 12,78 42,50 82,22 84,12"),
        (1, "50,46 22,26 50,0 78,22 50,46 12,74 50,100 88,74 50,46"),
        (1.5, "50,0 20,22 50,46 80,22 50,0 | 50,46 12,74 50,100 88,74 50,46"),
        (4, "88,10 56,0 30,14 44,40 64,66 50,98 18,98 12,80 46,50 92,8"),
        (3, "90,16 64,0 36,12 42,38 62,64 48,96 18,96 14,80 46,52 86,28 86,10"),
        (2, "72,12 48,2 26,20 50,48 68,74 48,100 24,82 48,52 72,24 72,8"),
        (3, "94,6 52,2 22,12 30,32 60,58 66,88 34,100 16,84 44,54 100,2"),
        (2, "62,46 32,32 36,8 66,0 86,16 54,52 24,80 34,98 58,96 64,74 50,48 32,28"),
        (1, "40,50 72,26 66,2 40,8 34,30 58,54 66,84 40,100 20,84 34,58 58,38"),
        (1, "26,14 52,0 80,18 55,46 18,74 48,100 86,78 58,50 26,22 24,12"),
        (2, "80,4 34,4 24,24 54,46 74,70 54,98 22,92 20,72 50,44 82,14"),
    ),
    9: (
        (4, "76,12 45,2 14,22 30,42 62,32 80,6! 74,50 66,100"),
        (2, "78,14 45,0 12,22 33,44 68,34 80,10! 82,58 62,96 20,92"),
        (4, "80,14 50,0 15,20 26,42 60,34 80,10 72,56 52,100"),
        (2, "72,36 36,44 14,24 42,0 76,16 78,50 70,100"),
        (4, "72,8 48,0 22,16 28,34 56,26 76,2! 66,50 54,100"),
        (2, "90,8 42,4 12,22 32,40 80,12! 70,55 60,100"),
        (3, "76,16 62,2 30,6 16,26 34,38 64,26 78,12 64,50 34,100"),
        (1, "68,8 36,6 12,28 30,48 62,40 78,4! 70,40 70,70 66,100"),
        (2, "92,4 56,2 24,20 26,38 54,32 88,8 66,52 44,100"),
        (1, "80,12 52,0 18,18 30,42 66,30 78,14 82,52 66,88 40,100 18,88"),
        (3, "76,14 45,2 14,26 34,48 66,36 80,8! 76,50 70,100"),
        (3, "80,16 50,0 15,22 28,48 64,38 80,12 74,56 58,100"),
        (2, "74,18 60,2 30,6 16,30 36,48 66,34 76,14 66,50 40,100"),
        (2, "72,16 44,4 10,26 26,52 60,46 78,10! 76,50 72,100"),
        (1, "86,18 54,0 12,22 14,48 48,52 80,22! 78,56 64,100"),
        (1.5, "62,8 34,4 12,26 24,46 58,40 86,6! 78,52 70,100"),
        (1, "56,4 22,10 12,34 36,46 70,28 | 88,2 76,48 62,100"),
        (1.5, "74,6 36,8 10,30 28,50 64,40 84,14 80,56 78,100"),
    ),
}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """All glyphs, padded to common shapes, so that many digits are drawn at once.

    Attributes:
        labels: (G,) digit of each glyph.
        chances: (G,) probability of the glyph for its digit; sums to 1 for each digit.
        points: (G, K, 2) points of the path, in 0..1, padded with zeros to K points.
        cornered: (G, SAMPLES, K) weights that turn points into pen positions, with sharp corners.
        rounded: (G, SAMPLES, K) weights that turn points into pen positions, with round corners.
        drawn: (G, SAMPLES - 1) True if the pen is down between two positions.
    """

    labels: NDArray[np.uint8]
    chances: NDArray[np.float64]
    points: Floats
    cornered: Floats
    rounded: Floats
    drawn: NDArray[np.bool_]


def load() -> Glyphs:
    """Parse ``PATHS``."""
    glyphs = [(digit, chance, path) for digit, paths in PATHS.items() for chance, path in paths]
    size = max(len(path.replace("|", "").split()) for _, _, path in glyphs)
    points = np.zeros((len(glyphs), size, 2), np.float32)
    cornered = np.zeros((len(glyphs), SAMPLES, size), np.float32)
    rounded = np.zeros_like(cornered)
    drawn = np.ones((len(glyphs), SAMPLES - 1), np.bool_)
    for g, (_, _, path) in enumerate(glyphs):
        strokes = [_Stroke.parse(stroke) for stroke in path.split("|")]
        until = np.cumsum([stroke.knots[-1] for stroke in strokes])
        ends = np.rint(SAMPLES * until / until[-1]).astype(int)
        first = row = 0
        for stroke, end in zip(strokes, ends, strict=True):
            last = first + len(stroke.points)
            points[g, first:last] = stroke.points
            cornered[g, row:end, first:last] = stroke.weights(end - row, stroke.corners)
            rounded[g, row:end, first:last] = stroke.weights(end - row, [])
            drawn[g, end - 1 : end] = False
            first, row = last, end
    labels = np.array([digit for digit, _, _ in glyphs], np.uint8)
    chances = np.array([chance for _, chance, _ in glyphs])
    chances /= np.bincount(labels, weights=chances)[labels]
    return Glyphs(labels, chances, points, cornered, rounded, drawn)


@dataclass(frozen=True, slots=True)
class _Stroke:
    """Part of a path between two lifts of the pen.

    Attributes:
        points: (K, 2) in 0..1.
        knots: (K,) length of the path up to each point, along straight lines.
        corners: Indices of the points with a sharp corner.
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
        """Compute (samples, K) weights of the points in positions evenly spaced along the path."""
        at = np.linspace(0, self.knots[-1], samples)
        weights = np.zeros((samples, len(self.knots)))
        bounds = [0, *corners, len(self.knots) - 1]
        for first, last in pairwise(bounds):
            inside = (at >= self.knots[first]) & (at <= self.knots[last])
            piece = slice(first, last + 1)
            weights[inside, piece] = spline_weights(self.knots[piece], at[inside])
        return weights


def spline_weights(knots: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the weights of a natural cubic spline, which is linear in its knots' values.

    With the second derivatives M at the knots and the distance h between two knots, the spline is
    ``a y0 + b y1 + ((a³ - a) M0 + (b³ - b) M1) h² / 6`` at the fractions a + b = 1 of an interval;
    M solves a tridiagonal system (de Boor, A Practical Guide to Splines, chapter IV).

    Args:
        knots: (K,) increasing parameters of the values, K at least 2.
        at: (P,) parameters to evaluate the spline at, between the first and the last knot.

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
