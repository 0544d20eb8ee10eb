"""Marks that a person gave to test pictures, in the database."""

import logging
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.storage.database import MarkRow

logger = logging.getLogger(__name__)


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
