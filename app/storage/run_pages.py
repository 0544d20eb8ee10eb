"""Pages of the list of runs: filters, sort orders and cursors."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

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


def _of_epochs(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(
        select(value).where(EpochRow.run_id == RunRow.id).correlate(RunRow).scalar_subquery(), -1
    )


# Values to sort by; a run without epochs has -1.
_KEYS: dict[str, ColumnElement[Any]] = {
    "created": RunRow.number.expression,
    "name": RunRow.name.expression,
    "status": RunRow.status.expression,
    "test_accuracy": func.coalesce(EpochRow.test_accuracy, -1),
    "best_test_accuracy": _of_epochs(func.max(EpochRow.test_accuracy)),
    "seconds": _of_epochs(func.sum(EpochRow.seconds)),
}

SORTS = (*_KEYS, *(f"-{name}" for name in _KEYS))
"""Sort orders by name; ``-`` before a name means descending."""


@dataclass(frozen=True, slots=True)
class Order:
    """Order of the runs; runs with equal keys follow from the newest to the oldest.

    Attributes:
        sort: A name in ``SORTS``.

    Raises:
        PageError: If there is no such order.
    """

    sort: str

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise PageError("sort", f"expected one of {', '.join(SORTS)}; got {self.sort}")

    @property
    def key(self) -> ColumnElement[Any]:
        """Value that the runs are sorted by."""
        return _KEYS[self.sort.removeprefix("-")]

    @property
    def clauses(self) -> tuple[ColumnElement[Any], ...]:
        """Clauses of ``ORDER BY``."""
        key = self.key.desc() if self.sort.startswith("-") else self.key.asc()
        return key, RunRow.number.desc()

    def cursor(self, key: object, number: int) -> str:
        """Encode the place after the run with this key and number."""
        return base64.urlsafe_b64encode(json.dumps([self.sort, key, number]).encode()).decode()

    def after(self, cursor: str) -> ColumnElement[bool]:
        """Condition for the runs behind a cursor.

        Raises:
            PageError: If the cursor is not one of this order.
        """
        try:
            sort, key, number = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        except (ValueError, TypeError, binascii.Error):
            sort = key = number = None
        valid = sort == self.sort and isinstance(key, int | float | str)
        if not valid or not isinstance(number, int) or not 0 <= number < 2**63:
            raise PageError(
                "cursor", f"expected the next of a page with sort {self.sort}; got {cursor}"
            )
        beyond = self.key < key if self.sort.startswith("-") else self.key > key
        return or_(beyond, and_(self.key == key, RunRow.number < number))
