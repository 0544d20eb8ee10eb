"""Predictions for uploaded pictures."""

import os
from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from app.api.error_models import error_models
from app.api.responses import ErrorResponse, PredictResponse
from app.errors import ConflictError, InvalidError, NotFoundError, TooLargeError, UnreadableError
from app.http.dependencies import EpochAsked, Services, ServicesHere, find_epoch, find_run
from app.http.uploads import uploaded_pictures
from app.images import PictureBlank, PictureMisframed, PictureTooLarge, PictureUnreadable
from app.images.limits import MAX_PICTURES
from app.storage.records import Run
from trainer.checkpoint import CheckpointError

router = APIRouter(prefix="/api", tags=["predict"])

# Pictures decoded at the same time, over all requests: a large one takes hundreds of megabytes.
_limiter = CapacityLimiter(os.cpu_count() or 1)


class ResultsResponse(BaseModel):
    """Predictions for several pictures."""

    results: list[PredictResponse | ErrorResponse]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["image"],
                    "properties": {
                        "image": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "minItems": 1,
                            "maxItems": MAX_PICTURES,
                        }
                    },
                }
            }
        },
    }
}


@router.post(
    "/predict",
    openapi_extra=_BODY,
    response_model=PredictResponse | ResultsResponse,
    responses=error_models(
        NotFoundError, ConflictError, TooLargeError, UnreadableError, InvalidError
    ),
)
async def predict(
    request: Request,
    services: ServicesHere,
    run: Annotated[
        str | None, Query(description="Run whose network predicts; left out: the newest")
    ] = None,
    epoch: EpochAsked = None,
    framed: Annotated[
        bool,
        Query(description="Take the picture as it is: 28 × 28, light ink on black"),
    ] = False,
    stages: bool = False,
    history: bool = False,
) -> Response:
    """Predict the digits in one picture or in several."""
    read = partial(_read, services, run, epoch, framed=framed, stages=stages, history=history)
    answer: BaseModel
    async with uploaded_pictures(request) as files:
        if len(files) == 1:
            answer = await _read_file(read, files[0])
        else:
            answer = ResultsResponse(results=[await _result(read, file) for file in files])
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")


async def _read_file(read: Callable[[bytes], PredictResponse], file: UploadFile) -> PredictResponse:
    return await to_thread.run_sync(read, await file.read(), limiter=_limiter)


async def _result(
    read: Callable[[bytes], PredictResponse], file: UploadFile
) -> PredictResponse | ErrorResponse:
    try:
        return await _read_file(read, file)
    except (TooLargeError, UnreadableError, InvalidError) as error:
        return ErrorResponse(**error.body())


def _read(
    services: Services,
    run_id: str | None,
    epoch: int | None,
    picture: bytes,
    *,
    framed: bool,
    stages: bool,
    history: bool,
) -> PredictResponse:
    """Predict a picture with the requested network."""
    run = _newest(services) if run_id is None else find_run(services, run_id)
    epoch = find_epoch(run, epoch)
    try:
        return services.predictor.predict(
            run, epoch, picture, framed=framed, stages=stages, history=history
        )
    except PictureTooLarge as error:
        raise TooLargeError(str(error)) from error
    except PictureUnreadable as error:
        raise UnreadableError(str(error)) from error
    except (PictureMisframed, PictureBlank) as error:
        raise InvalidError({"image": str(error)}) from error
    except (CheckpointError, OSError) as error:
        raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error


def _newest(services: Services) -> Run:
    run = services.store.newest_trained()
    if run is None:
        raise ConflictError("No network has learned anything yet: start a training first.")
    return run
