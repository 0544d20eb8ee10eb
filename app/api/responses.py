"""Answers: their shapes, as the API's description shows them."""

from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import BaseModel, WithJsonSchema
from pydantic import Field as SchemaField

from app.api.requests import field_schema
from app.runs.status import Action, Status
from app.storage.records import Epoch, Run
from trainer.config import Config


class ErrorAnswer(BaseModel):
    """Why a request was refused."""

    class Error(BaseModel):
        """What kind of error, and what was expected and what came."""

        type: str
        message: str

    error: Error
    fields: dict[str, str] | None = None


class RunError(BaseModel):
    """Why a run failed or was interrupted."""

    type: str
    message: str


class Parent(BaseModel):
    """What a fork began from."""

    run: str
    epoch: int


class RunAnswer(BaseModel):
    """A run."""

    id: str
    name: str
    status: Status
    config: Annotated[
        dict[str, Any],
        WithJsonSchema(
            {
                "type": "object",
                "properties": {field.name: field_schema(field) for field in fields(Config)},
                "required": [field.name for field in fields(Config)],
                "additionalProperties": False,
            }
        ),
    ]
    created_at: str
    started_at: str | None
    ended_at: str | None
    step: int
    steps_total: int
    epoch: int
    train_accuracy: float | None
    test_accuracy: float | None
    error: RunError | None
    parent: Parent | None
    queue_position: int | None
    dataset_sha256: str | None
    resumable: bool
    actions: list[Action]
    active: bool

    @classmethod
    def of(cls, run: Run, queue: list[str]) -> "RunAnswer":
        """Tell of a run.

        Args:
            run: The run.
            queue: The ids of those that wait, the next one first.
        """
        last = run.last_epoch
        return cls(
            id=run.id,
            name=run.name,
            status=run.status,
            config=run.config.to_dict(),
            created_at=run.created_at,
            started_at=run.started_at,
            ended_at=run.ended_at,
            step=run.step,
            steps_total=run.steps_total,
            epoch=last.epoch if last else 0,
            train_accuracy=last.train_accuracy if last else None,
            test_accuracy=last.test_accuracy if last else None,
            error=RunError(type=run.error[0], message=run.error[1]) if run.error else None,
            parent=Parent(run=run.parent[0], epoch=run.parent[1]) if run.parent else None,
            queue_position=queue.index(run.id) + 1 if run.id in queue else None,
            dataset_sha256=run.dataset_sha256,
            resumable=Action.RESUME in run.actions,
            actions=run.actions,
            active=run.active,
        )


class RunsAnswer(BaseModel):
    """All runs, newest first."""

    runs: list[RunAnswer]


class EpochAnswer(BaseModel):
    """The numbers of a complete epoch; a loss that is not finite is null."""

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float
    train_loss: float | None
    test_loss: float | None
    seconds: float

    @classmethod
    def of(cls, epoch: Epoch) -> "EpochAnswer":
        """Tell of an epoch."""
        values = {name: getattr(epoch, name) for name in cls.model_fields}
        return cls(**values)


class EpochsAnswer(BaseModel):
    """A run's complete epochs, in order."""

    epochs: list[EpochAnswer]


class LossAnswer(BaseModel):
    """Consecutive losses."""

    first_step: int
    values: list[float | None]


class LossPointsAnswer(BaseModel):
    """Losses chosen for a chart: each bucket's minimum and maximum."""

    class Means(BaseModel):
        """The mean of each bucket, at its last step."""

        steps: list[int]
        values: list[float | None]

    steps: list[int]
    values: list[float | None]
    means: Means | None = None


class ConfusionAnswer(BaseModel):
    """How often each true digit was read as which, over the test set."""

    epoch: int
    matrix: Annotated[list[list[int]], SchemaField(description="Rows true, columns predicted")]


class FailureAnswer(BaseModel):
    """A misread test picture."""

    index: int
    true: int
    predicted: int
    confidence: float
    loss: float | None
    image: str


class FailuresAnswer(BaseModel):
    """A sheet of misread test pictures."""

    epoch: int
    total: int
    items: list[FailureAnswer]


class DatasetAnswer(BaseModel):
    """A data set."""

    name: str
    available: bool
    detail: str
    train_size: int
    test_size: int


class DatasetsAnswer(BaseModel):
    """The data sets, the preferred one first."""

    datasets: list[DatasetAnswer]


class EstimateAnswer(BaseModel):
    """What a run would be like."""

    dataset: str
    weights: int
    steps_total: int
    storage_bytes: int
    storage_limit_bytes: int


class StageAnswer(BaseModel):
    """A stage of a picture's preparation, and what the network would have said of it."""

    name: str
    image: str
    digit: int
    confidence: float


class DigitAnswer(BaseModel):
    """One digit found in a picture."""

    box: list[int]
    digit: int
    confidence: float
    probabilities: list[float]
    input: str
    stages: list[StageAnswer] | None = None


class HistoryAnswer(BaseModel):
    """What the network of an epoch says of the same picture."""

    epoch: int
    digit: int
    confidence: float
    probabilities: list[float]


class PredictAnswer(BaseModel):
    """What a network reads in a picture."""

    run: str
    epoch: int
    digit: int
    confidence: float
    probabilities: list[float]
    input: str
    inverted: bool
    size: list[int]
    digits: list[DigitAnswer]
    stages: list[StageAnswer] | None = None
    history: list[HistoryAnswer] | None = None


class HealthAnswer(BaseModel):
    """That the server answers."""

    status: Literal["ok"] = "ok"
