"""Reading pictures."""

import os
from collections.abc import Callable
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from app.errors import (
    ConflictError,
    InvalidError,
    TooLargeError,
    UnreadableError,
)
from app.images import PictureBlank, PictureTooLarge, PictureUnreadable
from app.schemas.answers import ErrorAnswer, PredictAnswer
from app.services import EpochAsked, Services, ServicesHere, find_epoch, find_run
from app.storage.store import Run
from app.uploads import MAX_PICTURES, read_pictures
from trainer.checkpoint import CheckpointError

router = APIRouter(prefix="/api", tags=["predict"])

# Pictures decoded at once, by all requests together: a large one takes hundreds of megabytes.
_limiter = CapacityLimiter(os.cpu_count() or 1)


class ResultsAnswer(BaseModel):
    """What was read in each of several pictures."""

    results: list[PredictAnswer | ErrorAnswer]


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


@router.post("/predict", openapi_extra=_BODY, response_model_exclude_none=True)
async def predict(
    request: Request,
    services: ServicesHere,
    run: Annotated[str | None, Query(description="Whose network; none: the newest")] = None,
    epoch: EpochAsked = None,
    stages: bool = False,
    history: bool = False,
) -> PredictAnswer | ResultsAnswer:
    """Read the digits in one picture, or in several."""
    pictures = await read_pictures(request)

    def read(picture: bytes) -> PredictAnswer:
        chosen = find_run(services, run) if run else _newest(services)
        number = find_epoch(services, chosen, epoch)
        return _read(services, chosen, number, picture, stages=stages, history=history)

    if len(pictures) == 1:
        return await to_thread.run_sync(read, pictures[0], limiter=_limiter)
    results = [await _result(read, picture) for picture in pictures]
    return ResultsAnswer(results=results)


async def _result(
    read: Callable[[bytes], PredictAnswer], picture: bytes
) -> PredictAnswer | ErrorAnswer:
    try:
        return await to_thread.run_sync(read, picture, limiter=_limiter)
    except (TooLargeError, UnreadableError, InvalidError) as error:
        return ErrorAnswer(**error.answer())


def _read(
    services: Services, run: Run, epoch: int, picture: bytes, **options: Any
) -> PredictAnswer:
    try:
        return services.predictor.predict(run, epoch, picture, **options)
    except PictureTooLarge as error:
        raise TooLargeError(str(error)) from error
    except PictureUnreadable as error:
        raise UnreadableError(str(error)) from error
    except PictureBlank as error:
        raise InvalidError({"image": str(error)}) from error
    except (CheckpointError, OSError) as error:
        raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error


def _newest(services: Services) -> Run:
    """The newest run with a complete epoch."""
    for run in services.store.runs():
        if run.last_epoch and not run.damaged:
            return run
    raise ConflictError("No network has learned anything yet: start a training first.")
