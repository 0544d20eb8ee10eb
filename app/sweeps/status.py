"""Statuses of a sweep and the actions that each allows, and states of its trials."""

from enum import StrEnum


class SweepStatus(StrEnum):
    """Status of a sweep."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class SweepAction(StrEnum):
    """Action that a client can request for a sweep, in the order in which pages offer them."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    DELETE = "delete"


SWEEP_ALLOWED: dict[SweepAction, frozenset[SweepStatus]] = {
    SweepAction.PAUSE: frozenset({SweepStatus.RUNNING}),
    SweepAction.RESUME: frozenset({SweepStatus.PAUSED, SweepStatus.STOPPED, SweepStatus.FAILED}),
    SweepAction.STOP: frozenset({SweepStatus.RUNNING, SweepStatus.PAUSED}),
    SweepAction.DELETE: frozenset(SweepStatus) - {SweepStatus.RUNNING},
}
"""Statuses that allow an action."""


class TrialState(StrEnum):
    """State of a trial, which is not the status of its run: a pruned run may be resumed."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


UNFINISHED = frozenset({TrialState.WAITING, TrialState.RUNNING})
"""States of trials whose end the sweep waits for."""
