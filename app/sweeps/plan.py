"""Plan of a sweep: the settings to search, and how."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite, prod
from typing import Any

from trainer.config import Config, kinds
from trainer.fields import Integer, Kind, Number, as_json, is_integer

SAMPLERS = {
    "tpe": ("TPE", "tries more of what worked so far (a tree-structured Parzen estimator)"),
    "random": ("Random", "any values of the ranges, independent of the results"),
    "grid": ("Grid", "every combination of the choices and steps, one after the other"),
}
"""Label and help text of each way to choose the settings of the next trial."""

PRUNERS = {
    "none": ("None", "every trial trains to its last epoch"),
    "median": ("Median", "stops a trial that is worse than half of the others at the same epoch"),
    "asha": ("ASHA", "lets only the best quarter of the trials go on from one rung of epochs to "
             "the next (successive halving)"),
}  # fmt: skip
"""Label and help text of each way to stop a trial before its last epoch."""

OBJECTIVES = {
    "validation_accuracy": ("Validation accuracy", "as high as possible"),
    "validation_loss": ("Validation loss", "as low as possible"),
    "train_loss": ("Training loss", "as low as possible; it does not tell about new pictures"),
}
"""Label and help text of each number that a sweep can aim at; losses are minimized."""

MAX_TRIALS = 1000
MAX_AT_ONCE = 64
MAX_CHOICES = 100
DEFAULT_VALIDATION = 0.1
NEVER_SEARCHED = frozenset({"dataset", "epochs", "validation"})
"""Fields that are the same in all trials, or their results could not be compared."""

_LARGEST_GRID = 10**9


class PlanError(ValueError):
    """Plan with invalid fields.

    Attributes:
        fields: For each invalid field the expected value and the received one.
    """

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in fields.items()))
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Choices:
    """Values of a field, in any order.

    Attributes:
        values: The values, as in a config.
    """

    values: tuple[Any, ...]

    @property
    def ends(self) -> tuple[Any, Any]:
        """First and last value."""
        return self.values[0], self.values[-1]

    def to_dict(self) -> dict[str, Any]:
        """Values for a JSON object."""
        return {"choices": list(self.values)}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from a lowest to a highest one.

    Attributes:
        low: Lowest value.
        high: Upper limit; the highest value if there is no step.
        log: True to search the logarithms evenly.
        step: Distance between two values, from ``low`` on; None: any value.
        integer: True for whole numbers.
    """

    low: float
    high: float
    log: bool
    step: float | None
    integer: bool

    @property
    def values(self) -> tuple[float, ...] | None:
        """All values; None without a step."""
        if self.step is None:
            return None
        count = self.steps
        # Rounded, or 0.1 + 2 * 0.1 would be 0.30000000000000004.
        values = (self.low + i * self.step for i in range(count))
        return tuple(int(v) if self.integer else round(v, 12) for v in values)

    @property
    def steps(self) -> int:
        """Number of values of a range with a step."""
        assert self.step is not None
        return int((self.high - self.low) / self.step + 1e-9) + 1

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return (self.values[0], self.values[-1]) if self.values else (self.low, self.high)

    def to_dict(self) -> dict[str, Any]:
        """Values for a JSON object."""
        log = {"log": True} if self.log else {}
        step = {} if self.step is None else {"step": self.step}
        return {"low": self.low, "high": self.high, **log, **step}


