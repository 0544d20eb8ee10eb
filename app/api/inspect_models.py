"""Request and response models of the inspection of a network."""

import base64
from math import isfinite
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict
from pydantic import Field as SchemaField

from app.api.runs.requests import config_field
from trainer.functions import Array
from trainer.inspection.gradient_check import Checked
from trainer.inspection.trace import LayerTrace, Trace

MAX_CHECKED = 200
MAX_STEPS = 100
MAX_BATCH = 32

PICTURES = ("test_index", "train_index", "image")


class Inspection(BaseModel):
    """Network and picture to inspect: exactly one of test_index, train_index and image."""

    model_config = ConfigDict(extra="forbid", strict=True)

    run: Annotated[str, SchemaField(description="Id of the run")]
    epoch: Annotated[
        int | None, SchemaField(description="A complete epoch; left out: the last one")
    ] = None
    test_index: Annotated[
        int | None, SchemaField(ge=0, description="Index of a test picture, from 0")
    ] = None
    train_index: Annotated[
        int | None, SchemaField(ge=0, description="Index of a training picture, from 0")
    ] = None
    image: Annotated[
        str | None,
        SchemaField(description="A picture file in base64, prepared as for predicting; one digit"),
    ] = None
    label: Annotated[
        int | None, SchemaField(ge=0, description="Class of the image; needed with it only")
    ] = None
    framed: Annotated[
        bool,
        SchemaField(description="True if the image is 28 × 28, light ink on black, already"),
    ] = False


class GradientCheck(Inspection):
    """Check of gradients: of some weights drawn at random, or of those at ``indices``."""

    parameter: Annotated[str | None, SchemaField(description="W1, b1 and so on; left out: all")] = (
        None
    )
    count: Annotated[
        int, SchemaField(ge=1, le=MAX_CHECKED, description="Number of weights to draw")
    ] = 20
    seed: Annotated[
        int, SchemaField(ge=0, le=2**32 - 1, description="Seed of the choice of weights")
    ] = 0
    indices: Annotated[
        list[Annotated[int, SchemaField(ge=0)]] | None,
        SchemaField(
            min_length=1,
            max_length=MAX_CHECKED,
            description="Indices in the flat parameter, instead of count and seed",
        ),
    ] = None


class Steps(Inspection):
    """Steps of an optimizer that starts anew, on a batch that begins with the picture."""

    learning_rate: Annotated[
        float | None,
        *config_field("learning_rate"),
        SchemaField(description="Left out: that of the run, before its schedule"),
    ] = None
    optimizer: Annotated[
        str | None,
        *config_field("optimizer"),
        SchemaField(description="Left out: that of the run"),
    ] = None
    steps: Annotated[int, SchemaField(ge=1, le=MAX_STEPS)] = 1
    batch: Annotated[
        int,
        SchemaField(
            ge=1,
            le=MAX_BATCH,
            description="Number of pictures: the picture and those after it; 1 for an image",
        ),
    ] = 1


class UnitAsked(Inspection):
    """Unit of a layer, whose parameters a large network's inspection leaves out."""

    layer: Annotated[str, SchemaField(description="Name of the layer, such as Dense 1")]
    unit: Annotated[int, SchemaField(ge=0, description="Number of the unit, from 0")]


class AttributionAsked(Inspection):
    """Attribution of a class."""

    target: Annotated[
        int | None, SchemaField(ge=0, description="Class; left out: the most probable one")
    ] = None


class Change(Inspection):
    """Change of the picture until it is predicted as another class."""

    target: Annotated[int, SchemaField(ge=0, description="Class to be predicted")]
    steps: Annotated[
        int, SchemaField(ge=1, le=MAX_STEPS, description="Largest number of steps")
    ] = 50


class ArrayResponse(BaseModel):
    """Array: its shape, and its numbers as little-endian float32 in base64."""

    shape: list[int]
    data: str

    @classmethod
    def of(cls, array: Array) -> "ArrayResponse":
        """Encode an array."""
        content = np.ascontiguousarray(array, "<f4")
        return cls(shape=list(array.shape), data=base64.b64encode(content.tobytes()).decode())


