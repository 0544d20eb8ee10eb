"""Inspection of a network with one picture: passes, gradient check, steps on a copy."""

import base64
import binascii
import os
from collections.abc import Callable
from functools import partial
from math import isfinite

import numpy as np
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import BaseModel

from app.api.error_models import error_models
from app.api.inspect_models import (
    PICTURES,
    ArrayResponse,
    AttributionAsked,
    AttributionResponse,
    Change,
    ChangeResponse,
    CheckedResponse,
    GradientCheck,
    GradientCheckResponse,
    Inspection,
    InspectResponse,
    MovedResponse,
    PassesResponse,
    StepResponse,
    Steps,
    StepsResponse,
    UnitAsked,
    UnitResponse,
    finite,
    numbers,
    parameters_of,
    values_of,
)
from app.api.pictures import read_picture
from app.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnreadableError,
)
from app.http.dependencies import Services, ServicesHere, find_epoch, find_run
from app.inspector import Attribution, Moved, Subject, UnknownIndex, UnknownParameter
from app.storage.records import Run
from trainer.functions import Array
from trainer.inspection.attribution import PATCH, STEP
from trainer.inspection.gradient_check import Checked
from trainer.inspection.trace import LayerTrace, Step, Trace

router = APIRouter(prefix="/api/inspect", tags=["inspect"])

_MAX_RESPONSE_BYTES = 8_000_000

_ERRORS = error_models(NotFoundError, ConflictError, TooLargeError, UnreadableError, InvalidError)


# Inspections at the same time, over all requests. A check or steps copy the network.
_limiter = CapacityLimiter(os.cpu_count() or 1)
_copies = CapacityLimiter(1)


@router.post("", response_model=InspectResponse, responses=_ERRORS)
async def inspect(body: Inspection, services: ServicesHere) -> Response:
    """Return every array of the forward and the backward pass of a picture."""
    subject = await _subject(services, body)
    return await _respond(lambda: _passes(subject, services.inspector.trace(subject)), _limiter)


@router.post("/gradient-check", response_model=GradientCheckResponse, responses=_ERRORS)
async def gradient_check(body: GradientCheck, services: ServicesHere) -> Response:
    """Compare gradients of the backward pass with central differences."""
    if body.indices is not None and body.parameter is None:
        raise InvalidError({"parameter": "expected the parameter of the indices; got nothing"})
    if body.indices is not None and {"count", "seed"} & body.model_fields_set:
        raise InvalidError({"indices": "expected no count and no seed beside indices; got both"})
    subject = await _subject(services, body)
    return await _respond(lambda: _checked(_check(services, subject, body)), _copies)


@router.post("/step", response_model=StepsResponse, responses=_ERRORS)
async def step(body: Steps, services: ServicesHere) -> Response:
    """Train a copy of the network on a batch; the run does not change."""
    if body.image is not None and body.batch > 1:
        raise InvalidError({"batch": f"expected 1, because an image is alone; got {body.batch}"})
    subject = await _subject(services, body, body.batch)
    config = subject.run.config
    take = partial(
        services.inspector.take_steps,
        subject,
        body.optimizer or config.optimizer,
        body.learning_rate or config.learning_rate,
        body.steps,
    )
    return await _respond(lambda: _steps(*take()), _copies)


@router.post("/unit", response_model=UnitResponse, responses=_ERRORS)
async def unit(body: UnitAsked, services: ServicesHere) -> Response:
    """Return the parameters of one unit and their gradients, for a network of any size."""
    subject = await _subject(services, body)
    return await _respond(lambda: _unit(services.inspector.trace(subject), body), _limiter)


@router.post("/attribution", response_model=AttributionResponse, responses=_ERRORS)
async def attribution(body: AttributionAsked, services: ServicesHere) -> Response:
    """Attribute the prediction of a class to the pixels, in three ways."""
    subject = await _subject(services, body)
    _check_target(subject, body.target)
    return await _respond(
        lambda: _attribution(services.inspector.attribute(subject, body.target)), _limiter
    )


@router.post("/change", response_model=ChangeResponse, responses=_ERRORS)
async def change(body: Change, services: ServicesHere) -> Response:
    """Change the pixels of a picture until it is predicted as another class."""
    subject = await _subject(services, body)
    _check_target(subject, body.target)
    return await _respond(
        lambda: _changed(body.target, services.inspector.change(subject, body.target, body.steps)),
        _limiter,
    )


def _check_target(subject: Subject, target: int | None) -> None:
    classes = subject.run.classes
    if target is not None and target >= classes:
        raise InvalidError({"target": f"expected a class from 0 to {classes - 1}; got {target}"})


async def _subject(services: Services, body: Inspection, batch: int = 1) -> Subject:
    """Find the network and the picture of a request, and those after it in a batch.

    Raises:
        NotFoundError: If the run is unknown, or the epoch not complete.
        ConflictError: If no epoch is complete, or the data set cannot be read.
        InvalidError: If there is not exactly one picture, or its index or label is unknown.
    """
    given = [name for name in PICTURES if getattr(body, name) is not None]
    if len(given) != 1:
        message = f"expected exactly one of {', '.join(PICTURES)}; got {len(given)}"
        raise InvalidError(dict.fromkeys(given or PICTURES, message))
    if body.image is None and body.label is not None:
        raise InvalidError(
            {"label": f"expected no label beside {given[0]}, because the data has one; got one"}
        )
    if body.image is None and body.framed:
        raise InvalidError({"framed": "expected an image to be framed; got none"})
    run, epoch = await to_thread.run_sync(_network, services, body)
    if body.image is None:
        return await to_thread.run_sync(_from_data, services, body, run, epoch, batch)
    if body.label is None or body.label >= run.classes:
        got = "nothing" if body.label is None else body.label
        message = f"expected the class of the image, from 0 to {run.classes - 1}; got {got}"
        raise InvalidError({"label": message})
    x = await _drawn(services, body.image, framed=body.framed)
    return Subject(run, epoch, x, [body.label])


