"""Bodies of responses, as the API's schema describes them."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer
from pydantic import Field as SchemaField

from app.api.runs.requests import config_schemas
from app.runs.status import Action, Status
from app.storage.records import Epoch, Run
from trainer.datasets import Status as DatasetStatus
from trainer.events import Statistics


class ErrorResponse(BaseModel):
    """Error response."""

    class Error(BaseModel):
        """Type of the error, and a message with the expected and the received value."""

        type: str
        message: str

    error: Error
    fields: dict[str, str] | None = None


class RunError(BaseModel):
    """Error that made a run fail or be interrupted."""

    type: str
    message: str


class Parent(BaseModel):
    """Run and epoch that a fork started from."""

    run: str
    epoch: int


class TrialPlace(BaseModel):
    """Sweep that a run is a trial of, and the trial's number."""

    id: str
    number: int


class _ConfigSchema:
    """Schema of a config's values; made when the API's schema is, so that it has every field."""

    def __get_pydantic_json_schema__(self, *_: object) -> dict[str, Any]:
        properties = config_schemas()
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }


class RunResponse(BaseModel):
    """Run."""

    id: str
    name: str
    status: Status
    config: Annotated[dict[str, Any], _ConfigSchema()]
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
    number: Annotated[int, SchemaField(description="A newer run has a larger one")]
    seconds: Annotated[float, SchemaField(description="Time spent training, without pauses")]
    best_epoch: int | None
    best_test_accuracy: float | None
    train_loss: Annotated[float | None, SchemaField(description="After the last epoch")]
    test_loss: Annotated[float | None, SchemaField(description="After the last epoch")]
    weights: Annotated[int, SchemaField(description="Parameters, biases included")]
    notes: str
    tags: list[str]
    pinned: bool
    sweep: TrialPlace | None
    where: Annotated[str, SchemaField(description="Executor: `local` or `dask`")]
    worker: Annotated[str | None, SchemaField(description="Worker of the cluster that trains it")]

    @classmethod
    def of(cls, run: Run) -> "RunResponse":
        """Convert a run."""
        train_accuracy, test_accuracy = run.accuracies or (None, None)
        best_epoch, best_test_accuracy = run.best_epoch or (None, None)
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
            epoch=run.epoch,
            train_accuracy=train_accuracy,
            test_accuracy=test_accuracy,
            error=RunError(type=run.error[0], message=run.error[1]) if run.error else None,
            parent=Parent(run=run.parent[0], epoch=run.parent[1]) if run.parent else None,
            queue_position=run.queue_position,
            dataset_sha256=run.dataset_sha256,
            resumable=Action.RESUME in run.actions,
            actions=run.actions,
            active=run.active,
            number=run.number,
            seconds=run.seconds,
            best_epoch=best_epoch,
            best_test_accuracy=best_test_accuracy,
            train_loss=run.last_epoch.train_loss if run.last_epoch else None,
            test_loss=run.last_epoch.test_loss if run.last_epoch else None,
            weights=run.config.weights(run.classes),
            notes=run.notes,
            tags=list(run.tags),
            pinned=run.pinned,
            sweep=TrialPlace(id=run.sweep[0], number=run.sweep[1]) if run.sweep else None,
            where=run.executor,
            worker=run.worker,
        )


class RunsResponse(BaseModel):
    """Page of the list of runs; ``next`` is the cursor of the next page, null on the last."""

    runs: list[RunResponse]
    total: int
    next: str | None


class EpochResponse(BaseModel):
    """Results of a complete epoch; a loss that is not finite is null.

    Without a validation set, the keys of its accuracy and loss are absent.
    """

    epoch: int
    step: int
    train_accuracy: float
    test_accuracy: float
    train_loss: float | None
    test_loss: float | None
    seconds: float
    validation_accuracy: float | None = None
    validation_loss: float | None = None

    @classmethod
    def of(cls, epoch: Epoch) -> "EpochResponse":
        """Convert an epoch."""
        values = {name: getattr(epoch, name) for name in cls.model_fields}
        return cls(**values)

    @model_serializer(mode="wrap")
    def _without_absent(self, values: SerializerFunctionWrapHandler) -> dict[str, Any]:
        row: dict[str, Any] = values(self)
        if self.validation_accuracy is None:
            del row["validation_accuracy"], row["validation_loss"]
        return row


