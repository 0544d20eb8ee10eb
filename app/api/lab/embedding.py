"""Embedding of the test set in two dimensions."""

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.requests import Request

from app.api.binary import epoch_bytes, epoch_bytes_model
from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import EpochHere, RunHere, ServicesHere

router = APIRouter(prefix="/api/runs/{run_id}", tags=["embedding"])


@router.get(
    "/embedding",
    response_class=Response,
    responses=error_models(NotFoundError, ConflictError, InvalidError)
    | epoch_bytes_model(
        "N pairs of float32, the coordinates of each test picture in order: the last hidden "
        "layer's activations on their two principal components, aligned to the run's first epoch"
    ),
)
def embedding(request: Request, run: RunHere, epoch: EpochHere, services: ServicesHere) -> Response:
    """Return the test set's activations, projected to two dimensions by PCA, as bytes."""
    points = services.embeddings.embedding(run, epoch)
    return epoch_bytes(request, epoch, points.astype("<f4").tobytes())
