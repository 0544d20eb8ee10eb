"""Schedules of the learning rate."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True, slots=True)
class Schedule:
    """Change of the learning rate during a run.

    Attributes:
        label: Name in the form.
        help: Explanation in a learner's words.
        factor: Factor on the learning rate when a share 0..1 of the run is done.
    """

    label: str
    help: str
    factor: Callable[[float], float]


SCHEDULES: dict[str, Schedule] = {
    "constant": Schedule("Constant", "stays the same", lambda progress: 1.0),
    # Loshchilov and Hutter 2017, "SGDR", without restarts.
    "cosine": Schedule(
        "Cosine", "falls gently to 0 over the run", lambda progress: (1 + cos(pi * progress)) / 2
    ),
}
