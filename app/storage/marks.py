"""Marks that a person gave to test pictures, in the database.

``marks.jsonl`` in HOME holds one line for each change, from which a lost database is restored.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.storage import json_lines
from app.storage.database import MarkRow

logger = logging.getLogger(__name__)

_CHANGES = "marks.jsonl"


class Mark(StrEnum):
    """Judgement of a person about a misclassified picture."""

    LABEL_WRONG = "label_wrong"
    AMBIGUOUS = "ambiguous"
    NETWORK_WRONG = "network_wrong"


@dataclass(frozen=True, slots=True)
class MarkedPicture:
    """Test picture with its mark.

    Attributes:
        index: Index in the test set.
        mark: The mark.
        marked_at: Time of the mark, ISO 8601 in UTC.
    """

    index: int
    mark: Mark
    marked_at: str


def read_marks(session: Session, dataset_sha256: str) -> list[MarkedPicture]:
    """Read the marks of a data set, by index, without damaged rows."""
    rows = select(MarkRow).where(MarkRow.dataset_sha256 == dataset_sha256)
    found = []
    for row in session.scalars(rows.order_by(MarkRow.picture)):
        try:
            found.append(MarkedPicture(int(row.picture), Mark(row.mark), str(row.marked_at)))
        except (TypeError, ValueError) as error:
            logger.warning("a mark of data set %s is left out: %s", dataset_sha256, error)
    return found


def write_mark(session: Session, dataset_sha256: str, picture: MarkedPicture) -> None:
    """Insert a mark, or replace the picture's mark."""
    values = {
        "dataset_sha256": dataset_sha256,
        "picture": picture.index,
        "mark": picture.mark,
        "marked_at": picture.marked_at,
    }
    session.execute(insert(MarkRow).prefix_with("OR REPLACE"), values)


def delete_mark(session: Session, dataset_sha256: str, index: int) -> None:
    """Delete a picture's mark, if it has one."""
    of_picture = (MarkRow.dataset_sha256 == dataset_sha256) & (MarkRow.picture == index)
    session.execute(delete(MarkRow).where(of_picture))


def copy_change(home: Path, dataset_sha256: str, index: int, picture: MarkedPicture | None) -> None:
    """Add a change to the file of changes.

    Args:
        home: HOME.
        dataset_sha256: Checksum of the data set.
        index: Index of the picture.
        picture: Its new mark; None: its mark is removed.

    Raises:
        OSError: If the file cannot be written.
    """
    mark = {"mark": picture.mark, "marked_at": picture.marked_at} if picture else None
    values = {"dataset_sha256": dataset_sha256, "index": index, "mark": mark}
    json_lines.append(home / _CHANGES, values)


def restore_marks(session: Session, home: Path) -> None:
    """Repeat the changes of the file in their order; damaged ones are left out."""
    for values in json_lines.read(home / _CHANGES):
        try:
            dataset_sha256, index = str(values["dataset_sha256"]), int(values["index"])
            if (mark := values["mark"]) is None:
                delete_mark(session, dataset_sha256, index)
            else:
                picture = MarkedPicture(index, Mark(mark["mark"]), str(mark["marked_at"]))
                write_mark(session, dataset_sha256, picture)
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("a change of a mark is left out: %s", error)