class EpochsResponse(BaseModel):
    """Complete epochs of a run, in order."""

    epochs: list[EpochResponse]


class LossResponse(BaseModel):
    """Losses of consecutive iterations."""

    first_step: int
    values: list[float | None]


class LossPointsResponse(BaseModel):
    """Losses for a chart: minimum and maximum of each bucket."""

    class Means(BaseModel):
        """Mean of each bucket, at its last step."""

        steps: list[int]
        values: list[float | None]

    steps: list[int]
    values: list[float | None]
    means: Means | None = None


class StatisticsRow(BaseModel):
    """Measurements of one step, with a number for each layer; null where it is not finite."""

    step: int
    learning_rate: float
    weight_norm: list[float | None]
    gradient_norm: list[float | None]
    update_norm: list[float | None]
    update_ratio: list[float | None]
    silent_share: list[float | None]

    @classmethod
    def of(cls, row: Statistics) -> "StatisticsRow":
        """Convert the statistics of a step."""
        return cls(**asdict(row))


class StatisticsResponse(BaseModel):
    """Statistics of a training: the names of the layers with weights, and a row for some steps."""

    layers: list[str]
    rows: list[StatisticsRow]


class ConfusionResponse(BaseModel):
    """Confusion matrix over the test set."""

    epoch: int
    matrix: Annotated[list[list[int]], SchemaField(description="Rows true, columns predicted")]


class FailureResponse(BaseModel):
    """Misclassified test picture."""

    index: int
    true: int
    predicted: int
    confidence: float
    loss: float | None
    image: str


class FailuresResponse(BaseModel):
    """Page of misclassified test pictures."""

    epoch: int
    total: int
    items: list[FailureResponse]


class DatasetResponse(BaseModel):
    """Data set; sizes and checksum are null and ``classes`` is empty while unknown."""

    name: str
    label: str
    available: bool
    detail: str
    train_size: int | None
    test_size: int | None
    classes: list[str]
    sha256: str | None

    @classmethod
    def of(cls, status: DatasetStatus) -> "DatasetResponse":
        """Convert the status of a data set."""
        contents = status.contents
        return cls(
            name=status.name,
            label=status.label,
            available=status.available,
            detail=status.detail,
            train_size=contents.train_size if contents else None,
            test_size=contents.test_size if contents else None,
            classes=list(contents.classes) if contents else [],
            sha256=status.sha256,
        )


class DatasetsResponse(BaseModel):
    """Data sets, the preferred one first."""

    datasets: list[DatasetResponse]


class EstimateResponse(BaseModel):
    """Estimate of a run."""

    dataset: str
    train_size: int
    weights: int
    steps_total: int
    seconds: float | None
    storage_bytes: int
    storage_limit_bytes: int


class StageResponse(BaseModel):
    """Stage of a picture's preparation, and the prediction for it."""

    name: str
    image: str
    digit: int
    confidence: float


class DigitResponse(BaseModel):
    """Digit found in a picture."""

    box: list[int]
    digit: int
    confidence: float
    probabilities: list[float]
    input: str


class HistoryResponse(BaseModel):
    """Prediction for the same picture after an epoch."""

    epoch: int
    digit: int
    confidence: float
    probabilities: list[float]


class PredictResponse(BaseModel):
    """Prediction for a picture; all but ``size`` and ``digits`` describes one of its digits."""

    run: str
    epoch: int
    place: Annotated[int, SchemaField(description="Place in digits of the described digit")]
    digit: int
    confidence: float
    probabilities: list[float]
    input: str
    inverted: bool
    size: list[int]
    digits: list[DigitResponse]
    stages: list[StageResponse] | None = None
    history: list[HistoryResponse] | None = None
    history_complete: Annotated[
        bool | None,
        SchemaField(
            description="False if there was no time for all epochs: history has the last ones"
        ),
    ] = None


class HealthResponse(BaseModel):
    """State of the server."""

    status: Literal["ok"] = "ok"
