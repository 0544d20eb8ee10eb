"""Division of ink into single digits, in reading order."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from app.images.boxes import Box
from app.images.errors import PictureBlank, PictureCrowded
from app.images.upload_limits import MAX_DIGITS

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Labels = NDArray[np.int32]

# Strokes are specks if width and height are less than this number of pixels, or this share of the
# picture's longer side.
SPECK_PIXELS = 3
SPECK_OF_PICTURE = 0.025
# Strokes are also specks if width and height are less than this share of the largest stroke.
SPECK_OF_DIGIT = 0.15
# Least height of a digit, as a share of the highest digit.
LEAST_HEIGHT = 0.25
# Largest number of strokes; of more, the largest are taken.
MOST_STROKES = 500

EVERYWHERE = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Cut:
    """Ink of one digit.

    Attributes:
        box: Smallest box around it.
        ink: (box.height, box.width) strength from 0 to 1, without the ink of its neighbours.
    """

    box: Box
    ink: Floats


@dataclass
class _Strokes:
    """Strokes of one digit, by their labels."""

    box: Box
    labels: list[int]


def cut(strength: Bytes) -> list[Cut]:
    """Divide ink into digits, in reading order: row by row, each from left to right.

    Args:
        strength: (H, W) from 0 to 255; 0 is paper.

    Raises:
        PictureBlank: If there are only specks.
        PictureCrowded: If there are more than ``MAX_DIGITS`` digits.
    """
    labels = np.empty(strength.shape, np.int32)
    ndimage.label(strength, EVERYWHERE, output=labels)
    boxes = [Box.of(rows, columns) for rows, columns in ndimage.find_objects(labels)]
    least = max(SPECK_PIXELS, SPECK_OF_PICTURE * max(strength.shape))
    strokes = [_Strokes(box, [n]) for n, box in enumerate(boxes, 1) if box.side >= least]
    if not strokes:
        raise PictureBlank("expected something drawn; got a few specks")
    strokes.sort(key=lambda stroke: stroke.box.side, reverse=True)
    digits = _joined(_without_frames(strokes[:MOST_STROKES], labels))
    highest = max(digit.box.height for digit in digits)
    digits = [digit for digit in digits if digit.box.height >= LEAST_HEIGHT * highest]
    if len(digits) > MAX_DIGITS:
        more = " or more" if len(strokes) > MOST_STROKES else ""
        raise PictureCrowded(
            f"expected at most {MAX_DIGITS} digits in a picture; got {len(digits)}{more}"
        )
    return [_cut(digit, strength, labels) for digit in _reading_order(digits)]


def _without_frames(strokes: list[_Strokes], labels: Labels) -> list[_Strokes]:
    """Leave out lines at the margin and around digits, provided that a digit remains."""
    height, width = labels.shape
    corners = {labels[0, 0], labels[0, -1], labels[-1, 0], labels[-1, -1]}
    kept = []
    for stroke in strokes:
        box, (label,) = stroke.box, stroke.labels
        ruled = (box.width > 0.9 * width and box.height < 0.05 * width) or (
            box.height > 0.9 * height and box.width < 0.05 * height
        )
        if label in corners or ruled or _is_frame(stroke, strokes, labels):
            continue
        kept.append(stroke)
    if not kept or kept[0].box.side < 0.1 * max(height, width):
        return strokes
    return kept


def _is_frame(stroke: _Strokes, strokes: Iterable[_Strokes], labels: Labels) -> bool:
    """Return True if a stroke surrounds others, along the margin or as a rectangle.

    A rectangle has ink all along at least three sides.
    """
    box = stroke.box
    if not any(s.box.side > 0.15 * box.side and box.holds(s.box) for s in strokes):
        return False
    margin = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    if (margin == stroke.labels[0]).mean() > 0.4:
        return True
    ink = labels[box.slices] == stroke.labels[0]
    rows, columns = (max(1, round(0.08 * n)) for n in ink.shape)
    sides = (
        ink[:rows].any(axis=0),
        ink[-rows:].any(axis=0),
        ink[:, :columns].any(axis=1),
        ink[:, -columns:].any(axis=1),
    )
    return sum(int(side.mean() > 0.9) for side in sides) >= 3


def _joined(strokes: list[_Strokes]) -> list[_Strokes]:
    """Join the strokes of each digit.

    Args:
        strokes: In descending order of size.
    """
    digits: list[_Strokes] = []
    least = SPECK_OF_DIGIT * strokes[0].box.side
    for stroke in strokes:
        if stroke.box.side < least:
            break
        for digit in digits:
            if _belongs(stroke.box, digit.box) or _belongs(digit.box, stroke.box):
                digit.box |= stroke.box
                digit.labels += stroke.labels
                break
        else:
            digits.append(stroke)
    return digits


def _belongs(part: Box, whole: Box) -> bool:
    """Return True if a stroke is part of the digit of another stroke that it does not touch."""
    across = part.columns_shared(whole)
    along = part.rows_shared(whole)
    within = across / min(part.width, whole.width)
    if along > 0 and within > 0.5:  # inside or above it: the bar of a 7, a 4 in two strokes
        return True
    near_top = part.top < whole.top + 0.15 * whole.height
    flat = part.width > 1.5 * part.height and part.height < 0.4 * whole.height
    if near_top and flat:  # the bar of a 5, which may begin beside it
        return max(-across, -along) < 0.2 * whole.height
    if along > 0:  # the hook of a 4, beside its bar and above its foot
        bar = whole.width < 0.4 * whole.height
        hook = near_top and part.bottom < whole.bottom - 0.2 * whole.height
        return bar and hook and -across < 0.08 * whole.height
    if part.height < 0.4 * whole.height:  # the foot of a 1, a piece of an interrupted stroke
        return within > 0.4 and -along < 0.25 * whole.height
    # The circles of an 8.
    circles = max(part.height / part.width, whole.height / whole.width) < 1.2
    return circles and within > 0.6 and -along < 0.05 * whole.height


def _reading_order(digits: list[_Strokes]) -> list[_Strokes]:
    """Sort digits into rows from top to bottom, and each row from left to right.

    A digit continues the row whose last digit is beside it, so that a row may rise or fall.
    """
    rows: list[list[_Strokes]] = []
    for digit in sorted(digits, key=lambda digit: digit.box.left):
        beside = [row for row in rows if _beside(digit.box, row[-1].box)]
        if beside:
            min(beside, key=lambda row: abs(row[-1].box.middle - digit.box.middle)).append(digit)
        else:
            rows.append([digit])
    rows.sort(key=lambda row: sum(digit.box.middle for digit in row) / len(row))
    return [digit for row in rows for digit in row]


def _beside(box: Box, other: Box) -> bool:
    return box.rows_shared(other) > 0.4 * min(box.height, other.height)


def _cut(digit: _Strokes, strength: Bytes, labels: Labels) -> Cut:
    own = labels[digit.box.slices]
    mask = functools.reduce(np.logical_or, [own == label for label in digit.labels])
    ink = strength[digit.box.slices] * mask
    # Scale each digit by its own ink, because pencil and pen may be on one picture.
    full = np.percentile(ink[mask], 90)
    return Cut(digit.box, np.minimum(ink / np.float32(full), 1))
