"""Weights through time: units of the first layer, and histograms of all layers."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel
from pydantic import Field as SchemaField
from starlette.requests import Request

from app.api.binary import epoch_bytes, epoch_bytes_model
from app.api.error_models import error_models
from app.errors import ConflictError, InvalidError, NotFoundError
from app.histograms import Histogram
from app.http.dependencies import EpochHere, RunHere, ServicesHere
from trainer.functions import Array

router = APIRouter(prefix="/api/runs/{run_id}", tags=["units"])

_ERRORS = error_models(NotFoundError, ConflictError, InvalidError)


class UnitsResponse(BaseModel):
    """Units of the first layer with weights, over the test set; each list has one entry a unit."""

    epoch: int
    layer: str
    norm: Annotated[list[float], SchemaField(description="Norm of the incoming weights")]
    mean: Annotated[list[float], SchemaField(description="Mean activation")]
    silent_share: Annotated[
        list[float],
        SchemaField(description="Share of the test pictures it does not react to; 1: it is dead"),
    ]
    by_similarity: Annotated[
        list[int],
        SchemaField(description="Numbers of the units, each followed by the most similar one left"),
    ]


class ExcitingResponse(BaseModel):
    """Test picture, and the activation of a unit for it."""

    index: int
    activation: float


class UnitDetailsResponse(BaseModel):
    """Unit of the first layer; counts are in bins of equal width from low to high."""

    epoch: int
    layer: str
    unit: int
    norm: float
    mean: float
    silent_share: float
    strongest: Annotated[
        list[ExcitingResponse], SchemaField(description="Pictures that excite it most")
    ]
    low: float
    high: float
    counts: list[int]


class HistogramResponse(BaseModel):
    """Counts in bins of equal width from -limit to limit, which is a power of two."""

    layer: str
    limit: float
    counts: list[int]

    @classmethod
    def of(cls, found: Histogram) -> "HistogramResponse":
        """Convert a histogram."""
        return cls(layer=found.layer, limit=found.limit, counts=found.counts.tolist())


class HistogramsResponse(BaseModel):
    """Histograms of the weights of each layer, and of the activations for some test pictures."""

    epoch: int
    weights: list[HistogramResponse]
    activations: list[HistogramResponse]


@router.get("/units", responses=_ERRORS)
def units(run: RunHere, epoch: EpochHere, services: ServicesHere) -> UnitsResponse:
    """Return the units of the first layer after an epoch."""
    found = services.units.units(run, epoch)
    return UnitsResponse(
        epoch=epoch,
        layer=found.layer,
        norm=_finite(found.norm),
        mean=_finite(found.mean),
        silent_share=found.silent_share.tolist(),
        by_similarity=found.by_similarity.tolist(),
    )


@router.get(
    "/units/weights",
    response_class=Response,
    responses=_ERRORS
    | epoch_bytes_model("H · D float32, the incoming weights of each unit of the first layer"),
)
def weights(request: Request, run: RunHere, epoch: EpochHere, services: ServicesHere) -> Response:
    """Return the incoming weights of the first layer's units, pixel by pixel, as bytes."""
    found = services.units.weights(run, epoch)
    return epoch_bytes(request, epoch, np.ascontiguousarray(found, "<f4").tobytes())


@router.get("/units/{unit}", responses=_ERRORS)
def unit(
    run: RunHere,
    unit: Annotated[int, Path(description="Number of the unit, from 0")],
    epoch: EpochHere,
    services: ServicesHere,
) -> UnitDetailsResponse:
    """Return one unit of the first layer, with the pictures that excite it most."""
    found = services.units.units(run, epoch)
    if not 0 <= unit < len(found.norm):
        raise NotFoundError(f"Expected a unit from 0 to {len(found.norm) - 1}; got {unit}.")
    pairs = zip(found.strongest[unit].tolist(), _finite(found.activations[unit]), strict=True)
    return UnitDetailsResponse(
        epoch=epoch,
        layer=found.layer,
        unit=unit,
        norm=_finite(found.norm)[unit],
        mean=_finite(found.mean)[unit],
        silent_share=float(found.silent_share[unit]),
        strongest=[ExcitingResponse(index=i, activation=y) for i, y in pairs],
        low=float(found.low[unit]),
        high=float(found.high[unit]),
        counts=found.counts[unit].tolist(),
    )


@router.get("/histograms", responses=_ERRORS)
def histograms(run: RunHere, epoch: EpochHere, services: ServicesHere) -> HistogramsResponse:
    """Return histograms of the weights and the activations of each layer after an epoch."""
    weights, activations = services.units.histograms(run, epoch)
    return HistogramsResponse(
        epoch=epoch,
        weights=[HistogramResponse.of(found) for found in weights],
        activations=[HistogramResponse.of(found) for found in activations],
    )


def _finite(numbers: Array) -> list[float]:
    """Convert to a list, with the largest finite number in place of an infinite one."""
    found: list[float] = np.nan_to_num(numbers).tolist()
    return found
