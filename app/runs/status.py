"""The life of a run: its statuses, and which of them lead where."""

from enum import StrEnum


class Status(StrEnum):
    """Where a run stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Action(StrEnum):
    """What a person can ask of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    DELETE = "delete"


ALLOWED: dict[Action, frozenset[Status]] = {
    Action.PAUSE: frozenset({Status.RUNNING}),
    Action.RESUME: frozenset({Status.PAUSED, Status.STOPPED, Status.INTERRUPTED, Status.FAILED}),
    Action.STOP: frozenset({Status.QUEUED, Status.RUNNING, Status.PAUSED}),
    Action.DELETE: frozenset(Status) - {Status.QUEUED, Status.RUNNING},
}
"""From which statuses a person can ask for what. A diverged run is never resumed besides."""

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
"""The only changes of status there are, whoever asks."""

OPEN = frozenset({Status.QUEUED, Status.RUNNING, Status.PAUSED})
"""Statuses in which a run's stream stays open."""
