"""Rectangles of pixels."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; right and bottom are the first column and row outside."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def of(cls, rows: slice, columns: slice) -> "Box":
        """The box of some rows and columns."""
        return cls(columns.start, rows.start, columns.stop, rows.stop)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and its columns, to index an array with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def width(self) -> int:
        """In columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """In rows."""
        return self.bottom - self.top

    @property
    def side(self) -> int:
        """The longer one of width and height."""
        return max(self.width, self.height)

    @property
    def middle(self) -> float:
        """The row halfway down."""
        return (self.top + self.bottom) / 2

    def __or__(self, other: "Box") -> "Box":
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: "Box") -> bool:
        """Whether the other box lies inside, touching no side."""
        return (
            self.left < other.left
            and self.top < other.top
            and self.right > other.right
            and self.bottom > other.bottom
        )

    def columns_shared(self, other: "Box") -> int:
        """Columns that both have; negative: that many between them."""
        return min(self.right, other.right) - max(self.left, other.left)

    def rows_shared(self, other: "Box") -> int:
        """Rows that both have; negative: that many between them."""
        return min(self.bottom, other.bottom) - max(self.top, other.top)