def _network(services: Services, body: Inspection) -> tuple[Run, int]:
    run = find_run(services, body.run)
    return run, find_epoch(run, body.epoch)


def _from_data(services: Services, body: Inspection, run: Run, epoch: int, batch: int) -> Subject:
    """Take a batch of the run's test or training set, which goes on from its beginning."""
    if body.test_index is not None:
        name, index, pictures = "test_index", body.test_index, services.evaluations.data(run).test
    else:
        assert body.train_index is not None  # ``Inspection`` has exactly one source of a picture
        name, index = "train_index", body.train_index
        pictures = services.evaluations.training_pictures(run)
    if index >= len(pictures.t):
        message = f"expected an index from 0 to {len(pictures.t) - 1:,}; got {index:,}"
        raise InvalidError({name: message})
    places = np.arange(index, index + batch) % len(pictures.t)
    return Subject(run, epoch, pictures.x[places], pictures.t[places].tolist())


async def _drawn(services: Services, image: str, *, framed: bool) -> NDArray[np.float32]:
    """Prepare the picture of a request."""
    try:
        data = base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidError(
            {"image": "expected a picture file in base64; got other characters"}
        ) from error
    digits = (await read_picture(services, data, framed=framed)).digits
    if len(digits) != 1:
        raise InvalidError({"image": f"expected one digit; got {len(digits)}"})
    return digits[0].pixels.reshape(1, -1)


def _check(services: Services, subject: Subject, body: GradientCheck) -> list[Checked]:
    inspector = services.inspector
    try:
        if body.indices is None or body.parameter is None:
            return inspector.check_at_random(subject, body.parameter, body.count, body.seed)
        return inspector.check_at(subject, body.parameter, body.indices)
    except UnknownParameter as error:
        message = f"expected one of {', '.join(error.known)}; got {body.parameter!r}"
        raise InvalidError({"parameter": message}) from error
    except UnknownIndex as error:
        message = f"expected indices from 0 to {error.size - 1:,} in {body.parameter}"
        raise InvalidError({"indices": f"{message}; got {error.index:,}"}) from error


def _passes(subject: Subject, found: Trace) -> InspectResponse:
    truncated = sum(map(_encoded_bytes, found.layers)) > _MAX_RESPONSE_BYTES
    passes = PassesResponse.of(found, subject.label, truncated=truncated)
    return InspectResponse(run=subject.run.id, epoch=subject.epoch, **dict(passes))


def _encoded_bytes(found: LayerTrace) -> int:
    """Bytes of a layer's arrays in base64."""
    arrays = [*values_of(found).values(), *parameters_of(found).values()]
    return sum(4 * -(-4 * array.size // 3) for array in arrays)


def _unit(found: Trace, body: UnitAsked) -> UnitResponse:
    layers = {layer.name: layer for layer in found.layers if layer.layer.parameters()}
    if body.layer not in layers:
        raise InvalidError({"layer": f"expected one of {', '.join(layers)}; got {body.layer!r}"})
    layer = layers[body.layer]
    units = layer.output.shape[-1]
    if body.unit >= units:
        message = f"expected a unit from 0 to {units - 1:,} of {body.layer}; got {body.unit:,}"
        raise InvalidError({"unit": message})
    return UnitResponse(
        layer=body.layer,
        unit=body.unit,
        parameters={
            name: ArrayResponse.of(array[..., body.unit])
            for name, array in parameters_of(layer).items()
        },
    )


def _attribution(found: Attribution) -> AttributionResponse:
    return AttributionResponse(
        target=found.target,
        score=finite(found.score),
        probability=finite(found.probability),
        saliency=ArrayResponse.of(found.saliency),
        gradient_times_input=ArrayResponse.of(found.gradient_times_input),
        patch=PATCH,
        occlusion=ArrayResponse.of(found.occlusion),
    )


def _changed(target: int, states: list[tuple[Step, Array]]) -> ChangeResponse:
    last, picture = states[-1]
    return ChangeResponse(
        target=target,
        reached=int(last.probabilities.argmax()) == target,
        step_length=STEP,
        steps=[_step(state) for state, _ in states],
        picture=ArrayResponse.of(picture),
    )


def _checked(rows: list[Checked]) -> GradientCheckResponse:
    differences = [row.relative_difference for row in rows]
    return GradientCheckResponse(
        rows=[CheckedResponse.of(row) for row in rows],
        largest=max(differences) if all(map(isfinite, differences)) else None,
    )


def _steps(states: list[Step], moved: list[Moved]) -> StepsResponse:
    return StepsResponse(
        steps=[_step(state) for state in states],
        moved=[
            MovedResponse(
                parameter=weight.parameter,
                index=weight.index,
                before=finite(weight.before),
                after=finite(weight.after),
            )
            for weight in moved
        ],
    )


def _step(state: Step) -> StepResponse:
    return StepResponse(loss=finite(state.loss), probabilities=numbers(state.probabilities[0]))


async def _respond(make: Callable[[], BaseModel], limiter: CapacityLimiter) -> Response:
    """Compute and encode a response in a thread."""
    content = await to_thread.run_sync(lambda: make().model_dump_json(), limiter=limiter)
    return Response(content, media_type="application/json")
