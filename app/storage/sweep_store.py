"""Storage of the sweeps: their rows, and those of their trials."""

import json
import logging
import secrets
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine, Select, delete, insert, select, update

from app.storage.database import RunRow, SweepRow, TrialRow, reading, writing
from app.sweeps.plan import Plan
from app.sweeps.records import Sweep, Trial
from app.sweeps.status import SweepStatus, TrialState

logger = logging.getLogger(__name__)


class SweepStore:
    """Storage of the sweeps.

    Reads raise ``DatabaseUnavailableError`` if the database cannot be read, writes if it is
    damaged, and ``OSError`` if it cannot be written.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, plan: Plan, created_at: str) -> Sweep:
        """Record a new sweep, running."""
        sweep = Sweep(
            id=secrets.token_hex(5),
            name=name,
            status=SweepStatus.RUNNING,
            created_at=created_at,
            plan=plan,
        )
        values = {name: getattr(sweep, name) for name in Sweep.__dataclass_fields__}
        with writing(self._engine) as session:
            row = values | {"plan": json.dumps(plan.to_dict())}
            session.execute(insert(SweepRow).values(row))
        return sweep

    def get(self, sweep_id: str) -> Sweep:
        """Return a sweep.

        Raises:
            KeyError: If there is no readable sweep with this id.
        """
        found = self._read(select(SweepRow).where(SweepRow.id == sweep_id))
        if not found:
            raise KeyError(sweep_id)
        return found[0]

    def all(self) -> list[Sweep]:
        """Return all sweeps, newest first; damaged rows are left out."""
        return self._read(select(SweepRow).order_by(SweepRow.number.desc()))

    def _read(self, rows: Select[SweepRow]) -> list[Sweep]:
        sweeps = []
        with reading(self._engine) as session:
            for row in session.scalars(rows):
                try:
                    sweeps.append(_sweep(row))
                except (TypeError, ValueError, KeyError) as error:
                    logger.warning("sweep %s is left out: %s", row.id, error)
        return sweeps

    def update(self, sweep: Sweep, **changes: Any) -> Sweep:
        """Change the status, the seconds or the error of a sweep."""
        with writing(self._engine) as session:
            session.execute(update(SweepRow).where(SweepRow.id == sweep.id).values(changes))
        return replace(sweep, **changes)

    def delete(self, sweep: Sweep) -> None:
        """Delete a sweep and its trials; their runs stay and belong to no sweep any more."""
        with writing(self._engine) as session:
            session.execute(delete(SweepRow).where(SweepRow.id == sweep.id))
            session.execute(
                update(RunRow).where(RunRow.sweep == sweep.id).values(sweep=None, trial=None)
            )

    def trials(self, sweep_id: str) -> list[Trial]:
        """Return the trials of a sweep, by number; damaged rows are left out."""
        runs = select(RunRow.trial, RunRow.id).where(RunRow.sweep == sweep_id)
        rows = select(TrialRow).where(TrialRow.sweep_id == sweep_id).order_by(TrialRow.number)
        trials = []
        with reading(self._engine) as session:
            run_of = dict(session.execute(runs).tuples().all())
            for row in session.scalars(rows):
                try:
                    trials.append(_trial(row, run_of.get(row.number)))
                except (TypeError, ValueError) as error:
                    logger.warning("trial %s of sweep %s: %s", row.number, sweep_id, error)
        return trials

    def save_trial(self, sweep: Sweep, trial: Trial) -> None:
        """Insert a trial, or replace the one with its number; its run is recorded with the run."""
        values = {
            "sweep_id": sweep.id,
            "number": trial.number,
            "parameters": json.dumps(trial.parameters),
            "state": trial.state,
            "reported": json.dumps(trial.reported),
            "notes": json.dumps(trial.notes or {}),
            "repeats": trial.repeats,
        }
        with writing(self._engine) as session:
            session.execute(insert(TrialRow).prefix_with("OR REPLACE"), values)


def _sweep(row: SweepRow) -> Sweep:
    return Sweep(
        id=row.id,
        name=str(row.name),
        status=SweepStatus(row.status),
        created_at=str(row.created_at),
        plan=Plan.from_dict(json.loads(row.plan)),
        seconds=float(row.seconds),
        error=row.error,
    )


def _trial(row: TrialRow, run: str | None) -> Trial:
    return Trial(
        number=int(row.number),
        parameters=dict(json.loads(row.parameters)),
        state=TrialState(row.state),
        reported=tuple(json.loads(row.reported)),
        notes=dict(json.loads(row.notes)),
        repeats=row.repeats,
        run=run,
    )
