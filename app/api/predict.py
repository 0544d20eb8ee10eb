"""Predictions for uploaded pictures."""

import os
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, TypedDict, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from app.api.error_models import error_models
from app.api.pictures import read_picture
from app.api.runs.responses import (
    DigitResponse,
    ErrorResponse,
    HistoryResponse,
    PredictResponse,
    StageResponse,
)
from app.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnreadableError,
)
from app.http.dependencies import EpochAsked, Services, ServicesHere, find_epoch, find_run
from app.http.uploads import uploaded_pictures
from app.images import Prepared, to_png_url
from app.images.upload_limits import MAX_PICTURES
from app.predictor import History, PicturePrediction, Prediction
from app.storage.records import Run
from trainer.checkpoint import CheckpointError

router = APIRouter(prefix="/api", tags=["predict"])

T = TypeVar("T")

_MAX_RESPONSE_BYTES = 2_000_000

# Predictions at the same time, over all requests.
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
    digit: Annotated[
        int | None,
        Query(
            ge=0, description="Place in digits of the digit to describe; left out: the most certain"
        ),
    ] = None,
    stages: Annotated[bool, Query(description="Add the stages of the preparation")] = False,
    history: Annotated[
        bool, Query(description="Add the predictions after the complete epochs")
    ] = False,
) -> Response:
    """Predict the digits in one picture or in several."""
    async with uploaded_pictures(request) as files:
        started = time.perf_counter()
        network = await _in_thread(partial(_find_network, services, run, epoch))
        read = partial(
            _read, services, network, framed=framed, place=digit, stages=stages, history=history
        )
        if len(files) == 1:
            content = await read(files[0])
        else:
            content = await _read_all(read, files)
        services.metrics.predictions.observe(time.perf_counter() - started)
    return Response(content, media_type="application/json")


def _find_network(services: Services, run_id: str | None, epoch: int | None) -> tuple[Run, int]:
    run = _newest(services) if run_id is None else find_run(services, run_id)
    return run, find_epoch(run, epoch)


def _newest(services: Services) -> Run:
    run = services.store.newest_trained()
    if run is None:
        raise ConflictError("No network has learned anything yet: start a training first.")
    return run


async def _read_all(
    read: Callable[[UploadFile], Awaitable[bytes]], files: list[UploadFile]
) -> bytes:
    """Predict several pictures one after the other; each has a result or an error of its own."""
    results: list[bytes] = []
    room = _MAX_RESPONSE_BYTES
    for file in files:
        try:
            result = await read(file)
            if len(result) > room:
                raise TooLargeError(
                    f"Expected results of at most {_MAX_RESPONSE_BYTES:,} bytes in all; "
                    "got more: send this picture in a request of its own."
                )
            room -= len(result)
        except (TooLargeError, UnreadableError, InvalidError) as error:
            result = ErrorResponse(**error.body()).model_dump_json(exclude_none=True).encode()
        results.append(result)
    return b'{"results":[' + b",".join(results) + b"]}"


async def _read(
    services: Services,
    network: tuple[Run, int],
    file: UploadFile,
    *,
    framed: bool,
    place: int | None,
    stages: bool,
    history: bool,
) -> bytes:
    """Predict a picture and encode the response."""
    picture = await read_picture(services, await file.read(), framed=framed, stages=stages)
    return await _in_thread(
        partial(_predict, services, *network, picture, place=place, history=history)
    )


def _predict(
    services: Services,
    run: Run,
    epoch: int,
    picture: Prepared,
    *,
    place: int | None,
    history: bool,
) -> bytes:
    try:
        prediction = services.predictor.predict(run, epoch, picture, place=place, history=history)
    except IndexError:
        count = len(picture.digits)
        raise InvalidError(
            {"digit": f"expected a place from 0 to {count - 1} in the digits; got {place}"}
        ) from None
    except (CheckpointError, OSError) as error:
        raise ConflictError(f"Epoch {epoch} of run {run.id}: {error}") from error
    response = _response(run, epoch, picture, prediction)
    return response.model_dump_json(exclude_none=True).encode()


def _response(
    run: Run, epoch: int, picture: Prepared, prediction: PicturePrediction
) -> PredictResponse:
    digits = [
        DigitResponse(
            box=list(digit.box), input=to_png_url(digit.pixels), **_numbers(digit_prediction)
        )
        for digit, digit_prediction in zip(picture.digits, prediction.digits, strict=True)
    ]
    place, history = prediction.described, prediction.history
    stages = [
        StageResponse(
            name=stage.name,
            image=to_png_url(stage.image),
            digit=stage_prediction.digit,
            confidence=stage_prediction.confidence,
        )
        for stage, stage_prediction in zip(
            picture.digits[place].stages, prediction.stages, strict=True
        )
    ]
    return PredictResponse(
        run=run.id,
        epoch=epoch,
        place=place,
        input=digits[place].input,
        inverted=picture.inverted,
        size=list(picture.size),
        digits=digits,
        stages=stages or None,
        history=None if history is None else _history(history),
        history_complete=None if history is None else history.complete,
        **_numbers(prediction.digits[place]),
    )


def _history(history: History) -> list[HistoryResponse]:
    return [
        HistoryResponse(epoch=epoch, **_numbers(prediction))
        for epoch, prediction in history.predictions.items()
    ]


class _Numbers(TypedDict):
    digit: int
    confidence: float
    probabilities: list[float]


def _numbers(prediction: Prediction) -> _Numbers:
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": prediction.probabilities.tolist(),
    }


async def _in_thread(work: Callable[[], T]) -> T:
    return await to_thread.run_sync(work, limiter=_limiter)
