"""Statuses of a run, the actions that each allows, and the transitions between them."""

from enum import StrEnum


class Status(StrEnum):
    """Status of a run."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Action(StrEnum):
    """Action that a client can request for a run."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    FORK = "fork"
    DELETE = "delete"


ACTIVE = frozenset({Status.QUEUED, Status.RUNNING})
"""Statuses of runs that train or will train without being asked."""

OPEN = ACTIVE | {Status.PAUSED}
"""Statuses in which the stream of a run stays open."""

ALLOWED: dict[Action, frozenset[Status]] = {
    Action.PAUSE: frozenset({Status.RUNNING}),
    Action.RESUME: frozenset({Status.PAUSED, Status.STOPPED, Status.INTERRUPTED, Status.FAILED}),
    Action.STOP: OPEN,
    Action.FORK: frozenset(Status),
    Action.DELETE: frozenset(Status) - ACTIVE,
}
"""Statuses that allow an action. ``Run.actions`` also considers the run's data."""

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.STOPPED, Status.FAILED}),
    Status.RUNNING: frozenset(
        {Status.PAUSED, Status.STOPPED, Status.FINISHED, Status.FAILED, Status.INTERRUPTED}
    ),
    Status.PAUSED: frozenset({Status.QUEUED, Status.STOPPED}),
    Status.STOPPED: frozenset({Status.QUEUED}),
    Status.INTERRUPTED: frozenset({Status.QUEUED}),
    Status.FAILED: frozenset({Status.QUEUED}),
    Status.FINISHED: frozenset(),
}
"""The only changes of status, whatever causes them."""
