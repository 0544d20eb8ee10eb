"""Test pictures of a data set in sheets: PNG files with many pictures in a grid."""

import numpy as np
from numpy.typing import NDArray

from trainer.datasets.pictures import Pictures

SIDE = 28
"""Width and height of a picture in pixels."""

PER_SHEET = 1000
"""Pictures of a sheet; the last one may have fewer."""

COLUMNS = 40
"""Pictures of a row of the grid; picture k of a sheet is in row ``k // COLUMNS``."""


def sheet(pictures: Pictures, number: int) -> NDArray[np.uint8]:
    """Place the pictures of a sheet in the grid, row by row, without gaps.

    Args:
        pictures: Test set.
        number: Number of the sheet, from 0.

    Returns:
        (SIDE · rows, SIDE · COLUMNS) bytes; places without a picture are black.

    Raises:
        IndexError: If there is no sheet with this number.
    """
    sheets = -(-len(pictures.t) // PER_SHEET)
    if not 0 <= number < sheets:
        raise IndexError(f"expected a sheet from 0 to {sheets - 1}; got {number}")
    x = pictures.x[number * PER_SHEET : (number + 1) * PER_SHEET]
    rows = -(-len(x) // COLUMNS)
    tiles = np.zeros((rows * COLUMNS, SIDE, SIDE), np.uint8)
    tiles[: len(x)] = x.reshape(-1, SIDE, SIDE)
    grid = tiles.reshape(rows, COLUMNS, SIDE, SIDE).swapaxes(1, 2)
    return grid.reshape(rows * SIDE, COLUMNS * SIDE)
