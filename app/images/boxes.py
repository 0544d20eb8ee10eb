"""Rectangles of pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Rectangle of pixels; ``right`` and ``bottom`` are the first column and row outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, rows: slice, columns: slice) -> "Box":
        """Return the box of slices of rows and columns."""
        return cls(columns.start, rows.start, columns.stop, rows.stop)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Slices of its rows and columns, to index an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def side(self) -> int:
        """Width or height, the larger one."""
        return max(self.width, self.height)

    @property
    def middle(self) -> float:
        """Row halfway between top and bottom."""
        return (self.top + self.bottom) / 2

    def __or__(self, other: "Box") -> "Box":
        """Return the smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: "Box") -> bool:
        """Return True if the other box lies inside and touches no side."""
        return (
            self.left < other.left
            and self.top < other.top
            and self.right > other.right
            and self.bottom > other.bottom
        )

    def columns_shared(self, other: "Box") -> int:
        """Return the number of common columns; negative: the number of columns between them."""
        return min(self.right, other.right) - max(self.left, other.left)

    def rows_shared(self, other: "Box") -> int:
        """Return the number of common rows; negative: the number of rows between them."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)
