"""The tour: a digit as numbers, and a small network with every number of its passes."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from pydantic import BaseModel
from pydantic import Field as SchemaField

from app.api.error_models import error_models
from app.api.inspect_models import CheckedResponse, PassesResponse
from app.errors import InvalidError
from trainer.datasets import strokes
from trainer.inspection.gradient_check import check
from trainer.inspection.trace import trace
from trainer.teaching.small_network import LABEL, LEARNING_RATE, PICTURE, small_network

router = APIRouter(prefix="/api/learn", tags=["learn"])

_DIGIT = 3


class DigitResponse(BaseModel):
    """Picture of a digit."""

    label: int
    pixels: Annotated[
        list[int],
        SchemaField(description="784 bytes row by row, from 0 (black) to 255 (white)"),
    ]


class SmallNetworkResponse(PassesResponse):
    """Passes of the small network, and its gradients computed in two ways."""

    learning_rate: float
    checked: list[CheckedResponse]


@router.get("/digit")
def digit() -> DigitResponse:
    """Return a digit that the program draws itself."""
    picture = strokes.draw(np.array([_DIGIT], np.uint8), np.random.default_rng(0))
    return DigitResponse(label=_DIGIT, pixels=picture.reshape(-1).tolist())


@router.get("/network", responses=error_models(InvalidError))
def network(
    parameter: Annotated[
        str | None, Query(description="Parameter to change a number of: W1, b1, W2 or b2")
    ] = None,
    index: Annotated[int, Query(ge=0, description="Index in the flat parameter")] = 0,
    value: Annotated[
        float, Query(ge=-1000, le=1000, description="Number to put there, instead of its own")
    ] = 0,
) -> SmallNetworkResponse:
    """Return every number of the passes of a network of 3, 2 and 2 units."""
    network = small_network()
    parameters = network.parameters()
    if parameter is not None:
        if parameter not in parameters:
            message = f"expected one of {', '.join(parameters)}; got {parameter!r}"
            raise InvalidError({"parameter": message})
        array = parameters[parameter].reshape(-1)
        if index >= array.size:
            message = f"expected an index from 0 to {array.size - 1}; got {index}"
            raise InvalidError({"index": message})
        array[index] = value
    found = trace(network, PICTURE, [LABEL])
    places = {name: range(array.size) for name, array in parameters.items()}
    return SmallNetworkResponse(
        **dict(PassesResponse.of(found, LABEL)),
        learning_rate=LEARNING_RATE,
        checked=[CheckedResponse.of(row) for row in check(network, PICTURE, [LABEL], places)],
    )
