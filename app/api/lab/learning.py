"""Learned and forgotten test pictures of a run."""

from dataclasses import asdict

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.requests import Request

from app.api.binary import epoch_bytes, epoch_bytes_model
from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import EpochHere, RunHere, ServicesHere
from app.lab.learning import learning

router = APIRouter(prefix="/api/runs/{run_id}", tags=["learning"])

_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)


class ChangeResponse(BaseModel):
    """Number of test pictures that became right, and that became wrong, at an epoch."""

    epoch: int
    learned: int
    forgotten: int


class ChangesResponse(BaseModel):
    """Learned and forgotten pictures, a row for each complete epoch in order."""

    epochs: list[ChangeResponse]


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
