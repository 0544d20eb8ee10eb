"""Marks that a person gives to test pictures: a wrong label, an ambiguous picture, a mistake."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from app.api.binary import bytes_model
from app.api.error_models import error_models
from app.errors import (
    ConflictError,
    DatabaseUnavailableError,
    InvalidError,
    NotFoundError,
    StorageError,
    TooLargeError,
)
from app.http.dependencies import DatasetHere, ServicesHere
from app.storage.marks import Mark, MarkedPicture
from trainer.datasets import Dataset

router = APIRouter(prefix="/api/datasets/{dataset}/test", tags=["marks"])

_CSV = "text/csv"
_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)
_NOT_STORED = error_models(StorageError)

Index = Annotated[int, Path(description="Index of the picture in the test set, from 0")]


class NewMark(BaseModel):
    """Mark to give."""

    model_config = ConfigDict(extra="forbid")

    mark: Mark


class MarkResponse(BaseModel):
    """Test picture with its mark."""

    index: int
    mark: Mark
    marked_at: str

    @classmethod
    def of(cls, picture: MarkedPicture) -> "MarkResponse":
        """Convert a marked picture."""
        return cls(index=picture.index, mark=picture.mark, marked_at=picture.marked_at)


class MarksResponse(BaseModel):
    """Marked test pictures of a data set, by index."""

    marks: list[MarkResponse]


@router.get("/marks", responses=_ERRORS)
def marks(data: DatasetHere, services: ServicesHere) -> MarksResponse:
    """List the marked test pictures."""
    found = services.store.marks(data.sha256)
    return MarksResponse(marks=[MarkResponse.of(picture) for picture in found])


@router.get(
    "/marks.csv",
    response_class=Response,
    responses=_ERRORS
    | bytes_model("Lines of index, label, class name, mark and time, with a header", _CSV),
)
def marks_csv(data: DatasetHere, services: ServicesHere) -> Response:
    """Return the marked test pictures as a file."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["index", "label", "class", "mark", "marked_at"])
    for picture in services.store.marks(data.sha256):
        label = int(data.test.t[picture.index])
        row = [picture.index, label, data.classes[label], picture.mark, picture.marked_at]
        writer.writerow(row)
    headers = {"content-disposition": f'attachment; filename="marks-{data.sha256[:12]}.csv"'}
    return Response(file.getvalue(), media_type=_CSV, headers=headers)


@router.put("/{index}/mark", responses=_ERRORS | _NOT_STORED | error_models(TooLargeError))
async def put_mark(
    request: NewMark, data: DatasetHere, index: Index, services: ServicesHere
) -> MarkResponse:
    """Mark a test picture; another mark of it is replaced."""
    _check(data, index)
    with _storing():
        return MarkResponse.of(services.store.set_mark(data.sha256, index, request.mark))


@router.delete("/{index}/mark", status_code=204, responses=_ERRORS | _NOT_STORED)
async def delete_mark(data: DatasetHere, index: Index, services: ServicesHere) -> None:
    """Remove the mark of a test picture, if it has one."""
    _check(data, index)
    with _storing():
        services.store.remove_mark(data.sha256, index)


def _check(data: Dataset, index: int) -> None:
    if not 0 <= index < len(data.test.t):
        last = len(data.test.t) - 1
        raise NotFoundError(f"Expected a test picture from 0 to {last}; got {index}.")


@contextmanager
def _storing() -> Iterator[None]:
    """Turn an error of the disk into an error of the request."""
    try:
        yield
    except DatabaseUnavailableError:
        raise
    except OSError as error:
        raise StorageError(f"The mark could not be stored: {error}") from error
