"""Rows of a training's statistics in the database."""

import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, fields
from math import isfinite

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.storage.database import StatisticsRow
from trainer.events import Statistics

logger = logging.getLogger(__name__)

_NAMES = {field.name for field in fields(Statistics)}


def add_rows(session: Session, run_id: str, rows: Iterable[Statistics]) -> None:
    """Insert the statistics of steps; rows of the same steps are replaced."""
    values = [
        {"run_id": run_id, "step": row.step, "content": json.dumps(asdict(row), allow_nan=False)}
        for row in rows
    ]
    session.execute(insert(StatisticsRow).prefix_with("OR REPLACE"), values)


def delete_rows(session: Session, run_id: str, after_step: int) -> None:
    """Delete the statistics after a step."""
    later = (StatisticsRow.run_id == run_id) & (StatisticsRow.step > after_step)
    session.execute(delete(StatisticsRow).where(later))


def read_rows(session: Session, run_id: str, after_step: int) -> list[Statistics]:
    """Read the statistics after a step, in order, without damaged rows."""
    later = (StatisticsRow.run_id == run_id) & (StatisticsRow.step > after_step)
    found = []
    for content in session.scalars(
        select(StatisticsRow.content).where(later).order_by(StatisticsRow.step)
    ):
        try:
            found.append(_read(content))
        except (TypeError, ValueError) as error:
            logger.warning("a row of the statistics of run %s is left out: %s", run_id, error)
    return found


def _read(content: str) -> Statistics:
    """Read a row.

    Raises:
        TypeError: If the content is no text, or a value has another type.
        ValueError: If the content is not one of ``add_rows``.
    """
    values = json.loads(content)
    if not isinstance(values, dict) or values.keys() != _NAMES:
        raise ValueError(f"expected {', '.join(sorted(_NAMES))}; got {content!r:.80}")
    step, rate = values.pop("step"), values.pop("learning_rate")
    numbers = [rate, *(n for measured in values.values() for n in measured if n is not None)]
    if type(step) is not int or not all(map(isfinite, numbers)):
        raise ValueError(f"expected a step and finite numbers; got {content!r:.80}")
    measured = {name: tuple(numbers) for name, numbers in values.items()}
    return Statistics(step=step, learning_rate=rate, **measured)
