"""Kinds of layers: formulas and source lines of their passes."""

from dataclasses import asdict
from functools import cache

from fastapi import APIRouter
from pydantic import BaseModel

from trainer.layers import Layer, SoftmaxWithLossSpec
from trainer.layers.explanation import Explanation
from trainer.layers.kinds import every_kind

router = APIRouter(prefix="/api/layers", tags=["inspect"])


class FormulaResponse(BaseModel):
    """Formula of one array: x is the layer's input, y its output, dx and dy their gradients."""

    text: str
    result: str
    operands: list[str]
    help: str


class SourceResponse(BaseModel):
    """Source lines of a function, from line ``line`` of the file on."""

    name: str
    file: str
    line: int
    text: str


class PassResponse(BaseModel):
    """Forward or backward pass of a kind of layer."""

    formulas: list[FormulaResponse]
    sources: list[SourceResponse]

    @classmethod
    def of(cls, explanation: Explanation) -> "PassResponse":
        """Convert the explanation of a pass."""
        return cls(
            formulas=[FormulaResponse(**asdict(formula)) for formula in explanation.formulas],
            sources=[SourceResponse(**asdict(source)) for source in explanation.sources()],
        )


class LayerKindResponse(BaseModel):
    """Kind of layer; the last layer is there once for each loss."""

    kind: str
    label: str
    loss: str | None
    forward: PassResponse
    backward: PassResponse

    @classmethod
    def of(cls, layer: Layer) -> "LayerKindResponse":
        """Convert a layer of the kind."""
        return cls(
            kind=layer.kind,
            label=layer.label,
            loss=layer.spec.loss if isinstance(layer.spec, SoftmaxWithLossSpec) else None,
            forward=PassResponse.of(layer.explain_forward()),
            backward=PassResponse.of(layer.explain_backward()),
        )


class LayerKindsResponse(BaseModel):
    """All kinds of layers."""

    layers: list[LayerKindResponse]


@router.get("")
def layers() -> LayerKindsResponse:
    """Return the formulas of each kind of layer, and the source lines of the running program."""
    return _every_kind()


@cache
def _every_kind() -> LayerKindsResponse:
    return LayerKindsResponse(layers=[LayerKindResponse.of(layer) for layer in every_kind()])
