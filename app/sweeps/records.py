"""Sweeps and their trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.sweeps.plan import Plan
from app.sweeps.status import SWEEP_ALLOWED, UNFINISHED, SweepAction, SweepStatus, TrialState


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as it is stored.

    Attributes:
        seconds: Time for which it has run, pauses left out.
        error: Reason of its failure, or None.
    """

    id: str
    name: str
    status: SweepStatus
    created_at: str
    plan: Plan
    seconds: float = 0.0
    error: str | None = None

    @property
    def actions(self) -> list[SweepAction]:
        """Actions that may be requested now, in the order of ``SweepAction``."""
        return [action for action in SweepAction if self.status in SWEEP_ALLOWED[action]]


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial of a sweep as it is stored.

    Attributes:
        number: Place in the sweep, from 0.
        parameters: Value of each searched config field.
        state: State; final once it is none of ``UNFINISHED``.
        reported: Objective after each epoch, from the first on; None where it is not finite.
        notes: Optuna's own notes about a finished trial.
        repeats: Number of the failed trial that it repeats, or None.
        run: Id of its run; None if that does not exist, or not any more.
    """

    number: int
    parameters: dict[str, Any]
    state: TrialState = TrialState.WAITING
    reported: tuple[float | None, ...] = ()
    notes: dict[str, Any] | None = None
    repeats: int | None = None
    run: str | None = None

    @property
    def value(self) -> float | None:
        """Objective after the last epoch; None before the first."""
        return self.reported[-1] if self.reported else None

    @property
    def finished(self) -> bool:
        """True if its state is final."""
        return self.state not in UNFINISHED


def best_of(plan: Plan, trials: Sequence[Trial]) -> Trial | None:
    """Return the complete trial with the best value, the earliest of equal ones; None: none."""
    complete = [
        (trial.value if plan.maximizes else -trial.value, -trial.number, trial)
        for trial in trials
        if trial.state == TrialState.COMPLETE and trial.value is not None
    ]
    return max(complete)[2] if complete else None
