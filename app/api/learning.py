"""Learned and forgotten test pictures of a run, and the history of one picture."""

from dataclasses import asdict
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from app.api.binary import epoch_bytes, epoch_bytes_model
from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import EpochHere, RunHere, ServicesHere
from app.lab.learning import learning
from app.misclassified import losses
from trainer.functions import Labels

router = APIRouter(prefix="/api/runs/{run_id}", tags=["learning"])

_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)

Index = Annotated[int, Path(description="Index of the picture in the test set, from 0")]


class ChangeResponse(BaseModel):
    """Number of test pictures that became right, and that became wrong, at an epoch."""

    epoch: int
    learned: int
    forgotten: int


class ChangesResponse(BaseModel):
    """Learned and forgotten pictures, a row for each complete epoch in order."""

    epochs: list[ChangeResponse]


class PictureResponse(BaseModel):
    """Prediction for one test picture; the loss is null where it is not finite."""

    epoch: int
    index: int
    true: int
    predicted: int
    probabilities: list[float]
    loss: float | None


class PictureHistoryResponse(BaseModel):
    """Predictions for one test picture, an entry of each list for each complete epoch in order."""

    index: int
    true: int
    epochs: list[int]
    predicted: list[int]
    label_probability: list[float]


@router.get(
    "/learning",
    response_class=Response,
    responses=_ERRORS
    | epoch_bytes_model(
        "N uint16 the first epoch at which the picture was right (0: none), N uint16 how often it "
        "was forgotten, up to the epoch, in the order of the test set"
    ),
)
def learned(request: Request, run: RunHere, epoch: EpochHere, services: ServicesHere) -> Response:
    """Return when each test picture was learned, and how often it was forgotten, as bytes."""
    found = learning(*services.evaluations.history(run, epoch))
    content = b"".join(
        array.astype("<u2").tobytes() for array in (found.first_right, found.forgotten)
    )
    return epoch_bytes(request, epoch, content)


@router.get("/learning/epochs", responses=_ERRORS)
def changes(run: RunHere, epoch: EpochHere, services: ServicesHere) -> ChangesResponse:
    """Count the test pictures that were learned and forgotten at each epoch."""
    found = learning(*services.evaluations.history(run, epoch))
    return ChangesResponse(epochs=[ChangeResponse(**asdict(change)) for change in found.changes])


@router.get("/test/{index}", responses=_ERRORS)
def picture(
    run: RunHere, index: Index, epoch: EpochHere, services: ServicesHere
) -> PictureResponse:
    """Return the prediction for one test picture."""
    predictions, test = services.evaluations.predictions(run, epoch)
    label = _label(test.t, index)
    log_y = predictions.log_probabilities[index].astype(np.float64)
    y = np.exp(log_y)
    (loss,) = losses(log_y[None], test.t[index : index + 1], run.config.loss).tolist()
    return PictureResponse(
        epoch=epoch,
        index=index,
        true=label,
        predicted=int(predictions.predicted[index]),
        probabilities=(y / y.sum()).tolist(),
        loss=loss if np.isfinite(loss) else None,
    )


@router.get("/test/{index}/history", responses=_ERRORS)
def picture_history(
    run: RunHere, index: Index, epoch: EpochHere, services: ServicesHere
) -> PictureHistoryResponse:
    """Return the predictions for one test picture after each epoch, up to one."""
    history, t = services.evaluations.history(run, epoch)
    label = _label(t, index)
    return PictureHistoryResponse(
        index=index,
        true=label,
        epochs=[epoch for epoch, _ in history],
        predicted=[int(evaluation.predicted[index]) for _, evaluation in history],
        label_probability=[float(evaluation.label_probability[index]) for _, evaluation in history],
    )


def _label(t: Labels, index: int) -> int:
    """Return the label of a picture.

    Raises:
        NotFoundError: If there is no picture with this index.
    """
    if not 0 <= index < len(t):
        raise NotFoundError(f"Expected a test picture from 0 to {len(t) - 1}; got {index}.")
    return int(t[index])