class LayerResponse(BaseModel):
    """Arrays of a layer; gradients (d) are of this picture's loss, with the batch's one row."""

    name: str
    kind: str
    parameters: Annotated[
        dict[str, ArrayResponse | None],
        SchemaField(description="W, b, dW and db; each null if truncated"),
    ]
    input: ArrayResponse
    output: ArrayResponse
    d_output: ArrayResponse
    d_input: ArrayResponse

    @classmethod
    def of(cls, found: LayerTrace, *, truncated: bool) -> "LayerResponse":
        """Convert a layer, without its parameters if truncated."""
        return cls(
            name=found.name,
            kind=found.layer.kind,
            parameters={
                name: None if truncated else ArrayResponse.of(array)
                for name, array in parameters_of(found).items()
            },
            **{name: ArrayResponse.of(array) for name, array in values_of(found).items()},
        )


class PassesResponse(BaseModel):
    """Forward and backward pass of a picture; a number that is not finite is null."""

    label: int
    loss: float | None
    probabilities: list[float | None]
    layers: list[LayerResponse]
    truncated: Annotated[
        bool, SchemaField(description="True if the parameters' arrays are left out for their size")
    ]

    @classmethod
    def of(cls, found: Trace, label: int, *, truncated: bool = False) -> "PassesResponse":
        """Convert the trace of one picture."""
        return cls(
            label=label,
            loss=finite(found.loss),
            probabilities=numbers(found.probabilities),
            layers=[LayerResponse.of(layer, truncated=truncated) for layer in found.layers],
            truncated=truncated,
        )


class InspectResponse(PassesResponse):
    """Forward and backward pass of a picture through the network of an epoch."""

    run: str
    epoch: int


class CheckedResponse(BaseModel):
    """Gradient of a weight, by the backward pass and by central differences, in float64."""

    parameter: str
    index: int
    analytic: float | None
    numerical: float | None
    relative_difference: float | None

    @classmethod
    def of(cls, row: Checked) -> "CheckedResponse":
        """Convert a row of a check."""
        return cls(
            parameter=row.parameter,
            index=row.index,
            analytic=finite(row.analytic),
            numerical=finite(row.numerical),
            relative_difference=finite(row.relative_difference),
        )


class GradientCheckResponse(BaseModel):
    """Gradients computed in two ways, and the largest relative difference."""

    rows: list[CheckedResponse]
    largest: float | None


class StepResponse(BaseModel):
    """State before or after a step; a number that is not finite is null.

    The loss is the mean of the batch, the probabilities are the picture's.
    """

    loss: float | None
    probabilities: list[float | None]


class MovedResponse(BaseModel):
    """Weight before the first and after the last step."""

    parameter: str
    index: int
    before: float | None
    after: float | None


class StepsResponse(BaseModel):
    """States before the first step and after each; the weights that moved most, in order."""

    steps: list[StepResponse]
    moved: list[MovedResponse]


class UnitResponse(BaseModel):
    """Parameters of a unit and their gradients: its part of W, b, dW and db, as arrays."""

    layer: str
    unit: int
    parameters: dict[str, ArrayResponse]


class AttributionResponse(BaseModel):
    """Attribution of a class's prediction to the pixels."""

    target: int
    score: Annotated[float | None, SchemaField(description="Before the softmax")]
    probability: float | None
    saliency: Annotated[
        ArrayResponse, SchemaField(description="Gradient of the score by each pixel")
    ]
    gradient_times_input: ArrayResponse
    patch: Annotated[int, SchemaField(description="Pixels a side of the black patch")]
    occlusion: Annotated[
        ArrayResponse,
        SchemaField(description="Probability by row and column of the patch's first pixel"),
    ]


class ChangeResponse(BaseModel):
    """States before the first step and after each, and the changed picture."""

    target: int
    reached: bool
    step_length: Annotated[
        float, SchemaField(description="Euclidean norm of a step, over pixels in 0..1")
    ]
    steps: list[StepResponse]
    picture: ArrayResponse


def values_of(found: LayerTrace) -> dict[str, Array]:
    """Input and output of a layer and their gradients, by their names in a response."""
    return {
        "input": found.input,
        "output": found.output,
        "d_output": found.d_output,
        "d_input": found.d_input,
    }


def parameters_of(found: LayerTrace) -> dict[str, Array]:
    """Parameters of a layer and their gradients, by their names in a response."""
    gradients = {f"d{name}": array for name, array in found.layer.gradients().items()}
    return found.layer.parameters() | gradients


def numbers(row: Array) -> list[float | None]:
    """Convert to a list; a number that is not finite is None."""
    return [finite(number) for number in row.reshape(-1).tolist()]


def finite(number: float) -> float | None:
    """Return None for a number that is not finite."""
    return number if isfinite(number) else None
