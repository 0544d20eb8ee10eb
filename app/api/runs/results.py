"""Results of a run: losses, statistics, predictions, misclassified pictures, weights."""

import io
import json
from collections.abc import Iterator
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import Request

from app.api.binary import BYTES, bytes_model, epoch_bytes, epoch_bytes_model
from app.api.error_models import error_models
from app.api.runs.responses import (
    ConfusionResponse,
    FailureResponse,
    FailuresResponse,
    LossPointsResponse,
    LossResponse,
    StatisticsResponse,
    StatisticsRow,
)
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import EpochHere, RunHere, ServicesHere, find_losses
from app.images import to_png_url
from app.loss_series import decimate, finite, means
from app.misclassified import Misclassified, Sort, confusion, misclassified
from trainer.checkpoint import CheckpointError
from trainer.config import MAX_STEPS
from trainer.datasets.idx import MAX_CLASSES
from trainer.datasets.pictures import Pictures
from trainer.statistics import layer_names

router = APIRouter(prefix="/api/runs/{run_id}", tags=["results"])

# Losses encoded at once; a million of them would delay other requests.
_CHUNK = 10_000

_NPZ = bytes_model("An .npz file")
_PREDICTIONS = epoch_bytes_model(
    "N bytes predicted class, N float32 its probability, N float32 the probability of the label, "
    "in the order of the test set"
)
_NONE_YET = error_models(NotFoundError, ConflictError, InvalidError)

ClassAsked = Annotated[int | None, Query(ge=0, le=MAX_CLASSES - 1)]


@router.get("/loss", response_model=LossResponse | LossPointsResponse, responses=_NONE_YET)
def loss(
    run: RunHere,
    services: ServicesHere,
    after_step: Annotated[int, Query(ge=0, description="Only what follows this step")] = 0,
    until_step: Annotated[
        int | None, Query(ge=0, description="Only what comes up to this step")
    ] = None,
    max_points: Annotated[int | None, Query(ge=2, le=1_000_000)] = None,
    with_means: Annotated[
        bool, Query(alias="means", description="Beside the points, each bucket's mean")
    ] = False,
) -> Response:
    """Return the losses of a run: all of them, or points for a chart."""
    before = max(after_step - run.start_step, 0)
    first_step = run.start_step + before + 1
    values = find_losses(services, run, min(before, MAX_STEPS))
    if until_step is not None:
        values = values[: max(until_step + 1 - first_step, 0)]
    if max_points is None:
        return StreamingResponse(_loss_text(first_step, values), media_type="application/json")
    places = decimate(values, max_points)
    points = {"steps": (places + first_step).tolist(), "values": finite(values[places])}
    if with_means:
        ends, of_buckets = means(values, max_points)
        points["means"] = {"steps": (ends + first_step).tolist(), "values": finite(of_buckets)}
    return JSONResponse(points)


def _loss_text(
    first_step: int, values: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> Iterator[str]:
    yield f'{{"first_step":{first_step},"values":['
    for start in range(0, len(values), _CHUNK):
        text = json.dumps(finite(values[start : start + _CHUNK]), allow_nan=False)
        yield ("," if start else "") + text[1:-1]
    yield "]}"


@router.get("/statistics", responses=error_models(NotFoundError, InvalidError))
def statistics(
    run: RunHere,
    services: ServicesHere,
    after_step: Annotated[int, Query(ge=0, description="Only what follows this step")] = 0,
) -> StatisticsResponse:
    """Return the statistics of a training: ten rows an epoch, and its first twenty steps."""
    rows = services.store.statistics(run.id, min(after_step, MAX_STEPS))
    return StatisticsResponse(
        layers=layer_names(run.config), rows=[StatisticsRow.of(row) for row in rows]
    )


@router.get("/predictions", response_class=Response, responses=_PREDICTIONS | _NONE_YET)
def predictions(
    request: Request, run: RunHere, epoch: EpochHere, services: ServicesHere
) -> Response:
    """Return the predictions for all N pictures of the test set as bytes."""
    found = services.evaluations.evaluation(run, epoch)
    probabilities = (found.confidence, found.label_probability)
    content = b"".join(
        [found.predicted.tobytes(), *(p.astype("<f4").tobytes() for p in probabilities)]
    )
    return epoch_bytes(request, epoch, content)


@router.get("/confusion", responses=_NONE_YET)
def confusion_matrix(run: RunHere, epoch: EpochHere, services: ServicesHere) -> ConfusionResponse:
    """Return the confusion matrix of the test set."""
    stored, test = services.evaluations.predictions(run, epoch)
    return ConfusionResponse(epoch=epoch, matrix=confusion(stored, test.t))


@router.get("/failures", responses=_NONE_YET)
def failures(
    run: RunHere,
    epoch: EpochHere,
    services: ServicesHere,
    true: ClassAsked = None,
    predicted: ClassAsked = None,
    sort: Sort = Sort.INDEX,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 60,
) -> FailuresResponse:
    """Return the misclassified test pictures."""
    stored, test = services.evaluations.predictions(run, epoch)
    classes = stored.log_probabilities.shape[1]
    for name, label in (("true", true), ("predicted", predicted)):
        if label is not None and label >= classes:
            raise InvalidError({name: f"expected a class from 0 to {classes - 1}; got {label}"})
    found = misclassified(
        stored, test.t, run.config.loss, true=true, predicted=predicted, sort=sort
    )
    return FailuresResponse(
        epoch=epoch, total=len(found.index), items=_items(found, test, offset, limit)
    )


def _items(
    found: Misclassified, pictures: Pictures, offset: int, limit: int
) -> list[FailureResponse]:
    """Convert a part of the misclassified pictures."""
    return [
        FailureResponse(
            index=int(found.index[i]),
            true=int(found.true[i]),
            predicted=int(found.predicted[i]),
            confidence=float(found.confidence[i]),
            loss=float(found.loss[i]) if np.isfinite(found.loss[i]) else None,
            image=to_png_url(pictures.x[found.index[i]].reshape(28, 28)),
        )
        for i in range(offset, min(offset + limit, len(found.index)))
    ]


@router.get("/checkpoint", response_class=Response, responses=_NPZ | _NONE_YET)
def checkpoint(run: RunHere, epoch: EpochHere, services: ServicesHere) -> Response:
    """Return the weights as a NumPy archive: W1, b1 and so on."""
    try:
        weights = services.store.files_of(run).load_weights(epoch)
    except (CheckpointError, OSError) as error:
        raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **weights)
    name = f"{run.id}-epoch-{epoch}.npz"
    return Response(
        file.getvalue(),
        media_type=BYTES,
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
