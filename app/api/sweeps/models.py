"""Bodies of requests and responses about sweeps, as the API's schema describes them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, FiniteFloat, WithJsonSchema
from pydantic import Field as SchemaField
from pydantic_core import PydanticCustomError

from app.api.runs.requests import Name, config_schemas
from app.errors import InvalidError
from app.sweeps.plan import (
    MAX_AT_ONCE,
    MAX_CHOICES,
    MAX_TRIALS,
    NEVER_SEARCHED,
    OBJECTIVES,
    PRUNERS,
    SAMPLERS,
    Plan,
    PlanError,
)
from app.sweeps.records import Sweep, Trial, best_of
from app.sweeps.status import SweepAction, SweepStatus, TrialState
from trainer.config import kinds
from trainer.fields import Integer, Number


def _one_of(registry: Mapping[str, Any]) -> tuple[BeforeValidator, WithJsonSchema]:
    """Annotations of the name of an entry of a registry."""

    def check(name: object) -> object:
        if isinstance(name, str) and name in registry:
            return name
        raise PydanticCustomError(
            "choice", "{expected}", {"expected": f"expected one of {', '.join(registry)}"}
        )

    return BeforeValidator(check), WithJsonSchema({"type": "string", "enum": list(registry)})


class _FixedSchema:
    """Schema of the fixed config fields."""

    def __get_pydantic_json_schema__(self, *_: object) -> dict[str, Any]:
        return {"type": "object", "properties": config_schemas(), "additionalProperties": False}


class _SpaceSchema:
    """Schema of the values to search, by config field."""

    def __get_pydantic_json_schema__(self, *_: object) -> dict[str, Any]:
        fields = {name: kind for name, kind in kinds().items() if name not in NEVER_SEARCHED}
        properties = {}
        for name, kind in fields.items():
            value = kind.schema()
            choices = {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_CHOICES}
            bodies = [_object({"choices": choices}, "choices")]
            if isinstance(kind, (Integer, Number)):
                step = {"type": ["integer" if isinstance(kind, Integer) else "number", "null"]}
                of_range = {"low": value, "high": value, "log": {"type": "boolean"}, "step": step}
                bodies.append(_object(of_range, "low", "high"))
            properties[name] = {"title": kind.label, "anyOf": bodies}
        return {**_object(properties), "minProperties": 1}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


class NewSweep(BaseModel):
    """New sweep: the fields to search, those that are the same in all trials, and how to search."""

    # ``Plan`` checks the values of ``fixed`` and ``space``: only their schema is declared here.
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name = SchemaField(default_factory=str)
    fixed: Annotated[dict[str, Any], _FixedSchema()] = SchemaField(default_factory=dict)
    space: Annotated[dict[str, dict[str, Any]], _SpaceSchema()]
    sampler: Annotated[str, *_one_of(SAMPLERS)] = "tpe"
    pruner: Annotated[str, *_one_of(PRUNERS)] = "median"
    trials: Annotated[int, SchemaField(ge=1, le=MAX_TRIALS)] = 20
    at_once: Annotated[int, SchemaField(ge=1, le=MAX_AT_ONCE)] = 1
    objective: Annotated[str, *_one_of(OBJECTIVES)] = "validation_accuracy"
    seed: Annotated[int, SchemaField(ge=0, le=2**32 - 1)] = 0
    time_limit_s: Annotated[FiniteFloat, SchemaField(gt=0)] | None = None

    def plan(self) -> Plan:
        """Convert to a plan.

        Raises:
            InvalidError: If the fields do not fit the config's fields or one another.
        """
        try:
            return Plan.from_dict(self.model_dump(exclude={"name"}))
        except PlanError as error:
            raise InvalidError(error.fields) from error


class SweepEstimateResponse(BaseModel):
    """Estimate of a sweep without pruning."""

    trials: int
    epochs: int
    at_once: Annotated[int, SchemaField(description="Trials that this server trains at once")]
    seconds: float | None
    storage_bytes: int
    storage_limit_bytes: int


class TrialResponse(BaseModel):
    """Trial of a sweep."""

    number: int
    run: Annotated[str | None, SchemaField(description="Null if the run was deleted")]
    parameters: dict[str, Any]
    state: TrialState
    value: Annotated[float | None, SchemaField(description="Objective after the last epoch")]
    epochs: int
    values: Annotated[list[float | None], SchemaField(description="Objective after each epoch")]
    repeats: Annotated[int | None, SchemaField(description="Failed trial that it repeats")]

    @classmethod
    def of(cls, trial: Trial) -> "TrialResponse":
        """Convert a trial."""
        return cls(
            number=trial.number,
            run=trial.run,
            parameters=trial.parameters,
            state=trial.state,
            value=trial.value,
            epochs=len(trial.reported),
            values=list(trial.reported),
            repeats=trial.repeats,
        )


class SweepSummary(BaseModel):
    """Sweep without its trials."""

    id: str
    name: str
    status: SweepStatus
    created_at: str
    seconds: Annotated[float, SchemaField(description="Time for which it has run, without pauses")]
    error: str | None
    actions: list[SweepAction]
    fixed: dict[str, Any]
    space: dict[str, Any]
    sampler: str
    pruner: str
    at_once: int
    objective: str
    seed: int
    time_limit_s: float | None
    trials_total: Annotated[int, SchemaField(description="Trials that it may have")]
    counts: Annotated[dict[str, int], SchemaField(description="Number of trials in each state")]
    best: Annotated[int | None, SchemaField(description="Number of the best complete trial")]
    best_value: float | None

    @classmethod
    def of(cls, sweep: Sweep, trials: Sequence[Trial]) -> "SweepSummary":
        """Convert a sweep."""
        return cls(**_summary(sweep, trials))


class SweepResponse(SweepSummary):
    """Sweep with its trials."""

    trials: list[TrialResponse]
    importances: Annotated[
        dict[str, float] | None,
        SchemaField(description="Share of each field in the differences between trials"),
    ]

    @classmethod
    def with_trials(
        cls, sweep: Sweep, trials: Sequence[Trial], importances: dict[str, float] | None
    ) -> "SweepResponse":
        """Convert a sweep, its trials and the importances of its fields."""
        return cls(
            **_summary(sweep, trials),
            trials=[TrialResponse.of(trial) for trial in trials],
            importances=importances,
        )


def _summary(sweep: Sweep, trials: Sequence[Trial]) -> dict[str, Any]:
    """Values of a summary."""
    best = best_of(sweep.plan, trials)
    counts = Counter(trial.state for trial in trials)
    plan = {name: value for name, value in sweep.plan.to_dict().items() if name != "trials"}
    return plan | {
        "id": sweep.id,
        "name": sweep.name,
        "status": sweep.status,
        "created_at": sweep.created_at,
        "seconds": sweep.seconds,
        "error": sweep.error,
        "actions": sweep.actions,
        "trials_total": sweep.plan.size,
        "counts": {state: counts[state] for state in TrialState},
        "best": best.number if best else None,
        "best_value": best.value if best else None,
    }


class SweepsResponse(BaseModel):
    """Sweeps, newest first."""

    sweeps: list[SweepSummary]