Dimension = Choices | Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Plan of a sweep.

    Attributes:
        fixed: Config fields that are the same in all trials.
        space: Values to search, by config field.
        sampler: A name in ``SAMPLERS``.
        pruner: A name in ``PRUNERS``.
        trials: Largest number of trials.
        at_once: Largest number of trials that train or wait at once.
        objective: A name in ``OBJECTIVES``.
        seed: Seed of the sampler.
        time_limit_s: Seconds after which the sweep ends, pauses left out; None: no limit.
    """

    fixed: Mapping[str, Any]
    space: Mapping[str, Dimension]
    sampler: str
    pruner: str
    trials: int
    at_once: int
    objective: str
    seed: int
    time_limit_s: float | None

    @classmethod
    def from_dict(cls, body: Mapping[str, Any]) -> "Plan":
        """Create a plan from the values of a JSON object, as ``to_dict`` returns them.

        ``fixed.validation`` defaults to 0.1. The other values of ``fixed`` are checked with the
        configs of the trials.

        Raises:
            PlanError: If the values do not fit the config's fields or one another.
        """
        fixed = {"validation": DEFAULT_VALIDATION, **body["fixed"]}
        problems = {f"fixed.{name}": problem for name, value in fixed.items()
                    if (problem := _problem(kinds().get(name), value))}  # fmt: skip
        space: dict[str, Dimension] = {}
        for name, values in body["space"].items():
            try:
                space[name] = _dimension(name, values)
            except ValueError as error:
                problems[f"space.{name}"] = str(error)
            if name in body["fixed"]:
                problems[f"space.{name}"] = "expected a field that is not among the fixed ones"
            if body["sampler"] == "grid" and name in space and space[name].values is None:
                problems[f"space.{name}"] = "expected choices or a step, because of the grid"
        if not body["space"]:
            problems["space"] = "expected at least one field to search; got none"
        if body["objective"].startswith("validation") and not problems and not fixed["validation"]:
            problems["fixed.validation"] = (
                "expected more than 0, because the objective is measured on the validation set; "
                "got 0"
            )
        if problems:
            raise PlanError(problems)
        return cls(**{**body, "fixed": fixed, "space": space})

    def to_dict(self) -> dict[str, Any]:
        """Values for a JSON object."""
        space = {name: values.to_dict() for name, values in self.space.items()}
        return {**asdict(self), "fixed": dict(self.fixed), "space": space}

    @property
    def maximizes(self) -> bool:
        """True if larger values of the objective are better."""
        return not self.objective.endswith("loss")

    @property
    def epochs(self) -> int:
        """Number of epochs of a trial that is not pruned."""
        return int(self.fixed.get("epochs", Config.epochs))

    @property
    def size(self) -> int:
        """Number of trials, of which a grid has no more than combinations."""
        return min(self.trials, self._combinations) if self.sampler == "grid" else self.trials

    @property
    def _combinations(self) -> int:
        return min(_LARGEST_GRID, prod(len(d.values or ()) for d in self.space.values()))

    def combination(self, place: int) -> dict[str, Any]:
        """Return a combination of a grid, the last field varying fastest.

        Args:
            place: Place in the grid, from 0.
        """
        found = {}
        for name, dimension in reversed(list(self.space.items())):
            assert dimension.values is not None
            place, i = divmod(place, len(dimension.values))
            found[name] = dimension.values[i]
        return {name: found[name] for name in self.space}

    def corners(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the config values with the first and with the last value of each dimension."""
        first, last = (
            {**self.fixed, **{name: d.ends[end] for name, d in self.space.items()}}
            for end in (0, 1)
        )
        return first, last

    def config_values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the config values of a trial."""
        return {**self.fixed, **parameters}


def _dimension(name: str, values: Mapping[str, Any]) -> Dimension:
    """Read the values of one field.

    Raises:
        ValueError: If they are not valid.
    """
    kind = kinds().get(name)
    if kind is None or name in NEVER_SEARCHED:
        expected = ", ".join(field for field in kinds() if field not in NEVER_SEARCHED)
        raise ValueError(f"expected one of {expected}; got {name}")
    if "choices" in values:
        choices = values["choices"]
        if len(values) > 1 or not isinstance(choices, list) or not 1 <= len(choices) <= MAX_CHOICES:
            raise ValueError(f"expected 1 to {MAX_CHOICES} choices alone; got {as_json(values)}")
        problem = next(filter(None, (_problem(kind, choice) for choice in choices)), None)
        if problem:
            raise ValueError(problem)
        if len({json.dumps(choice) for choice in choices}) < len(choices):
            raise ValueError("expected different choices; got one twice")
        return Choices(tuple(choices))
    if not isinstance(kind, (Integer, Number)):
        raise ValueError(f"expected choices, because {name} is no number; got a range")
    return _range(kind, values)


def _range(kind: Integer | Number, values: Mapping[str, Any]) -> Range:
    if not {"low", "high"} <= values.keys() <= {"low", "high", "log", "step"}:
        expected = "choices, or low and high with log or step"
        raise ValueError(f"expected {expected}; got {as_json(values)}")
    low, high, step = values["low"], values["high"], values.get("step")
    log = values.get("log", False)
    for end in (low, high):
        # Null is a value of some fields, but no end of a range.
        if problem := "expected a number; got null" if end is None else kind.problem(end):
            raise ValueError(problem)
    if low >= high:
        raise ValueError(f"expected a low below high; got {low} and {high}")
    if not isinstance(log, bool):
        raise ValueError(f"expected true or false as log; got {as_json(log)}")
    integer = isinstance(kind, Integer)
    if log and (low <= 0 or step is not None):
        raise ValueError("expected a low above 0 and no step for a logarithmic range")
    if step is not None:
        is_number = is_integer(step) or (isinstance(step, float) and not integer)
        if not is_number or not isfinite(step) or step <= 0:
            expected = "a whole number above 0" if integer else "a number above 0"
            raise ValueError(f"expected {expected} as step; got {as_json(step)}")
        if (high - low) / step > 10_000:
            raise ValueError(f"expected at most 10,000 steps; got {(high - low) / step:,.0f}")
    return Range(low, high, log, step, integer)


def _problem(kind: Kind | None, value: object) -> str | None:
    """Describe an invalid value of a field; None if it is valid."""
    if kind is None:
        return f"no such setting; there are {', '.join(sorted(kinds()))}"
    return kind.problem(tuple(value) if isinstance(value, list) else value)
