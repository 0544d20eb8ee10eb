"""Pages of the list of runs: filters, sort orders and cursors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select

from app.runs.status import Status
from app.storage.database import EpochRow, RunRow
from app.storage.records import Run


class PageError(ValueError):
    """Invalid parameter of a page.

    Attributes:
        parameter: Its name.
    """

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Page:
    """Part of the list of runs.

    Attributes:
        runs: Runs of the page, in order.
        total: Number of runs on all pages.
        next: Cursor of the next page; None on the last one.
    """

    runs: list[Run]
    total: int
    next: str | None


def _of_epochs(query: Select[Any]) -> ColumnElement[Any]:
    """Value from a run's own epochs; a fork without one has its start's; -1 if there is neither."""
    own = query.where(EpochRow.run_id == RunRow.id).correlate(RunRow).scalar_subquery()
    return func.coalesce(own, RunRow.start_test_accuracy, -1)


_accuracy = EpochRow.test_accuracy

_KEYS: dict[str, ColumnElement[Any]] = {
    "created": RunRow.number.expression,
    "name": RunRow.name.expression,
    "status": RunRow.status.expression,
    "test_accuracy": _of_epochs(select(_accuracy).order_by(EpochRow.epoch.desc()).limit(1)),
    "best_test_accuracy": _of_epochs(select(func.max(_accuracy))),
    "seconds": RunRow.seconds.expression,
}
"""Values to sort by."""

SORTS = (*_KEYS, *(f"-{name}" for name in _KEYS))
"""Sort orders by name; ``-`` before a name means descending."""


def numbers_of(
    *, statuses: Sequence[Status], tags: Sequence[str], q: str, sort: str
) -> Select[int]:
    """Select the numbers of runs in order: pinned runs first, and of equals the newest first.

    Args:
        statuses: Only runs with one of these; empty: all.
        tags: Only runs that have all of these.
        q: Part of the name or the notes, case ignored.
        sort: A name in ``SORTS``.

    Raises:
        PageError: If ``sort`` is not one of them.
    """
    if sort not in SORTS:
        raise PageError("sort", f"expected one of {', '.join(SORTS)}; got {sort}")
    query = select(RunRow.number)
    if statuses:
        query = query.where(RunRow.status.in_(statuses))
    for tag in tags:
        query = query.where(func.has_tag(RunRow.tags, tag))
    if "\0" in q:
        # SQLite would compare the text before it only.
        query = query.where(false())
    elif q:
        texts = (func.casefold(text) for text in (RunRow.name, RunRow.notes))
        query = query.where(or_(*(text.contains(q.casefold(), autoescape=True) for text in texts)))
    key = _KEYS[sort.removeprefix("-")]
    ordered = key.desc() if sort.startswith("-") else key.asc()
    return query.order_by(RunRow.pinned.desc(), ordered, RunRow.number.desc())


@dataclass(frozen=True, slots=True)
class Cursor:
    """Runs that earlier pages have had.

    What a list is sorted by changes while it is read. The next page therefore begins not behind a
    value, but with the first run that no page has had yet: none is repeated or left out.

    Attributes:
        sort: Sort order of the pages.
        newest: Number of the newest run when the first page was read; later ones are left out.
        served: Bit n is set if a page has had run number n.
    """

    sort: str
    newest: int
    served: int = 0

    @classmethod
    def decode(cls, text: str, sort: str) -> "Cursor":
        """Read a cursor that ``encode`` wrote.

        Raises:
            PageError: If it is not a cursor of this sort order.
        """
        order, *numbers = text.split(".")
        try:
            newest, served = (int(number, 16) for number in numbers)
        except ValueError:
            order, newest, served = "", 0, 0
        # Python reads numbers in more ways than one.
        is_ours = cls(order, newest, served).encode() == text
        if not is_ours or order != sort or newest < 0 or served < 0:
            raise PageError("cursor", f"expected the next of a page with sort {sort}; got {text}")
        return cls(sort, newest, served)

    def encode(self) -> str:
        """Convert to text that fits into an address."""
        return f"{self.sort}.{self.newest:x}.{self.served:x}"

    def remaining(self, numbers: Sequence[int]) -> list[int]:
        """Return the numbers that no page has had, in the same order."""
        return [n for n in numbers if n <= self.newest and not self.served >> n & 1]

    def after(self, numbers: Sequence[int]) -> "Cursor":
        """Return the cursor behind a page with these numbers."""
        return Cursor(self.sort, self.newest, self.served | sum(1 << n for n in numbers))
