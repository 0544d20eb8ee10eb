"""Single test pictures of a run: prediction, history, excited units, nearest training pictures."""

from dataclasses import asdict
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path
from pydantic import BaseModel

from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import EpochHere, RunHere, ServicesHere
from app.images.png import to_png_url
from app.lab.neighbours import nearest
from app.lab.sheets import SIDE
from app.misclassified import losses
from trainer.functions import Labels

router = APIRouter(prefix="/api/runs/{run_id}/test/{index}", tags=["test pictures"])

_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)

Index = Annotated[int, Path(description="Index of the picture in the test set, from 0")]


class PictureResponse(BaseModel):
    """Prediction for one test picture; the loss is null where it is not finite."""

    epoch: int
    index: int
    true: int
    predicted: int
    probabilities: list[float]
    loss: float | None
    image: str


class PictureHistoryResponse(BaseModel):
    """Predictions for one test picture, an entry of each list for each complete epoch in order."""

    index: int
    true: int
    epochs: list[int]
    predicted: list[int]
    label_probability: list[float]


class ExcitedUnitResponse(BaseModel):
    """Hidden unit; ``place`` is that of its layer among those of ``/api/inspect``."""

    layer: str
    place: int
    unit: int
    activation: float


class ExcitedUnitsResponse(BaseModel):
    """Hidden units that a test picture excites most, the largest activation first."""

    epoch: int
    index: int
    units: list[ExcitedUnitResponse]


class NeighbourResponse(BaseModel):
    """Training picture; ``distance`` is the Euclidean distance of the pixels, each in 0..1."""

    index: int
    true: int
    distance: float
    image: str


class NeighboursResponse(BaseModel):
    """Training pictures nearest to a test picture, the nearest first."""

    index: int
    neighbours: list[NeighbourResponse]


@router.get("", responses=_ERRORS)
def picture(
    run: RunHere, index: Index, epoch: EpochHere, services: ServicesHere
) -> PictureResponse:
    """Return the prediction for one test picture."""
    predictions, test = services.evaluations.predictions(run, epoch)
    label = _label(test.t, index)
    log_y = predictions.log_probabilities[index : index + 1].astype(np.float64)
    (loss,) = losses(log_y, test.t[index : index + 1], run.config.loss).tolist()
    return PictureResponse(
        epoch=epoch,
        index=index,
        true=label,
        predicted=int(predictions.predicted[index]),
        probabilities=predictions.probabilities()[index].tolist(),
        loss=loss if np.isfinite(loss) else None,
        image=to_png_url(test.x[index].reshape(SIDE, SIDE)),
    )


@router.get("/history", responses=_ERRORS)
def history(
    run: RunHere, index: Index, epoch: EpochHere, services: ServicesHere
) -> PictureHistoryResponse:
    """Return the predictions for one test picture after each epoch, up to one."""
    found, t = services.evaluations.history(run, epoch)
    label = _label(t, index)
    return PictureHistoryResponse(
        index=index,
        true=label,
        epochs=[epoch for epoch, _ in found],
        predicted=[int(evaluation.predicted[index]) for _, evaluation in found],
        label_probability=[float(evaluation.label_probability[index]) for _, evaluation in found],
    )


@router.get("/units", responses=_ERRORS)
def excited_units(
    run: RunHere, index: Index, epoch: EpochHere, services: ServicesHere
) -> ExcitedUnitsResponse:
    """Return the five hidden units that a test picture excites most."""
    _label(services.evaluations.data(run).test.t, index)
    found = services.units.excited(run, epoch, index)
    return ExcitedUnitsResponse(
        epoch=epoch, index=index, units=[ExcitedUnitResponse(**asdict(unit)) for unit in found]
    )


@router.get("/neighbours", responses=_ERRORS)
def neighbours(run: RunHere, index: Index, services: ServicesHere) -> NeighboursResponse:
    """Return the five pictures of the run's training set that are nearest to a test picture."""
    data = services.evaluations.data(run)
    _label(data.test.t, index)
    training = services.evaluations.training_pictures(run)
    return NeighboursResponse(
        index=index,
        neighbours=[
            NeighbourResponse(
                index=found.index,
                true=int(training.t[found.index]),
                distance=found.distance,
                image=to_png_url(training.x[found.index].reshape(SIDE, SIDE)),
            )
            for found in nearest(training.x, data.test.x[index])
        ],
    )


def _label(t: Labels, index: int) -> int:
    """Return the label of a picture.

    Raises:
        NotFoundError: If there is no picture with this index.
    """
    if not 0 <= index < len(t):
        raise NotFoundError(f"Expected a test picture from 0 to {len(t) - 1}; got {index}.")
    return int(t[index])
