"""Test sets of the data sets in bulk: pictures in sheets, and labels."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from app.api.binary import BYTES, bytes_model
from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.http.dependencies import DatasetHere
from app.http.response_headers import IMMUTABLE
from app.images.png import to_png
from app.lab.sheets import COLUMNS, PER_SHEET, sheet

router = APIRouter(prefix="/api/datasets/{dataset}/test", tags=["test set"])

_PNG = "image/png"
_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)


@router.get(
    "/sheets/{number}.png",
    response_class=Response,
    responses=_ERRORS
    | bytes_model(
        f"{PER_SHEET:,} pictures of the test set, in rows of {COLUMNS} without gaps", _PNG
    ),
)
def picture_sheet(
    data: DatasetHere, number: Annotated[int, Path(description="Number of the sheet, from 0")]
) -> Response:
    """Return a part of the test set's pictures, cacheable for good."""
    try:
        pixels = sheet(data.test, number)
    except IndexError as error:
        raise NotFoundError(f"Data set: {error}.") from error
    return Response(to_png(pixels), media_type=_PNG, headers=IMMUTABLE)


@router.get(
    "/labels",
    response_class=Response,
    responses=_ERRORS | bytes_model("A byte for the label of each test picture, in order"),
)
def labels(data: DatasetHere) -> Response:
    """Return the labels of the test set, cacheable for good."""
    return Response(data.test.t.tobytes(), media_type=BYTES, headers=IMMUTABLE)
